"""In production an item goes only to a worker whose suite and sites are what a second person approved."""

from collections.abc import Sequence
from typing import Any

import pytest
from mes_support import PASSWORD, FakeRules, Plant, record

from mes_core.domain.errors import Conflict
from mes_core.messages.approvals import NewApproval, NewProposal
from mes_core.messages.views import ClaimRequest
from mes_core.services import Mes

_SUITE, _SITE, _OTHER = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def production(plant: Plant) -> Mes:
    """The same store, where only approved content runs; a batch waits for its review."""
    plant.mes.submit_batch(record(), plant.bot)
    return Mes(plant.store, FakeRules(), lambda: plant.now, production=True)


def _approve(mes: Mes, plant: Plant, kind: str, name: str, content_hash: str) -> None:
    about = {"kind": kind, "name": name, "version": "1", "content_hash": content_hash}
    mes.propose(NewProposal.model_validate(about), plant.reviewer)
    signed = {"reason": "Tested.", "meaning": "I approve it.", "password": PASSWORD}
    mes.approve(NewApproval.model_validate({**about, **signed}), plant.quality)


def _claim(mes: Mes, plant: Plant, *content: tuple[str, str, str], jobs: tuple[str, ...] = ()) -> Any:
    said = ("kind", "name", "content_hash")
    told = [{**dict(zip(said, one, strict=True)), "systems": []} for one in content]
    return _claim_of(mes, plant, told, jobs)


def _claim_of(mes: Mes, plant: Plant, told: Sequence[dict[str, Any]], jobs: tuple[str, ...] = ()) -> Any:
    body = {"worker": "w", "secret": "s" * 30, "jobs": jobs or ("batch_record_review",), "content": told}
    return mes.claim(ClaimRequest.model_validate(body), plant.bot)


_REVIEW, _LIMS = ("suite", "batch_record_review", _SUITE), ("site", "lims_labline", _SITE)


@pytest.mark.requirement("URS-030")
def test_nothing_is_handed_out_that_nobody_approved(plant: Plant, production: Mes) -> None:
    """No word about the content, a suite that nobody approved, one that was changed since, a site likewise."""
    before = plant.dump()
    for content, says in (
        ((), "does not say which suite"),
        ((_REVIEW, _LIMS), "none is approved"),
    ):
        with pytest.raises(Conflict, match=says):
            _claim(production, plant, *content)
    assert plant.dump() == before
    _approve(production, plant, "suite", "batch_record_review", _SUITE)
    with pytest.raises(Conflict, match=r"site lims_labline .* none is approved"):
        _claim(production, plant, _REVIEW, _LIMS)
    _approve(production, plant, "site", "lims_labline", _SITE)
    with pytest.raises(Conflict, match=r"suite batch_record_review .* approved one is aaaaaaaaaaaa"):
        _claim(production, plant, ("suite", "batch_record_review", _OTHER), _LIMS)
    with pytest.raises(Conflict, match=r"site lims_labline .* approved one is bbbbbbbbbbbb"):
        _claim(production, plant, _REVIEW, ("site", "lims_labline", _OTHER))
    assert _claim(production, plant, _REVIEW, _LIMS).batch_id == "B1"


def test_a_site_that_is_left_out_is_asked_for(plant: Plant, production: Mes) -> None:
    """A suite that works on a system goes only to a worker that says by which approved folder it works there."""
    _approve(production, plant, "suite", "batch_record_review", _SUITE)
    _approve(production, plant, "site", "lims_labline", _SITE)
    suite = {"kind": "suite", "name": "batch_record_review", "content_hash": _SUITE, "systems": ["lims", "erp"]}
    lims = {"kind": "site", "name": "lims_labline", "content_hash": _SITE, "systems": ["lims"]}
    before = plant.dump()
    unsaid = {name: value for name, value in suite.items() if name != "systems"}
    with pytest.raises(Conflict, match="does not say on which systems"):
        _claim_of(production, plant, (unsaid, lims))
    for content, left_out in (((suite,), "erp, lims"), ((suite, lims), "erp")):
        with pytest.raises(Conflict, match=f"works on {left_out}, and the worker does not say"):
            _claim_of(production, plant, content)
    assert plant.dump() == before
    other = {**suite, "content_hash": _OTHER}
    both = {**lims, "systems": ["lims", "erp"]}
    with pytest.raises(Conflict, match="is not in force here"):
        _claim_of(production, plant, (suite, other, both))
    assert _claim_of(production, plant, (suite, both)).batch_id == "B1"


def test_a_bot_that_is_not_approved_keeps_no_other_from_its_items(plant: Plant, production: Mes) -> None:
    """Its items wait for a worker that may."""
    _approve(production, plant, "suite", "batch_record_review", _SUITE)
    jobs = ("courier_scheduling", "batch_record_review")
    taken = _claim(production, plant, _REVIEW, ("suite", "courier_scheduling", _OTHER), jobs=jobs)
    assert taken.job == "batch_record_review"


def test_elsewhere_anything_runs(plant: Plant) -> None:
    """As the capsule says."""
    plant.mes.submit_batch(record(), plant.bot)
    assert _claim(plant.mes, plant).batch_id == "B1"
