"""What the laboratory says after a certification: in other words, revised, or of a batch that waited for nothing."""

import pytest
from conditional_support import STERILITY, again, conditionally, lims, result, shipped, told
from mes_support import COURIER_JOB, PASSWORD, Plant, shipment

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.messages import conditional as c
from mes_core.messages import deviations as d
from mes_core.messages import filing as f
from mes_core.messages import views as v


@pytest.mark.requirement("URS-044")
@pytest.mark.parametrize("gone", [True, False])
def test_a_final_result_that_is_neither_holds_and_tells_until_it_is_one(plant: Plant, gone: bool) -> None:
    """It may be a positive one in other words: nothing is certified on it, and the hold waits for a new review."""
    shipped(plant) if gone else conditionally(plant)
    plant.later(days=12)
    for word in ("Growth observed", "Pos."):
        plant.mes.put_observations("B1", (lims(plant, word, "Final"),), plant.at())
        batch = plant.mes.get_batch("B1")
        (hold,) = [one for one in batch.holds if one.lifted_at is None]
        assert "Unclear final result" in hold.reason
        assert not batch.may_be_supplied
        assert batch.conditions[0].state == "waiting"
    (notice,) = [one for one in plant.mes.due_items(batch_id="B1") if one.kind is c.DueKind.NOTICE]
    assert "says neither negative nor positive" in notice.text
    noted = {"test": "Sterility", "outcome": "negative", "reported_at": plant.now, "source": "LIMS, result R-9"}
    signing = c.SignFinalResult.model_validate({**noted, "password": PASSWORD})
    with pytest.raises(Conflict, match="says neither negative nor positive"):
        plant.mes.note_final_result("B1", signing, plant.reviewer)
    plant.mes.put_observations("B1", (lims(plant, "Positive", "Final"),), plant.at())
    assert plant.mes.get_batch("B1").conditions[0].state == "positive"
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-044")
def test_a_negative_result_that_becomes_unclear_holds_again(plant: Plant) -> None:
    """Whatever was noted before: the laboratory says something else now."""
    shipped(plant)
    plant.later(days=12)
    result(plant, "negative")
    assert not plant.mes.get_batch("B1").holds
    plant.mes.put_observations("B1", (lims(plant, "Growth observed", "Final"),), plant.at())
    batch = plant.mes.get_batch("B1")
    assert [("Unclear final result" in one.reason, one.lifted_at) for one in batch.holds] == [(True, None)]
    assert not batch.may_be_supplied


def _in_full(plant: Plant) -> None:
    """Certified with nothing pending."""
    plant.reviewed()
    plant.mes.put_observations("B1", (lims(plant, "Negative", "Final"),), plant.at())
    plant.sign(plant.mes.review("B1", (), plant.at()))
    assert plant.mes.get_batch("B1").state is v.BatchState.RELEASED


@pytest.mark.requirement("URS-044")
@pytest.mark.parametrize("by_reading", [True, False])
def test_a_positive_after_a_full_release_stops_the_batch(plant: Plant, by_reading: bool) -> None:
    """It waited for nothing, and the laboratory says something else all the same."""
    _in_full(plant)
    plant.later(days=1)
    if by_reading:
        plant.mes.put_observations("B1", (lims(plant, "Positive", "Final"),), plant.at())
    else:
        body = {"test": "Sterility", "outcome": "positive", "reported_at": plant.now, "source": "telephone"}
        signed = c.SignFinalResult.model_validate({**body, "password": PASSWORD})
        plant.mes.note_final_result("B1", signed, plant.reviewer)
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.may_be_supplied) == (v.BatchState.ON_HOLD, False)
    assert "Late positive" in batch.holds[-1].reason
    (opened,) = plant.mes.deviations("B1")
    assert opened.kind == d.DeviationKind.OOS
    assert len(told(plant)) == 3
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-044")
def test_an_unclear_result_after_a_full_release_holds_until_the_table_says_otherwise(plant: Plant) -> None:
    """The hold is not lifted on it, and each time it is due anew."""
    _in_full(plant)
    for number in (1, 2):
        plant.later(days=1)
        plant.mes.put_observations("B1", (lims(plant, "Growth observed", "Authorised"),), plant.at())
        (hold,) = [one for one in plant.mes.get_batch("B1").holds if one.lifted_at is None]
        plant.mes.review("B1", (), plant.at())
        with pytest.raises(Conflict, match="as last read, is unclear"):
            plant.lift(hold)
        plant.later(days=1)
        plant.mes.put_observations("B1", (lims(plant, "Negative", "Final"),), plant.at())
        plant.mes.review("B1", (), plant.at())
        plant.lift(hold)
        notices = [one for one in plant.mes.due_items(batch_id="B1") if one.kind is c.DueKind.NOTICE]
        assert len(notices) == number
        plant.sign(plant.mes.review("B1", (), plant.at()))


