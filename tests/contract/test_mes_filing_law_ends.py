"""What an inspector asked of the ends of filings: what is grave starts a clock, no side door ends or says anything."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from conditional_support import result
from conditional_support import shipped as shipped_conditionally
from filing_support import CASE, answer, approve, correct, event, filed, licence, running, shipped, sign
from mes_support import PASSWORD, Plant, finding

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.messages import deviations as d
from mes_core.messages import filing as f


def _clocks(plant: Plant) -> set[str | None]:
    return {one.clock_id for one in plant.mes.all_filings(running=True)}


@pytest.mark.requirement("URS-190")
def test_a_result_outside_of_specification_is_one_whatever_severity_it_was_given(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    opened = d.NewDeviation(deviation_key="OOS-1", title="Out of specification.", severity="minor", kind="oos")
    plant.mes.open_deviation("B1", opened, plant.operator)
    assert "US-BPD" in _clocks(plant)


@pytest.mark.requirement("URS-190")
def test_what_was_thought_small_and_is_found_to_touch_the_product_is_known_from_then(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    opened = d.NewDeviation(deviation_key="D-1", title="A label was torn.", severity="minor")
    plant.mes.open_deviation("B1", opened, plant.operator)
    assert "US-BPD" not in _clocks(plant)
    plant.later(days=2)
    plant.end_deviations("batch_affected")
    one = running(plant)
    assert one.due_at is not None
    assert (one.due_at - plant.now).days == 44


@pytest.mark.requirement("URS-190")
def test_what_a_review_finds_on_a_batch_that_has_left_starts_its_clocks(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    plant.rules.say("HOLD", finding(severity="critical"))
    plant.mes.review("B1", (), plant.at())
    assert "US-BPD" in _clocks(plant)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize("who", ["bot", "operator"])
@pytest.mark.parametrize("said", [{"answers": {"serious": "no"}}, {"places": ["OTHER"]}])
def test_a_no_counts_from_who_may_end_a_clock(plant: Plant, who: str, said: dict[str, Any]) -> None:
    """From others it is kept as a question, and the clock runs until a person of compliance has said it."""
    licence(plant)
    body: dict[str, Any] = {"kind": "adverse_experience", "source": "safety", "source_key": "C-1", "product": "EX1"}
    body |= {"aware_at": plant.now.isoformat(), "zone": "UTC", "case_id": "C-1", **said}
    view = plant.mes.record_event(f.NewEvent.model_validate(body), getattr(plant, who))
    assert "US-AE-15" in _clocks(plant)
    assert any("it counts when quality assurance has said so" in one for one in view.questions)
    assert not plant.mes.record_event(f.NewEvent.model_validate(body), getattr(plant, who)).created
    correct(plant, view, changes={"answers": {"serious": "no"}})
    assert "US-AE-15" not in _clocks(plant)


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize("who", ["bot", "operator"])
def test_a_place_or_an_end_that_stops_a_clock_counts_from_who_may_end_one(plant: Plant, who: str) -> None:
    """A batch goes where its record says, whatever others name; what ended before anybody knew of it has no reports."""
    licence(plant)
    shipped(plant)
    about = {"source": "safety", "aware_at": plant.now.isoformat(), "zone": "UTC", "aware_who": "Ada Example"}
    elsewhere = {**about, "kind": "deviation", "source_key": "D-1", "batch_id": "B1", "places": ["CH"]}
    over = {
        **about,
        "kind": "recall",
        "source_key": "R-1",
        "product": "EX1",
        "places": ["US"],
        "closed_on": "1950-01-01",
    }
    views = [plant.mes.record_event(f.NewEvent.model_validate(one), getattr(plant, who)) for one in (elsewhere, over)]
    assert {"US-BPD", "CH-DEFECT", "US-RECALL-STATUS"} <= set(_clocks(plant))
    assert "does not concern US, where batch B1 goes: it counts when quality" in views[0].questions[0]
    assert "it ended on 1950-01-01: it counts when quality" in views[1].questions[0]
    for one in (elsewhere, over):
        assert not plant.mes.record_event(f.NewEvent.model_validate(one), getattr(plant, who)).created
    correct(plant, views[0], changes={"places": ["CH"]})
    correct(plant, views[1], changes={"closed_on": "2026-03-01"})
    assert not {"US-BPD", "US-RECALL-STATUS"} & set(_clocks(plant))


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize("places", [None, ["OTHER"], ["CH"]])
def test_a_batch_is_of_the_product_that_its_record_names(plant: Plant, places: list[str] | None) -> None:
    """Under the licence of another one the plant is an importer, whom the report does not bind."""
    licence(plant)
    licence(plant, licence_id="US-2", product="EX2", roles=("importer",))
    shipped(plant)
    body = {"kind": "deviation", "source": "line", "source_key": "D-1", "batch_id": "B1", "product": "EX2"}
    body |= {"aware_at": plant.now.isoformat(), "zone": "UTC", "aware_who": "Ada Example"}
    view = plant.mes.record_event(f.NewEvent.model_validate({**body, "places": places}), plant.operator)
    assert "US-BPD" in _clocks(plant)
    assert any("says that batch B1 is EX2, and its record EX1" in one for one in view.questions)


@pytest.mark.requirement("URS-191")
def test_a_licence_is_no_way_round_the_ground_of_a_clock(plant: Plant) -> None:
    """While a late positive stands, nobody becomes an importer so that its report ends."""
    licence(plant)
    shipped_conditionally(plant)
    plant.later(days=12)
    result(plant, "positive")
    assert "US-BPD" in _clocks(plant)
    before = plant.dump()
    with pytest.raises(Conflict, match="can't be recorded so, as it would end filing US-BPD"):
        licence(plant, roles=("importer",), reason="Licence data corrected.")
    assert plant.dump() == before


@pytest.mark.requirement("URS-193")
def test_what_takes_a_report_back_says_so_and_which_one(plant: Plant) -> None:
    """A form of its own with the agency's number, and nothing of the report again; undone where it stands again."""
    licence(plant)
    shipped(plant)
    first = event(plant)
    one = filed(plant, running(plant).filing_id)
    correct(plant, first, withdrawn=True, reason="It was another batch.")
    back = running(plant)
    draft = plant.mes.draft_filing(back.filing_id, {}, plant.quality)
    said = {field.name: field.value for field in draft.fields}
    assert draft.title == "Withdrawal of a report"
    assert (said["acknowledgement"], said["report"]) == (one.acknowledgement, one.form)
    assert "It was another batch." in (said["reason"] or "")
    assert (draft.questions, draft.tables) == ((), ())
    correct(plant, first, withdrawn=False, reason="It was this batch after all.")
    assert plant.mes.filing(back.filing_id).status == "withdrawn"
    assert plant.mes.filing(one.filing_id).status == "accepted"


