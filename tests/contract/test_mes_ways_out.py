"""What was opened on a batch ends by signature, and keeps it from release until then."""

from datetime import timedelta
from typing import Any

import pytest
from mes_support import PASSWORD, SYSTEM, Plant, record

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from mes_core.domain.principals import Role
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.services import Mes


def _open(plant: Plant, key: str = "DEV-1", actor: Any = None, **more: Any) -> d.DeviationView:
    body = {"deviation_key": key, "title": "Late sample", "severity": "major", **more}
    return plant.mes.open_deviation("B1", d.NewDeviation.model_validate(body), actor or plant.bot)


def _close(plant: Plant, key: str = "DEV-1", person: Any = None, **more: Any) -> d.DeviationView:
    body = {"deviation_key": key, "outcome": "no_impact", "conclusion": "A clock was wrong.", "password": PASSWORD}
    closing = d.CloseDeviation.model_validate({**body, **more})
    return plant.mes.close_deviation("B1", closing, person or plant.reviewer)


@pytest.mark.requirement("URS-040")
@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ({}, {"outcome": "no_impact"}),
        ({"severity": "critical"}, {"outcome": "impact_accepted"}),
        ({"kind": "oos", "severity": "minor"}, {"outcome": "laboratory_error"}),
    ],
)
def test_an_open_deviation_keeps_a_batch_from_release_until_it_is_closed(
    plant: Plant, opened: dict[str, Any], closed: dict[str, Any]
) -> None:
    """The refusal names it; the closing is signed and in the trail."""
    verdict = plant.reviewed()
    _open(plant, **opened)
    with pytest.raises(Conflict, match=r"can't be released: .* DEV-1 is open"):
        plant.sign(verdict)
    view = _close(plant, person=plant.quality, **closed)
    assert (view.outcome, view.printed_name, view.closed_at) == (closed["outcome"], "Quality Person", plant.now)
    with plant.store.read() as work:
        signature = work.get("signatures", signature_id=view.signature_id)
    assert signature is not None
    assert signature["content_hash"] == verdict.record_hash
    assert plant.mes.audit("B1")[-1].why == "A clock was wrong."
    plant.sign(verdict)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-040")
@pytest.mark.parametrize(("kind", "outcome"), [("deviation", "batch_affected"), ("oos", "confirmed")])
def test_what_ended_badly_keeps_a_batch_from_release_for_good(plant: Plant, kind: str, outcome: str) -> None:
    """It is rejected then."""
    verdict = plant.reviewed()
    _open(plant, kind=kind)
    _close(plant, person=plant.quality, outcome=outcome)
    with pytest.raises(Conflict, match="reject the batch"):
        plant.sign(verdict)
    rejected = plant.sign(verdict, disposition=v.Disposition.REJECTED)
    assert rejected.disposition is v.Disposition.REJECTED


@pytest.mark.requirement("URS-040")
def test_a_corrective_action_follows_from_something_and_does_not_hold_the_batch(plant: Plant) -> None:
    """It is about the next batches."""
    verdict = plant.reviewed()
    with pytest.raises(Invalid, match="parent_key"):
        _open(plant, "CAPA-1", kind="capa")
    with pytest.raises(Invalid, match="no deviation 'DEV-9'"):
        _open(plant, "CAPA-1", kind="capa", parent_key="DEV-9")
    _open(plant)
    _open(plant, "CAPA-1", kind="capa", parent_key="DEV-1")
    _close(plant)
    plant.sign(verdict)
    assert _close(plant, "CAPA-1", outcome="effective").outcome == "effective"


@pytest.mark.requirement("URS-040")
def test_who_may_close_is_enforced(plant: Plant) -> None:
    """No bot, no operator, nobody who opened it or made the batch; critical ones not by a reviewer; once only."""
    plant.reviewed()
    _open(plant)
    _open(plant, "DEV-2", severity="critical")
    _open(plant, "DEV-3", plant.reviewer)
    refused: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
        (plant.bot, {}, Forbidden, "A bot cannot sign"),
        (plant.operator, {}, Forbidden, "needs the role"),
        (plant.reviewer, {"password": "wrong"}, Forbidden, "nothing was signed"),
        (plant.reviewer, {"key": "DEV-2"}, Forbidden, "quality assurance or qualified person"),
        (plant.reviewer, {"key": "DEV-3"}, Forbidden, "opened the deviation DEV-3"),
        (plant.reviewer, {"outcome": "effective"}, Invalid, "no outcome of a deviation"),
        (plant.reviewer, {"key": "DEV-9"}, NotFound, "no deviation 'DEV-9'"),
    ]
    before = plant.dump()
    for person, more, kind, says in refused:
        with pytest.raises(kind, match=says):
            _close(plant, person=person, **more)
    assert plant.dump() == before
    _close(plant)
    with pytest.raises(Conflict, match="closed already by Reviewer Person"):
        _close(plant, person=plant.quality)


