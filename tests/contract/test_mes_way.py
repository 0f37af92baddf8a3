"""The way of a batch: stored, reviewed, held and freed again, released, shipped, filed."""

from typing import Any

import pytest
from filing_support import answer, approve, event, licence, running
from mes_support import COURIER_JOB, PASSWORD, Plant, finding, observation, record, shipment

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from mes_core.messages import views as v

STATE = v.BatchState
REASON = {"reason": "The transcription was wrong.", "password": PASSWORD}


def _correction(**more: Any) -> v.Correction:
    return v.Correction(**({"path": "parameters/viability/text", "old": "80", "new": "90", **REASON} | more))


def _holds(plant: Plant) -> list[v.HoldView]:
    return [hold for hold in plant.mes.get_batch("B1").holds if hold.lifted_at is None]


@pytest.mark.requirement("URS-001")
def test_a_stored_record_is_queued_and_audited(plant: Plant) -> None:
    """In one transaction."""
    view, created = plant.mes.submit_batch(record(), plant.bot)
    assert (view.state, created) == (STATE.MANUFACTURED, True)
    items = plant.mes.work_items(batch_id="B1")
    assert [(item.job, item.state, item.business_key) for item in items] == [
        ("batch_record_review", "queued", "review:B1:v1:1")
    ]
    entries = plant.mes.audit("B1")
    recorded = ["item recorded"] * 4
    assert [entry.action for entry in entries] == ["record stored", *recorded, "work item queued"]
    # One entry for each item, so that the trail can be asked about each value on its own.
    assert [entry.subject for entry in entries[1:-1]] == [
        "steps/S1",
        "parameters/viability",
        "parameters/volume",
        "materials/M1",
    ]
    assert entries[2].new == record().model_dump(mode="json")["parameters"][0]


def test_the_same_record_again_changes_nothing(plant: Plant) -> None:
    """Also after it was corrected: a sender that repeats itself is right."""
    plant.mes.submit_batch(record(), plant.bot)
    before = plant.dump()
    assert plant.mes.submit_batch(record(), plant.bot)[1] is False
    assert plant.dump() == before
    plant.mes.correct("B1", _correction(), plant.operator)
    view, created = plant.mes.submit_batch(record(), plant.bot)
    assert (view.record_version, created) == (2, False)


def test_another_record_under_the_same_number_is_refused(plant: Plant) -> None:
    """And changes nothing."""
    plant.mes.submit_batch(record(), plant.bot)
    before = plant.dump()
    with pytest.raises(Conflict, match="another record of batch 'B1'"):
        plant.mes.submit_batch(record(product="Other"), plant.bot)
    assert plant.dump() == before


def test_the_facts_are_the_record_the_readings_and_the_time(plant: Plant) -> None:
    """Nothing is coerced, nothing invented: a table that was not read is absent."""
    plant.reviewed()
    facts = plant.rules.seen[-1]
    assert facts["now"] == plant.now.isoformat()
    assert facts["batch"]["patient_code"] == "PAT-1"
    assert facts["values"]["viability"] == {"text": "80", "value": 80.0, "unit": "%", "low": 70.0, "high": 100.0}
    assert facts["lims"]["results"]["rows"][0]["result"] == "80"
    assert facts["lims"]["results"]["complete"] is True
    assert "samples" not in facts["lims"]
    assert "erp" not in facts


@pytest.mark.parametrize("system", ["batch", "values", "steps", "now", "other"])
def test_a_reading_cannot_speak_for_the_record(plant: Plant, system: str) -> None:
    """A bot that calls its table `batch` would otherwise set facts of the record."""
    plant.mes.submit_batch(record(), plant.bot)
    bot = plant.at()
    before = plant.dump()
    forged = observation().model_copy(update={"system": system, "table": "patient_code"})
    with pytest.raises(Invalid, match="Tables are read from lims or erp"):
        plant.mes.review("B1", (forged,), bot)
    assert plant.dump() == before


