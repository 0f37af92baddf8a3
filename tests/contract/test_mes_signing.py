"""Who may sign what, and on what a signature rests."""

from typing import Any

import pytest
from mes_support import PASSWORD, SYSTEM, Plant, finding, observation, record

from mes_core.domain.errors import Conflict, DomainError, Forbidden, NotFound, Stale
from mes_core.domain.principals import BotPrincipal, PersonPrincipal, Role
from mes_core.messages import views as v

REASON = {"reason": "Looked at again.", "password": PASSWORD}


def _correct(plant: Plant, person: Any = None, **more: Any) -> v.BatchView:
    body = {"path": "parameters/volume/text", "old": "50", "new": "51", **REASON} | more
    return plant.mes.correct("B1", v.Correction(**body), person or plant.operator)


def test_a_release_is_signed_with_all_its_parts(plant: Plant) -> None:
    """Printed name, time and meaning, bound to verdict and record (21 CFR 11.50, 11.70)."""
    verdict = plant.reviewed()
    plant.later(minutes=5)
    signed = plant.sign(verdict)
    batch = plant.mes.get_batch("B1")
    assert batch.state is v.BatchState.RELEASED
    assert batch.disposition == signed
    assert (signed.printed_name, signed.signed_at, signed.meaning) == (
        "Qp Person",
        plant.now,
        "Certified by the qualified person.",
    )
    assert (signed.verdict_id, signed.record_hash) == (verdict.verdict_id, batch.record_hash)
    entry = next(one for one in plant.mes.audit("B1") if one.action == "disposition signed")
    assert entry.new.items() >= signed.model_dump(mode="json").items()
    with plant.store.read() as work:
        (stored,) = work.find("signatures", batch_id="B1", act="disposition")
    assert (stored["content_hash"], stored["subject"]) == (batch.record_hash, entry.subject)
    assert (stored["printed_name"], stored["meaning"], stored["reason"]) == (
        signed.printed_name,
        signed.meaning,
        signed.reason,
    )


@pytest.mark.requirement("URS-006")
@pytest.mark.parametrize("act", ["release", "reject", "close", "lift", "correct"])
@pytest.mark.parametrize("claims_roles", [False, True])
def test_a_bot_cannot_sign_anything(plant: Plant, act: str, claims_roles: bool) -> None:
    """Whatever its code says, and also when it puts roles on itself."""
    verdict = plant.reviewed("HOLD", finding())
    hold = plant.mes.get_batch("B1").holds[0]
    bot = BotPrincipal("bot-1")
    if claims_roles:
        object.__setattr__(bot, "roles", frozenset(Role))
        object.__setattr__(bot, "printed_name", "Qp Person")
    acts = {
        "release": lambda: plant.sign(verdict, bot),
        "reject": lambda: plant.sign(verdict, bot, disposition=v.Disposition.REJECTED),
        "close": lambda: plant.close(verdict.findings[0].finding_id, person=bot),
        "lift": lambda: plant.lift(hold, bot),
        "correct": lambda: _correct(plant, bot),
    }
    before = plant.dump()
    with pytest.raises(Forbidden, match="A bot cannot sign"):
        acts[act]()
    assert plant.dump() == before


@pytest.mark.requirement("URS-006")
def test_a_person_object_made_for_a_bot_account_does_not_sign(plant: Plant) -> None:
    """The account decides, not the object that the caller made."""
    verdict = plant.reviewed()
    disguised = PersonPrincipal("bot-1", "Qp Person", frozenset(Role))
    before = plant.dump()
    with pytest.raises(DomainError):
        plant.sign(verdict, disguised)
    assert plant.dump() == before


def test_roles_are_those_of_the_account(plant: Plant) -> None:
    """A reviewer who calls with a role of a qualified person is still a reviewer."""
    verdict = plant.reviewed()
    promoted = PersonPrincipal("reviewer", "Reviewer Person", frozenset({Role.QUALIFIED_PERSON}))
    with pytest.raises(Forbidden, match="log in again"):
        plant.sign(verdict, promoted)
    assert plant.mes.get_batch("B1").state is v.BatchState.READY


def test_only_a_qualified_person_signs_dispositions(plant: Plant) -> None:
    """For all three dispositions."""
    verdict = plant.reviewed()
    for disposition in v.Disposition:
        with pytest.raises(Forbidden, match="needs the role qualified person"):
            plant.sign(verdict, plant.reviewer, disposition=disposition)


@pytest.mark.parametrize("field", ["performer", "checker"])
def test_nobody_releases_their_own_work(plant: Plant, field: str) -> None:
    """A performer or checker of a step signs no disposition of the batch."""
    steps = record().model_dump(mode="json")["steps"]
    plant.mes.submit_batch(record(steps=[{**steps[0], field: "qp"}]), plant.bot)
    verdict = plant.mes.review("B1", (), plant.at())
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(verdict)