@pytest.mark.requirement("URS-193")
def test_one_acknowledgement_ends_no_second_clock(plant: Plant) -> None:
    """Two reports under one number: the answer is noted to each by its own."""
    licence(plant)
    licence(plant, "EU")
    shipped(plant)
    case = {"case_id": "C-1", "places": ["US"], "answers": {"serious": "yes", "unexpected": "yes"}}
    event(plant, "adverse_experience", details={"message": "M-1"}, **case)
    cases = [one for one in plant.mes.all_filings(running=True) if "-AE-" in str(one.clock_id)]
    assert len(cases) == 2
    for one in cases:
        sign(plant, plant.mes.draft_filing(one.filing_id, {}, plant.quality), plant.qp)
        sent = f.HandOver(message="M-1", at=plant.now, reason="Sent.", password=PASSWORD)
        plant.mes.hand_over(one.filing_id, sent, plant.qp)
    told = f.CaseAnswer(message="M-1", accepted=True, at=plant.now)
    signed = f.SafetyAcknowledgement(content="<no-acknowledgement/>", reason="It came.", password=PASSWORD)
    with pytest.raises(Conflict, match="was handed over for 2 reports"):
        plant.mes.acknowledge_cases([told], signed, plant.quality)
    assert {plant.mes.filing(one.filing_id).status for one in cases} == {"submitted"}


