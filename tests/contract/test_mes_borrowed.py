"""Somebody who owns the database borrows an account, takes guards off, or puts another store in its place."""

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from mes_support import PASSWORD, SYSTEM, Plant, finding, observation, record, take_guards_off

from batchwright.support import witness
from batchwright.support.settings import Home
from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import Role
from mes_core.messages import approvals as m
from mes_core.messages import views as v
from mes_core.storage import open_store


def _row(plant: Plant, user: str) -> dict[str, object]:
    with plant.store.read() as work:
        account = work.get("accounts", user=user)
    assert account is not None
    return dict(account)


@pytest.mark.requirement("URS-174")
def test_an_account_that_was_swapped_in_the_file_signs_nothing(plant: Plant) -> None:
    """The operator's password in the place of the qualified person's: no log-in, no signature, and verify says it."""
    verdict = plant.reviewed()
    own = str(_row(plant, "operator")["password_hash"])
    plant.meddle("UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'", hash=own)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.mes.login("qp", PASSWORD)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.sign(verdict)
    assert any("an account" in one for one in plant.mes.verify_audit())


@pytest.mark.requirement("URS-174")
def test_a_signature_made_with_a_borrowed_account_shows_after_all_was_put_back(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by a program that does not ask: the signature carries the seal of the account as it stood."""
    from mes_core.services import as_told
    from mes_core.services.people import account_seals

    verdict = plant.reviewed()
    before = str(_row(plant, "qp")["password_hash"])
    plant.meddle(
        "UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'",
        hash=str(_row(plant, "operator")["password_hash"]),
    )
    with monkeypatch.context() as program:
        program.setattr(account_seals, "check", Mock())  # a copy of the program without the checks
        program.setattr(as_told, "check", Mock())
        plant.sign(verdict)
    plant.meddle("UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'", hash=before)
    found = [one for one in plant.mes.verify_audit() if "guard" not in one]
    assert len(found) == 1
    assert "was made with the account 'qp' as it was changed outside the program" in found[0]


@pytest.mark.requirement("URS-174")
def test_guards_that_were_taken_off_are_named(plant: Plant) -> None:
    plant.reviewed()
    assert plant.mes.verify_audit() == []
    with plant.store._engine.connect().execution_options(batchwright_write=True) as owner, owner.begin():
        take_guards_off(owner)
    assert any("The guard of table audit was taken off" in one for one in plant.mes.verify_audit())


@pytest.mark.requirement("URS-174")
def test_an_empty_or_earlier_store_in_the_place_of_this_one_is_told(tmp_path: Path) -> None:
    """Each verifies by itself; what was seen before speaks against it."""
    from mes_support import START, SYSTEM, FakeRules

    from mes_core.services import Mes

    home = Home(tmp_path)
    mes = Mes(open_store(tmp_path / "one.sqlite"), FakeRules(), lambda: START)
    mes.create_bot("bot-1", PASSWORD, actor=SYSTEM)
    assert witness.store_problems(mes, home) == []
    mes.create_bot("bot-2", PASSWORD, actor=SYSTEM)
    assert witness.store_problems(mes, home) == []
    other = Mes(open_store(tmp_path / "two.sqlite"), FakeRules(), lambda: START)
    assert any("not the one" in one for one in witness.store_problems(other, home))
    seen = tmp_path / "store-seen.json"
    seen.write_text(json.dumps({**json.loads(seen.read_text()), "entries": 99}))
    assert any("an earlier copy" in one for one in witness.store_problems(mes, home))


@pytest.mark.requirement("URS-174")
def test_evidence_that_was_changed_replaced_or_deleted_is_told(plant: Plant, tmp_path: Path) -> None:
    """Against the hash that the trail vouches for."""
    import hashlib

    plant.reviewed()
    folder = tmp_path / "evidence" / "B1"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text("{}")
    listed = {"verdict.json": {"sha256": hashlib.sha256(b"{}").hexdigest(), "size": 2}}
    (folder / "manifest.json").write_text(json.dumps({"files": listed}))
    told = v.EvidenceRef(path="evidence/B1", sha256=hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest())
    bot = plant.at()
    assert bot.lease is not None
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch, evidence=told), bot)
    home = Home(tmp_path)
    assert witness.evidence_problems(plant.mes, home) == []
    (folder / "verdict.json").write_text("{ }")
    assert "verdict.json was changed" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "verdict.json").unlink()
    assert "verdict.json is gone" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "manifest.json").write_text("{}")
    assert "not the one that the trail vouches for" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "manifest.json").unlink()
    assert "is missing" in witness.evidence_problems(plant.mes, home)[0]


@pytest.mark.requirement("URS-174")
@pytest.mark.parametrize(
    ("swap", "back"),
    [
        (
            "UPDATE accounts SET person = 'other', printed_name = 'Other' WHERE \"user\" = 'qp.two'",
            "UPDATE accounts SET person = 'qp', printed_name = 'Qp Person' WHERE \"user\" = 'qp.two'",
        ),
        (
            "UPDATE aliases SET \"user\" = 'operator' WHERE name = 'op17'",
            "UPDATE aliases SET \"user\" = 'qp' WHERE name = 'op17'",
        ),
        (
            "UPDATE record_versions SET record = replace(record, 'op17', 'operator')",
            "UPDATE record_versions SET record = replace(record, 'operator', 'op17')",
        ),
        ("UPDATE audit SET \"user\" = 'bot-1' WHERE \"user\" = 'qp'", None),
    ],
)
def test_what_tells_who_had_a_part_is_not_borrowed_either(plant: Plant, swap: str, back: str | None) -> None:
    """Somebody else's account, whose a name is, the record, the trail: swapped for the moment of a signature."""
    plant.mes.create_person("qp.two", "Qp Person", [Role.OPERATOR], PASSWORD, actor=SYSTEM, same_person_as="qp")
    plant.knows("op17", user="qp")
    step = {"step_id": "S1", "unit_procedure": "Harvest", "operation": "Wash", "name": "Wash"}
    performers = {"accounts": "qp.two"}.get(swap.split()[1], "op17")
    plant.mes.submit_batch(record(steps=[{**step, "performer": performers}]), plant.qp if back is None else plant.bot)
    verdict = plant.mes.review("B1", (observation(),), plant.at())
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(verdict)
    plant.meddle(swap)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.sign(verdict)
    if back:
        plant.meddle(back)
        assert [one for one in plant.mes.verify_audit() if "guard" not in one] == []


@pytest.mark.requirement("URS-174")
@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE verdicts SET verdict = 'READY'",
        "UPDATE findings SET closure = 'justified', status = 'closed'",
        "UPDATE holds SET lifted_at = '2026-03-01T08:00:00.000000+00:00'",
        "UPDATE batches SET state = 'ready'",
        "DELETE FROM findings",
        "DELETE FROM facts",
    ],
)
def test_a_verdict_and_a_hold_are_not_borrowed(plant: Plant, swap: str) -> None:
    verdict = plant.reviewed("HOLD", finding())
    plant.meddle(swap)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-174")
def test_an_author_is_not_borrowed(plant: Plant) -> None:
    """Who put content forward, swapped while that person approves it."""
    content = {"kind": "rule_set", "name": "x", "version": "1", "content_hash": "a" * 64}
    plant.mes.propose(m.NewProposal.model_validate(content), plant.qp)
    plant.meddle("UPDATE proposals SET proposed_by = 'operator'")
    said = {"reason": "Looked at it all.", "meaning": "Approved for use.", "password": PASSWORD}
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.mes.approve(m.NewApproval.model_validate({**content, **said}), plant.qp)