@pytest.mark.requirement("URS-044")
def test_after_shipment_a_review_is_the_way_out_of_the_hold(plant: Plant) -> None:
    """The laboratory says in its table which it was, a review reads it, and a person lifts the hold."""
    _in_full(plant)
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.later(days=1)
    plant.mes.put_observations("B1", (lims(plant, "Growth observed", "Final"),), plant.at())
    (hold,) = plant.mes.get_batch("B1").holds
    with pytest.raises(Conflict):
        plant.lift(hold)
    plant.later(days=1)
    verdict = again(plant, lims(plant, "Negative", "Final"))
    assert verdict.verdict.verdict == "READY"
    plant.lift(hold)
    batch = plant.mes.get_batch("B1")
    assert (batch.state, [one for one in batch.holds if one.lifted_at is None]) == (v.BatchState.SHIPPED, [])


@pytest.mark.requirement("URS-044")
def test_a_rejection_does_not_bring_the_cells_back(plant: Plant) -> None:
    """Whoever was rejected after it had left may have been given: clocks run, and what is missing stays due."""
    shipped(plant)
    plant.later(days=12)
    result(plant, "positive")
    verdict = again(plant)
    plant.sign(verdict, disposition="rejected")
    opened = {"deviation_key": "DEV-9", "title": "Bag was cracked", "severity": "critical"}
    before = len(plant.mes.all_filings())
    plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.bot)
    assert len(plant.mes.all_filings()) > before


@pytest.mark.requirement("URS-044")
def test_clocks_of_a_late_positive_are_ended_by_nobody_while_it_stands(plant: Plant) -> None:
    """Neither withdrawn nor moved to where no clock runs; and a reviewer corrects no event of the record."""
    shipped(plant)
    plant.later(days=12)
    result(plant, "positive")
    (event,) = plant.mes.filing_events(batch_id="B1")
    words = {"reason": "It was none.", "password": PASSWORD}
    before = plant.dump()
    with pytest.raises(Forbidden, match="an event that the record started"):
        plant.mes.correct_event(
            event.event_id, f.CorrectEvent.model_validate({**words, "withdrawn": True}), plant.reviewer
        )
    for change in ({"withdrawn": True}, {"changes": {"places": ["OTHER"]}}):
        with pytest.raises(Conflict, match="can't be ended or moved elsewhere"):
            plant.mes.correct_event(event.event_id, f.CorrectEvent.model_validate({**words, **change}), plant.quality)
    assert plant.dump() == before


@pytest.mark.requirement("URS-044")
@pytest.mark.parametrize("gone", [True, False])
def test_a_new_positive_under_another_name_holds_what_was_certified(plant: Plant, gone: bool) -> None:
    """At once, by the reading alone; what stood there at the certification was judged then, and is no news."""
    known = lims(plant, "Positive", "Final", "Identity CD19")
    plant.reviewed()
    plant.mes.put_observations("B1", (known,), plant.at())
    pending = {"disposition": v.Disposition.CONDITIONALLY_RELEASED, "pending": (STERILITY,)}
    plant.sign(plant.mes.review("B1", (), plant.at()), **pending)
    if gone:
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.mes.put_observations("B1", (known,), plant.at())
    assert not plant.mes.get_batch("B1").holds
    grown = lims(plant, "Positive", "Final", "Identity CD19", "Adventitious agents, PCR")
    for _ in range(2):
        plant.mes.put_observations("B1", (grown,), plant.at())
    (hold,) = plant.mes.get_batch("B1").holds
    assert "'Adventitious agents, PCR', a test that the release did not wait for" in hold.reason
    assert not plant.mes.get_batch("B1").may_be_supplied
    (told_,) = [one for one in plant.mes.due_items(batch_id="B1") if one.kind is c.DueKind.NOTICE]
    assert "Adventitious agents, PCR" in told_.text
    assert plant.mes.verify_audit() == []