@pytest.mark.requirement("URS-004")
def test_the_way_out_of_a_hold_by_justification(plant: Plant) -> None:
    """Close, review again, lift, sign: each step is needed."""
    first = plant.reviewed("HOLD", finding())
    hold = _holds(plant)[0]
    with pytest.raises(Conflict, match="needs a new review"):
        plant.lift(hold)
    closed = plant.close(first.findings[0].finding_id)
    assert (closed.status, closed.printed_name, closed.closed_at) == ("closed", "Reviewer Person", plant.now)
    with pytest.raises(Conflict, match="needs a new review"):
        plant.lift(hold)
    second = plant.mes.review("B1", (), plant.at())
    assert second.verdict.verdict == "HOLD"
    assert [(one.status, one.closure) for one in second.findings] == [("closed", "justified")]
    assert plant.mes.get_batch("B1").state is STATE.ON_HOLD
    with pytest.raises(Conflict):
        plant.sign(second)
    plant.lift(hold)
    assert plant.mes.get_batch("B1").state is STATE.READY
    plant.sign(second)
    assert plant.mes.get_batch("B1").state is STATE.RELEASED


@pytest.mark.requirement("URS-004")
def test_the_way_out_of_a_hold_by_correction(plant: Plant) -> None:
    """A new version of the record, a new review, which is queued by itself."""
    first = plant.reviewed("HOLD", finding())
    plant.mes.correct("B1", _correction(), plant.operator)
    assert plant.mes.get_batch("B1").state is STATE.ON_HOLD
    assert "review:B1:v2:1" in {item.business_key for item in plant.mes.work_items(state="queued")}
    plant.close(first.findings[0].finding_id, "corrected")
    second = plant.reviewed("READY")
    assert plant.mes.get_batch("B1").state is STATE.ON_HOLD
    plant.lift(_holds(plant)[0])
    assert plant.mes.get_batch("B1").state is STATE.READY
    assert plant.sign(second).disposition is v.Disposition.RELEASED


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("closure", ["corrected", "escalated"])
def test_a_finding_that_comes_back_holds_again(plant: Plant, closure: str) -> None:
    """Only a justification survives a new review."""
    first = plant.reviewed("HOLD", finding())
    plant.close(first.findings[0].finding_id, closure)
    second = plant.mes.review("B1", (), plant.at())
    assert second.findings[0].status == "open"
    with pytest.raises(Conflict):
        plant.lift(_holds(plant)[0])


@pytest.mark.requirement("URS-003")
def test_a_justification_is_for_the_facts_it_was_given_for(plant: Plant) -> None:
    """The same rule with another value is another finding."""
    first = plant.reviewed("HOLD", finding(value=69))
    plant.close(first.findings[0].finding_id)
    second = plant.reviewed("HOLD", finding(value=40))
    assert second.findings[0].status == "open"


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("verdict", ["REJECT_PROPOSED", "UNDECIDED"])
def test_what_was_not_looked_at_or_must_go_cannot_be_justified_away(plant: Plant, verdict: str) -> None:
    """It takes a review that says otherwise."""
    first = plant.reviewed(verdict, finding())
    plant.close(first.findings[0].finding_id)
    second = plant.mes.review("B1", (), plant.at())
    with pytest.raises(Conflict):
        plant.lift(_holds(plant)[0])
    with pytest.raises(Conflict):
        plant.sign(second)


def test_a_finding_is_closed_once_and_on_the_newest_verdict(plant: Plant) -> None:
    """Never a second reason over the first."""
    first = plant.reviewed("HOLD", finding(), finding("R2"))
    plant.close(first.findings[0].finding_id)
    with pytest.raises(Conflict, match="closed already as justified by Reviewer Person"):
        plant.close(first.findings[0].finding_id, "corrected")
    plant.mes.review("B1", (), plant.at())
    with pytest.raises(Conflict, match="earlier verdict"):
        plant.close(first.findings[1].finding_id)
    with pytest.raises(Forbidden):
        plant.close(first.findings[1].finding_id, person=plant.operator)


def test_one_open_quality_hold_is_enough(plant: Plant) -> None:
    """Three reviews that hold make one hold to lift."""
    for _ in range(3):
        plant.reviewed("HOLD", finding())
    assert len(_holds(plant)) == 1


