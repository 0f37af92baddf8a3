"""Conditional release in two stages: what is missing is due, a late positive stops, tells and starts clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conditional_support import (
    ENDS,
    MYCOPLASMA,
    STERILITY,
    again,
    conditionally,
    explained,
    lims,
    result,
    shipped,
    told,
)
from filing_support import event, filed, licence, running
from mes_support import COURIER_JOB, PASSWORD, REVIEW_JOB, SECRET, Plant, finding, observation, record, shipment

from mes_core.domain.errors import Conflict, DomainError, Forbidden, Invalid, Stale
from mes_core.messages import conditional as c
from mes_core.messages import deviations as d
from mes_core.messages import views as v


@pytest.mark.requirement("URS-043")
def test_a_conditional_release_records_what_is_missing(plant: Plant) -> None:
    """State, register, courier, condition and due item, all signed."""
    signed = conditionally(plant, STERILITY, MYCOPLASMA)
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.may_be_supplied) == (v.BatchState.CONDITIONALLY_RELEASED, True)
    assert signed.pending == (STERILITY, MYCOPLASMA)
    assert [(one.test.value, one.state) for one in batch.conditions] == [
        ("Mycoplasma", "waiting"),
        ("Sterility", "waiting"),
    ]
    (entry,) = plant.mes.register("B1")
    assert (entry.certification, entry.printed_name) == ("conditionally_released", "Qp Person")
    plant.mes.tick(plant.bot)
    due = {one.subject: one.due_at for one in plant.mes.due_items(batch_id="B1") if one.kind is c.DueKind.FINAL_RESULT}
    assert due == {"Sterility": ENDS, "Mycoplasma": ENDS}
    assert [one.job for one in plant.mes.work_items(batch_id="B1")][-1] == "courier_scheduling"
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-043")
def test_the_second_certification_needs_every_final_result_reviewed(plant: Plant) -> None:
    """Not before the results, not before the review of them; then the batch is released in full."""
    conditionally(plant, STERILITY, MYCOPLASMA)
    with pytest.raises(Conflict, match="Mycoplasma is not in yet"):
        plant.sign(again(plant))
    plant.later(days=14)
    result(plant, "negative")
    verdict = again(plant)
    with pytest.raises(Conflict, match="Mycoplasma is not in yet"):
        plant.sign(verdict)
    plant.later(hours=1)
    result(plant, "negative", "Mycoplasma")
    with pytest.raises(Stale, match="review it again"):
        plant.sign(verdict)
    assert REVIEW_JOB in [one.job for one in plant.mes.work_items(batch_id="B1", state="running")]
    with pytest.raises(Forbidden):
        plant.sign(again(plant), plant.reviewer)
    plant.sign(again(plant))
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.may_be_supplied) == (v.BatchState.RELEASED, True)
    assert [one.certification for one in plant.mes.register("B1")] == ["conditionally_released", "released"]
    plant.mes.tick(plant.bot)
    left = {one.kind for one in plant.mes.due_items(batch_id="B1")}
    assert left.isdisjoint({c.DueKind.FINAL_RESULT, c.DueKind.SECOND_CERTIFICATION})
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-043")
def test_a_batch_that_left_is_certified_a_second_time_and_then_filed(plant: Plant) -> None:
    """All its filings done, it waits for the second certification all the same."""
    shipped(plant)
    assert plant.mes.get_batch("B1").state is v.BatchState.CONDITIONALLY_SHIPPED
    assert plant.mes.get_batch("B1").holds == ()
    licence(plant)
    event(plant, places=("US",))
    filed(plant, running(plant).filing_id)
    assert plant.mes.get_batch("B1").state is v.BatchState.CONDITIONALLY_SHIPPED
    plant.later(days=14)
    verdict = again(plant, lims(plant, "Negative", "Final"))
    assert plant.mes.get_batch("B1").conditions[0].state == "negative"
    plant.mes.tick(plant.bot)
    assert c.DueKind.SECOND_CERTIFICATION in {one.kind for one in plant.mes.due_items(batch_id="B1")}
    plant.sign(verdict)
    assert plant.mes.get_batch("B1").state is v.BatchState.FILED
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-044")
@pytest.mark.parametrize("by_reading", [True, False])
def test_a_late_positive_after_shipment_tells_and_starts_clocks(plant: Plant, by_reading: bool) -> None:
    """The state, the hold, the investigation, who must be told by when, and the clocks of the agencies."""
    shipped(plant)
    plant.later(days=12)
    if by_reading:
        plant.mes.put_observations("B1", (lims(plant, "Positive", "Preliminary"),), plant.at())
    else:
        result(plant, "positive")
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.may_be_supplied) == (v.BatchState.LATE_POSITIVE, False)
    assert "Late positive" in batch.holds[-1].reason
    (opened,) = plant.mes.deviations("B1")
    assert (opened.kind, opened.severity) == (d.DeviationKind.OOS, "critical")
    name = "late-positive:Sterility"
    assert {subject.removeprefix(f"{name}."): due_at - plant.now for subject, due_at in told(plant).items()} == {
        "qualified-person": timedelta(hours=1),
        "physician": timedelta(hours=2),
        "holder": timedelta(hours=24),
    }
    clauses = {one.clock_id: one.clause for one in batch.filings}
    assert clauses == {
        "US-BPD": "21 CFR 600.14",
        "EU-DEFECT": "Directive (EU) 2017/1572 Art. 13; EU GMP Part IV, 14",
        "EU-DEFECT-HOLDER": "Directive (EU) 2017/1572 Art. 13; EU GMP Part IV, 14",  # nobody knows who holds it
    }
    assert {one.due_at for one in batch.filings if one.clock_id == "EU-DEFECT"} == {plant.now}
    plant.mes.tick(plant.bot)
    assert {one.kind for one in plant.mes.due_items(batch_id="B1")} >= {c.DueKind.OOS, c.DueKind.FILING}
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-044")
def test_a_late_positive_before_shipment_stops_the_batch(plant: Plant) -> None:
    """Nothing left the plant: no agency clock, the courier rests, and no signature releases it."""
    conditionally(plant)
    result(plant, "positive")
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.filings) == (v.BatchState.ON_HOLD, ())
    assert len(told(plant)) == 3
    claimed = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w", jobs=("courier_scheduling",)), plant.bot)
    assert claimed is None
    with pytest.raises(Conflict, match="on hold"):
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    verdict = again(plant)
    plant.lift(plant.mes.get_batch("B1").holds[0])
    for disposition, pending in ((v.Disposition.RELEASED, ()), (v.Disposition.CONDITIONALLY_RELEASED, (MYCOPLASMA,))):
        with pytest.raises(Conflict, match="investigation late-positive:Sterility is open"):
            plant.sign(verdict, disposition=disposition, pending=pending)
    with pytest.raises(Conflict, match="counts only after its investigation has closed as laboratory error"):
        result(plant, "negative")


@pytest.mark.requirement("URS-044")
def test_a_positive_by_laboratory_error_is_certified_after_all(plant: Plant) -> None:
    """The investigation closes, the retest is negative, the batch is reviewed, the hold lifted, and signed."""
    verdict = explained(plant)
    with pytest.raises(Conflict, match="is on hold and can't be certified"):
        plant.sign(verdict)
    plant.lift(plant.mes.get_batch("B1").holds[-1])
    plant.sign(verdict)
    assert plant.mes.get_batch("B1").state is v.BatchState.SHIPPED
    result(plant, "positive")
    assert plant.mes.get_batch("B1").state is v.BatchState.LATE_POSITIVE
    assert len(plant.mes.deviations("B1")) == 2
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-044")
def test_a_second_positive_from_another_source_is_an_event_of_its_own(plant: Plant) -> None:
    """Its own hold, investigation, notices and clocks; the error that was shown of the first one explains nothing."""
    verdict = explained(plant)
    plant.lift(plant.mes.get_batch("B1").holds[-1])
    plant.sign(verdict)
    notices = len(told(plant))
    body = {"test": "Sterility", "outcome": "positive", "reported_at": plant.now, "source": "LIMS, result R-9"}
    plant.mes.note_final_result("B1", c.SignFinalResult.model_validate({**body, "password": PASSWORD}), plant.reviewer)
    batch = plant.mes.get_batch("B1")
    assert batch.state is v.BatchState.LATE_POSITIVE
    assert [one.reason for one in batch.holds if one.lifted_at is None] == [
        "Late positive: the final result of Sterility is positive (LIMS, result R-9)."
    ]
    assert [one.closed_at is None for one in plant.mes.deviations("B1")] == [False, True]
    assert len(told(plant)) > notices
    with pytest.raises(Conflict, match="counts only after its investigation has closed as laboratory error"):
        result(plant, "negative")


@pytest.mark.requirement("URS-044")
def test_a_notice_is_signed_by_a_person(plant: Plant) -> None:
    """With the password, once; the escalation ends with it."""
    shipped(plant)
    result(plant, "positive")
    plant.later(minutes=5)
    name = "notice:B1:late-positive:Sterility.physician"
    done = c.DueDone(note="Dr Meyer, by telephone, at 10:05.", password=PASSWORD)
    for person, body, refused, says in (
        (plant.bot, done, Forbidden, "cannot sign"),
        (plant.operator, done, Forbidden, "may not"),
        (plant.qp, done.model_copy(update={"password": "wrong"}), Forbidden, "nothing was signed"),
    ):
        with pytest.raises(refused, match=says):
            plant.mes.finish_due(name, body, person)
    view = plant.mes.finish_due(name, done, plant.qp)
    assert (view.state, view.done_by, view.note) == ("done", "qp", done.note)
    assert plant.mes.signatures("B1")[-1].act == "notice given"
    with pytest.raises(Conflict, match="done already by qp"):
        plant.mes.finish_due(name, done, plant.qp)
    plant.later(days=5)
    plant.mes.tick(plant.bot)
    assert name not in {one.due_id for one in plant.mes.due_notices()}
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-043")
def test_a_result_is_not_expected_after_the_cells_have_expired(plant: Plant) -> None:
    """Nobody would be reminded of it in their life."""
    plant.mes.submit_batch(record("B1", expires_at="2027-02-28T20:00:00Z"), plant.bot)
    verdict = plant.mes.review("B1", (observation(),), plant.at())
    before = plant.dump()
    never = STERILITY.model_copy(update={"expected_at": datetime(2199, 1, 1, tzinfo=UTC)})
    with pytest.raises(Invalid, match="expected after batch B1 has expired"):
        plant.sign(verdict, disposition=v.Disposition.CONDITIONALLY_RELEASED, pending=(never,))
    assert plant.dump() == before


@pytest.mark.requirement("URS-043")
def test_what_a_conditional_release_refuses(plant: Plant) -> None:
    """Each in a sentence, and nothing is stored."""
    verdict = plant.reviewed()
    conditional = v.Disposition.CONDITIONALLY_RELEASED
    past = STERILITY.model_copy(update={"expected_at": plant.now})
    before = plant.dump()
    cases: tuple[tuple[dict[str, Any], type[DomainError], str], ...] = (
        ({"disposition": conditional}, Invalid, "with nothing pending"),
        ({"disposition": conditional, "pending": (past,)}, Invalid, "expected in the past"),
        ({"pending": (STERILITY,)}, Invalid, "go with a conditional release only"),
    )
    for more, kind, says in cases:
        with pytest.raises(kind, match=says):
            plant.sign(verdict, **more)
    assert plant.dump() == before
    for outcome, status, disposition, pending, says in (
        ("Negative", "Preliminary", v.Disposition.RELEASED, (), "Sterility still runs in the laboratory"),
        ("Negative", "Preliminary", conditional, (MYCOPLASMA,), "Sterility of batch B1 still runs as well"),
        ("Negative", "Final", conditional, (STERILITY,), "its final result is in"),
        ("Positive", "Preliminary", conditional, (STERILITY,), "Sterility is positive"),
    ):
        verdict = again(plant, lims(plant, outcome, status))
        with pytest.raises(Conflict, match=says):
            plant.sign(verdict, disposition=disposition, pending=pending)
    with pytest.raises(Conflict, match="was not released waiting for"):
        result(plant, "negative")
    verdict = plant.reviewed("HOLD", finding())
    with pytest.raises(Conflict, match="its verdict is not ready"):
        plant.sign(verdict, disposition=conditional, pending=(STERILITY,))


@pytest.mark.requirement("URS-046")
def test_without_its_register_entry_nothing_is_shipped(plant: Plant) -> None:
    """Released and signed, but the entry is gone: the shipment is refused, and says what is missing."""
    plant.released()
    assert plant.mes.get_batch("B1").may_be_supplied
    plant.meddle("DELETE FROM register")
    batch = plant.mes.get_batch("B1")
    assert batch.not_supplied_because == (
        "Batch B1 is certified, but the register of certifications does not hold the entry.",
    )
    with pytest.raises(Conflict, match="register of certifications does not hold the entry"):
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.mes.verify_audit() == [
        "chain system:register: an entry of the register (1) was removed outside the program."
    ]


@pytest.mark.requirement("URS-043")
def test_the_console_leads_through_a_conditional_release(plant: Plant) -> None:
    """From the form to the late positive, the list of what is due, and a signed notice."""
    from fastapi.testclient import TestClient

    from mes_core.web import create_app

    verdict = plant.reviewed()
    with TestClient(create_app(plant.mes)) as web:
        web.post("/login", data={"user": "qp", "password": PASSWORD})
        page = web.get("/batches/B1").text
        token = page.split('name="form_token" value="')[1].split('"')[0]
        form = {"form_token": token, "password": PASSWORD, "reason": "Negative to date."}
        about = {"verdict_id": verdict.verdict_id, "record_hash": verdict.record_hash}
        wrong = {"sterility_so_far": "Negative", "sterility_expected": "soon"}
        assert web.post("/batches/B1/conditional", data={**form, **about, **wrong}).status_code == 422
        right = {"sterility_so_far": "Negative to date", "sterility_expected": ENDS.date().isoformat()}
        said = web.post("/batches/B1/conditional", data={**form, **about, **right}).text
        assert "released conditionally" in said
        assert "Note a final result" in said
        late = {
            "form_token": token,
            "password": PASSWORD,
            "test": "Sterility",
            "outcome": "positive",
            "source": "LIMS, R-7",
        }
        assert "Tell the treating physician at Centre A" in web.post("/batches/B1/final-result", data=late).text
        plant.later(hours=11)
        assert "overdue 10 h" in web.get("/due").text
        name = "notice:B1:late-positive:Sterility.physician"
        done = web.post("/due/done", data={**form, "due_id": name, "note": "By telephone."})
        assert "Signed: Tell the treating physician" in done.text
        assert name not in done.text
        assert "conditionally released" in web.get("/register").text
        assert "Tell the qualified person" not in web.get("/due?mine=true").text