@pytest.mark.requirement("URS-040")
def test_who_made_the_batch_does_not_close_its_deviation(plant: Plant) -> None:
    """Performers and checkers stay outside."""
    steps = [{**record().model_dump(mode="json")["steps"][0], "performer": "reviewer"}]
    plant.mes.submit_batch(record(steps=steps), plant.bot)
    _open(plant)
    with pytest.raises(Forbidden, match="performed, checked"):
        _close(plant)


@pytest.mark.requirement("URS-170")
def test_who_justifies_a_finding_does_not_release(plant: Plant) -> None:
    """A second qualified person does."""
    from mes_support import SYSTEM, finding

    second = plant.mes.create_person("qp2", "Second Person", ["qualified_person"], PASSWORD, actor=SYSTEM)
    verdict = plant.reviewed("HOLD", finding())
    plant.close(verdict.findings[0].finding_id, person=plant.qp)
    again = plant.mes.review("B1", (), plant.at())
    plant.lift(plant.mes.get_batch("B1").holds[0])
    with pytest.raises(Forbidden, match="justified a finding"):
        plant.sign(again)
    plant.sign(again, second)


@pytest.mark.requirement("URS-041")
def test_production_releases_after_a_signed_review_of_the_audit_trail(plant: Plant) -> None:
    """Up to the newest verdict; one from before it does not count."""
    verdict = plant.reviewed()
    plant.mes = Mes(plant.store, plant.rules, lambda: plant.now)
    plant.mes._production = True
    approval = {"kind": "rule_set", "name": "fake", "version": "1", "content_hash": plant.rules.content_hash}
    words = {"reason": "Checked.", "meaning": "Approved.", "password": PASSWORD}
    from mes_core.messages.approvals import NewApproval, NewProposal

    plant.mes.propose(NewProposal.model_validate(approval), plant.operator)
    plant.mes.approve(NewApproval.model_validate({**approval, **words}), plant.quality)
    for number in (0, 1):
        if number:
            plant.trail_reviewed(number=number)
        with pytest.raises(Conflict, match="nobody has signed a review of its audit trail"):
            plant.sign(verdict)
    reviewed = plant.trail_reviewed()
    assert plant.mes.trail_reviews("B1")[-1] == reviewed
    assert reviewed.entry_hash == plant.mes.audit("B1")[reviewed.number - 1].entry_hash
    plant.sign(verdict)
    with pytest.raises(NotFound, match="no entry 999"):
        plant.trail_reviewed(number=999)


@pytest.mark.requirement("URS-041", "URS-170")
def test_who_had_a_part_in_a_batch_does_not_review_its_trail(plant: Plant) -> None:
    """Who corrected the record reviews no trail that tells of it, with no account of theirs; somebody else does."""
    plant.reviewed()
    plant.corrected()
    again = plant.mes.create_person(
        "operator.two", "Operator Person", [Role.REVIEWER], PASSWORD, actor=SYSTEM, same_person_as="operator"
    )
    review = d.ReviewTrail(number=plant.mes.audit("B1")[-1].number, reason="Every entry looked at.", password=PASSWORD)
    with pytest.raises(Forbidden, match="may not review the audit trail of batch B1"):
        plant.mes.review_trail("B1", review, again)
    assert plant.mes.review_trail("B1", review, plant.quality).user == "quality"


@pytest.mark.requirement("URS-042")
def test_a_password_ages_out_and_is_changed(plant: Plant) -> None:
    """Neither log-in nor signature with one that is too old; the new one works, and old sessions are over."""
    verdict = plant.reviewed()
    token = plant.mes.login("qp", PASSWORD).token
    plant.now += timedelta(days=89)
    plant.mes.login("qp", PASSWORD)
    plant.now += timedelta(days=2)
    with pytest.raises(Unauthenticated, match="older than 90 days"):
        plant.mes.login("qp", PASSWORD)
    with pytest.raises(Forbidden, match="older than 90 days"):
        plant.sign(verdict)
    for new, says in (("short", "at least 15"), (PASSWORD, "it is the present one")):
        with pytest.raises(Invalid, match=says):
            plant.mes.change_password(v.NewPassword(user="qp", password=PASSWORD, new_password=new))
    with pytest.raises(Unauthenticated, match="wrong"):
        plant.mes.change_password(v.NewPassword(user="qp", password="not it", new_password="new " + PASSWORD))
    plant.mes.change_password(v.NewPassword(user="qp", password=PASSWORD, new_password="new " + PASSWORD))
    with pytest.raises(Unauthenticated):
        plant.mes.authenticate(token)
    plant.mes.login("qp", "new " + PASSWORD)
    plant.sign(verdict, password="new " + PASSWORD)
    plant.mes.login("bot-1", PASSWORD)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-042")
def test_log_out_ends_the_session_on_the_server(plant: Plant) -> None:
    """The token is worth nothing afterwards; others of the account stay."""
    one, other = (plant.mes.login("qp", PASSWORD).token for _ in range(2))
    plant.mes.logout(one)
    plant.mes.logout(one)
    with pytest.raises(Unauthenticated, match="session is over"):
        plant.mes.authenticate(one)
    assert plant.mes.authenticate(other) == plant.qp