def test_a_hold_is_idempotent_and_lifting_the_last_one_counts(plant: Plant) -> None:
    """A logistics hold by a bot on a ready batch, twice the same."""
    plant.reviewed()
    new = v.NewHold(kind="logistics", reason="No slot keeps the cells alive.", key="ship:B1")
    hold = plant.mes.open_hold("B1", new, plant.bot)
    before = plant.dump()
    assert plant.mes.open_hold("B1", new, plant.bot) == hold
    assert plant.dump() == before
    other = plant.mes.open_hold("B1", v.NewHold(kind="predictive", reason="Low yield.", key="p"), plant.bot)
    plant.lift(hold)
    assert plant.mes.get_batch("B1").state is STATE.ON_HOLD
    plant.lift(other)
    assert plant.mes.get_batch("B1").state is STATE.READY
    with pytest.raises(Conflict, match="lifted already"):
        plant.lift(hold)


def test_a_hold_lifted_without_a_verdict_leads_back_to_manufactured(plant: Plant) -> None:
    """Not to ready: nobody has reviewed the batch."""
    plant.mes.submit_batch(record(), plant.bot)
    hold = plant.mes.open_hold("B1", v.NewHold(kind="predictive", reason="Low yield.", key="p"), plant.bot)
    plant.lift(hold)
    assert plant.mes.get_batch("B1").state is STATE.MANUFACTURED


@pytest.mark.parametrize(
    ("change", "refusal", "says"),
    [
        ({"old": "79"}, Stale, "stands '80'"),
        ({"new": "80"}, Invalid, "nothing to correct"),
        ({"path": "parameters/nothing/text"}, Invalid, "'nothing' is unknown"),
        ({"path": "parameters/viability/colour"}, Invalid, "'colour' is unknown"),
        ({"path": "materials/2/lot"}, Invalid, "'2' is unknown"),
        ({"path": "batch_id", "old": "B1", "new": "B2"}, Invalid, "number and the kind"),
        ({"path": "kind", "old": "car_t", "new": "tablet"}, Invalid, "number and the kind"),
        ({"path": "manufactured_at", "old": "2026-02-28T20:00:00Z", "new": "yesterday"}, Invalid, "can't stand"),
        ({"path": "parameters", "old": [], "new": []}, Stale, "not \\[\\]"),
    ],
)
def test_a_wrong_correction_changes_nothing(
    plant: Plant, change: dict[str, Any], refusal: type[Exception], says: str
) -> None:
    """One sentence that says where."""
    plant.reviewed()
    before = plant.dump()
    with pytest.raises(refusal, match=says):
        plant.mes.correct("B1", _correction(**change), plant.operator)
    assert plant.dump() == before


def test_a_correction_keeps_old_and_new_and_why(plant: Plant) -> None:
    """A new version; the earlier one stays, and the number follows its text."""
    plant.reviewed()
    view = plant.mes.correct("B1", _correction(), plant.operator)
    assert (view.record_version, view.state) == (2, STATE.MANUFACTURED)
    changed = next(one for one in plant.mes.get_record("B1").parameters if one.name == "viability")
    assert (changed.text, changed.value) == ("90", 90.0)
    entry = next(one for one in plant.mes.audit("B1") if one.action == "record corrected")
    assert (entry.user, entry.subject, entry.old, entry.new, entry.why) == (
        "operator",
        "parameters/viability/text",
        "80",
        "90",
        "The transcription was wrong.",
    )
    versions = plant.dump()["record_versions"]
    assert [row["version"] for row in versions] == [1, 2]
    assert not plant.mes.verdicts("B1")[0].current


def test_a_released_record_is_not_corrected(plant: Plant) -> None:
    """What was signed stays as it was signed."""
    plant.released()
    with pytest.raises(Conflict, match="before the release"):
        plant.mes.correct("B1", _correction(), plant.operator)


def test_correcting_there_and_back_takes_a_new_review(plant: Plant) -> None:
    """Also on the way through a hold."""
    plant.reviewed()
    hold = plant.mes.open_hold("B1", v.NewHold(kind="logistics", reason="No slot.", key="k"), plant.bot)
    plant.mes.correct("B1", _correction(), plant.operator)
    plant.mes.correct("B1", _correction(old="90", new="80"), plant.operator)
    plant.lift(hold)
    assert plant.mes.get_batch("B1").state is STATE.MANUFACTURED