@pytest.mark.requirement("URS-192")
def test_what_the_record_says_of_a_filing_itself_nobody_answers(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant)
    for name in ("reported", "tracking"):
        with pytest.raises(Conflict, match=f"'{name}' is the record's own, and nobody answers it"):
            plant.mes.draft_filing(running(plant).filing_id, {name: "2026-01-01"}, plant.quality)


@pytest.mark.requirement("URS-192")
def test_the_signature_means_what_the_bot_declares(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant)
    draft = plant.mes.draft_filing(running(plant).filing_id, CASE, plant.quality)
    with pytest.raises(Conflict, match="has to mean what the bot declares in your name"):
        sign(plant, draft, meaning="I approve this report.")
    assert sign(plant, draft).status == "approved"
    assert f.APPROVAL in plant.mes.submission(draft.filing_id).declared_by


@pytest.mark.requirement("URS-193")
def test_nothing_is_withdrawn_while_it_is_being_submitted(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    first = event(plant)
    one = approve(plant, running(plant).filing_id)
    plant.at(one.batch_id, "compliance_filing")  # a bot has it in hand
    before = plant.dump()
    with pytest.raises(Conflict, match="is being submitted: wait for its receipt"):
        plant.mes.withdraw_filing(one.filing_id, f.WithdrawFiling(reason="No.", password=PASSWORD), plant.quality)
    with pytest.raises(Conflict, match="is being submitted: wait for its receipt"):
        correct(plant, first, withdrawn=True)
    assert plant.dump() == before
    answer(plant, one.filing_id, "receipt")
    correct(plant, first, withdrawn=True)
    assert [one.form for one in plant.mes.all_filings(running=True) if one.form.endswith("(withdrawal)")]


@pytest.mark.requirement("URS-191")
def test_a_recall_that_two_sources_tell_has_one_row_of_status_reports(plant: Plant) -> None:
    """From the first day on which anybody knew, whichever was recorded first; the tick adds none of the other."""
    licence(plant)
    shipped(plant)
    recall = {"answers": {}, "places": ["US"], "details": {}}
    first = event(plant, "recall", key="R-1", **recall)
    earlier = (plant.now - timedelta(days=8)).isoformat()
    second = event(plant, "recall", key="R-2", aware_at=earlier, **recall)
    correct(plant, second, changes={}, duplicate_of=first.event_id)
    plant.later(days=10)
    plant.mes.tick(plant.reviewer)
    status = [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-RECALL-STATUS"]
    assert {one.event_id for one in status} == {first.event_id}
    days = sorted(one.due_at.date() for one in status if one.due_at)
    assert [(b - a).days for a, b in pairwise(days)] == [14]


@pytest.mark.requirement("URS-191")
def test_only_who_may_answers(plant: Plant) -> None:
    with pytest.raises(Forbidden):
        plant.mes.withdraw_filing("US-BPD-0", f.WithdrawFiling(reason="No.", password=PASSWORD), plant.operator)


@pytest.mark.requirement("URS-193")
def test_what_an_agency_has_and_the_record_says_no_more_is_due(plant: Plant) -> None:
    """A lot that is added to an accepted report: told once, and not upon a correction that changes no field of it."""
    licence(plant)
    shipped(plant)
    shipped(plant, "B2")
    first = event(plant)
    one = filed(plant, running(plant).filing_id)
    correct(plant, first, changes={"answers": {**first.answers, "may_mean_recall_or_restriction": "no"}})
    assert not [item for item in plant.mes.due_items() if "any more" in item.text]
    correct(plant, first, changes={"details": {**CASE, "also_batches": "B2"}})
    (told,) = [item for item in plant.mes.due_items() if "any more" in item.text]
    assert told.text.startswith(f"{one.filing_id} ({one.acknowledgement}, version 1) is not what its records say")
    assert plant.mes.filing(one.filing_id).status == "accepted"
    assert plant.mes.verify_audit() == []