def test_a_wrong_password_signs_nothing(plant: Plant) -> None:
    """And counts towards the lock-out."""
    verdict = plant.reviewed()
    before = plant.dump()
    for _ in range(5):
        with pytest.raises(Forbidden, match="nothing was signed"):
            plant.sign(verdict, password="not the password")
    with pytest.raises(Forbidden, match="locked"):
        plant.sign(verdict)
    after = plant.dump()
    assert {row["kind"] for row in after["due_items"]} == {"misuse"}  # somebody is told of it
    for told in ("audit", "due_items"):
        del before[told], after[told]
    assert after == before


@pytest.mark.requirement("URS-005")
def test_a_verdict_on_an_earlier_record_is_not_signed(plant: Plant) -> None:
    """The record was corrected after the review."""
    verdict = plant.reviewed()
    plant.later(minutes=1)
    view = _correct(plant)
    with pytest.raises(Stale, match="record of batch B1 has changed"):
        plant.sign(verdict)
    with pytest.raises(Stale, match="review it again"):
        plant.sign(verdict, record_hash=view.record_hash)
    assert plant.mes.get_batch("B1").state is v.BatchState.MANUFACTURED


@pytest.mark.requirement("URS-005")
def test_a_record_changed_there_and_back_needs_a_new_review(plant: Plant) -> None:
    """Same content again, but the batch was not reviewed since: its state says so."""
    verdict = plant.reviewed()
    _correct(plant)
    _correct(plant, old="51", new="50")
    with pytest.raises((Stale, Conflict)):
        plant.sign(verdict)


@pytest.mark.requirement("URS-005")
def test_an_earlier_verdict_is_not_signed(plant: Plant) -> None:
    """There is a newer one, even though it says the same."""
    first = plant.reviewed()
    plant.later(minutes=1)
    second = plant.mes.review("B1", (), plant.at())
    with pytest.raises(Stale, match="newer verdict"):
        plant.sign(first)
    assert plant.sign(second).verdict_id == second.verdict_id


@pytest.mark.requirement("URS-005")
def test_a_verdict_on_earlier_readings_is_not_signed(plant: Plant) -> None:
    """The laboratory has another result now; the same reading at a later time changes nothing."""
    verdict = plant.reviewed()
    plant.later(minutes=1)
    plant.mes.put_observations("B1", (observation("80", read_at=plant.now),), plant.at())
    assert plant.mes.verdicts("B1")[0].current
    plant.mes.put_observations("B1", (observation("60", read_at=plant.now),), plant.at())
    assert not plant.mes.verdicts("B1")[0].current
    with pytest.raises(Stale, match="reading"):
        plant.sign(verdict)


def test_a_verdict_of_another_batch_is_not_signed(plant: Plant) -> None:
    """A signature copied to another record fails."""
    plant.reviewed()
    other = plant.reviewed(batch_id="B2")
    with pytest.raises(NotFound, match="no verdict"):
        plant.sign(plant.mes.verdicts("B1")[0], verdict_id=other.verdict_id)
    with pytest.raises(Stale, match="has changed"):
        plant.sign(plant.mes.verdicts("B1")[0], record_hash=other.record_hash)


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("verdict", ["HOLD", "REJECT_PROPOSED", "UNDECIDED"])
def test_what_is_not_ready_is_not_released(plant: Plant, verdict: str) -> None:
    """It is on hold since the review, in the same transaction."""
    stored = plant.reviewed(verdict, finding())
    batch = plant.mes.get_batch("B1")
    assert batch.state is v.BatchState.ON_HOLD
    assert [(hold.kind, hold.lifted_at) for hold in batch.holds] == [("quality", None)]
    with pytest.raises(Conflict, match="not ready"):
        plant.sign(stored)


def test_a_batch_is_released_once(plant: Plant) -> None:
    """The second signature finds nothing to release."""
    verdict = plant.reviewed()
    plant.sign(verdict)
    with pytest.raises(Conflict, match="is released and can't be released"):
        plant.sign(verdict)


def test_a_rejected_batch_stays_rejected(plant: Plant) -> None:
    """No review, no release, no shipment."""
    verdict = plant.reviewed("REJECT_PROPOSED", finding())
    plant.sign(verdict, disposition=v.Disposition.REJECTED)
    assert plant.mes.get_batch("B1").state is v.BatchState.REJECTED
    for refused in (
        lambda: plant.sign(verdict),
        lambda: plant.mes.review("B1", (), plant.at()),
        lambda: _correct(plant),
    ):
        with pytest.raises(Conflict):
            refused()


def test_held_is_a_signed_disposition_too(plant: Plant) -> None:
    """It opens a quality hold."""
    plant.sign(plant.reviewed(), disposition=v.Disposition.HELD)
    assert plant.mes.get_batch("B1").state is v.BatchState.ON_HOLD


def test_an_account_made_by_set_up_signs(plant: Plant) -> None:
    """The whole chain from account to signature, through a session."""
    plant.mes.create_person("second.qp", "Second Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    who = plant.mes.authenticate(plant.mes.login("second.qp", PASSWORD).token)
    assert plant.sign(plant.reviewed(), who).printed_name == "Second Person"