def test_unknown_things_are_named(plant: Plant) -> None:
    """Batch, hold, finding, filing, item, effect."""
    with pytest.raises(NotFound, match="no batch 'B9'"):
        plant.mes.get_batch("B9")
    with pytest.raises(NotFound, match="no hold 'H9'"):
        plant.mes.lift_hold("H9", v.LiftHold(**REASON), plant.qp)
    with pytest.raises(NotFound, match="no finding 'F9'"):
        plant.close("F9")
    with pytest.raises(NotFound, match="no effect 'E9'"):
        plant.mes.confirm_effect("E9", v.ConfirmEffect(reference="r", count=1), plant.bot)
    with pytest.raises(NotFound, match="no work item 'W9'"):
        plant.mes.complete("W9", v.ItemDone(epoch=1), plant.bot)


def test_a_shipment_needs_a_release_and_no_hold(plant: Plant) -> None:
    """And is recorded once."""
    plant.reviewed()
    with pytest.raises(Conflict, match="signed release"):
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.sign(plant.mes.verdicts("B1")[0])
    with pytest.raises(Invalid, match="before it is picked up"):
        plant.mes.record_shipment("B1", shipment(delivery_at="2026-03-01T08:00:00Z"), plant.at("B1", COURIER_JOB))
    with pytest.raises(Invalid, match="names batch 'B2'"):
        plant.mes.record_shipment("B1", shipment("B2"), plant.at("B1", COURIER_JOB))
    assert plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB)).state is STATE.SHIPPED
    before = plant.dump()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.dump() == before
    with pytest.raises(Conflict, match="shipped already, otherwise"):
        plant.mes.record_shipment("B1", shipment(booking_reference="CR-2"), plant.at("B1", COURIER_JOB))


@pytest.mark.requirement("URS-008")
def test_a_shipment_alone_files_nothing_and_what_applies_is_filed_when_it_is_accepted(plant: Plant) -> None:
    """No law asks for the report of a single shipment; with a deviation report accepted the batch is filed."""
    plant.mes.submit_batch(record(markets=["US", "DE"]), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.mes.filings("B1") == ()
    assert [one for one in plant.mes.work_items(batch_id="B1") if one.job == "compliance_filing"] == []
    licence(plant)
    event(plant, places=("US",))
    report = running(plant)
    approve(plant, report.filing_id)
    items = [one for one in plant.mes.work_items(batch_id="B1") if one.job == "compliance_filing"]
    assert [one.payload["filing_id"] for one in items] == [report.filing_id]
    answer(plant, report.filing_id, "receipt")
    assert plant.mes.get_batch("B1").state is STATE.SHIPPED
    answer(plant, report.filing_id, "accepted")
    assert plant.mes.get_batch("B1").state is STATE.FILED


@pytest.mark.parametrize(("severity", "applies"), [("minor", False), ("major", True)])
def test_a_grave_deviation_left_open_starts_the_deviation_report(plant: Plant, severity: str, applies: bool) -> None:
    """A minor one does not, nor one that was closed."""
    left = {"deviation_id": "DEV-1", "title": "Bag leaked", "severity": severity}
    done = {**left, "deviation_id": "DEV-2", "severity": "major", "closed_at": "2026-02-28T10:00:00Z"}
    plant.mes.submit_batch(record(deviations=[left, done]), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert [one.clock_id for one in plant.mes.filings("B1")] == (["US-BPD"] if applies else [])


def test_a_tablet_is_no_cell_therapy(plant: Plant) -> None:
    """Its release queues no courier, and its shipment starts none of the clocks of cells."""
    plant.mes.submit_batch(record(kind="tablet"), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    assert [item.job for item in plant.mes.work_items(batch_id="B1")] == ["batch_record_review"]
    plant.mes.record_shipment("B1", shipment(), plant.at())
    assert plant.mes.filings("B1") == ()


@pytest.mark.parametrize("number", ["a/b", "B:1", "", "../x", "-x", "x" * 81])
def test_a_batch_number_fits_in_an_address(number: str) -> None:
    """Otherwise nobody could open the batch."""
    with pytest.raises(ValueError, match="batch_id"):
        record(number)
