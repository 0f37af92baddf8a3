"""What an inspector asked of filings: dates, lots and names as they are, each addressee, nothing ended too early."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from filing_support import (
    CASE,
    DETAILS,
    answer,
    approve,
    correct,
    event,
    licence,
    picked_up,
    renewed,
    running,
    shipped,
    sign,
)
from journey_plant import BookAfterRelease, all_in_order, ask, step, way
from mes_support import COURIER_JOB, PASSWORD, SYSTEM, Plant, record, shipment

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import Role
from mes_core.messages import deviations as d
from mes_core.messages import filing as f

_PERIODIC = dict.fromkeys(("narrative", "listing", "others", "tabulation", "actions"), "See annex.")


def _draft(plant: Plant, **given: str) -> f.DraftView:
    return plant.mes.draft_filing(running(plant).filing_id, given, plant.quality)


def _running(plant: Plant) -> dict[str | None, f.FilingView]:
    return {one.clock_id: one for one in plant.mes.all_filings(running=True)}


@pytest.mark.requirement("URS-190", "URS-192", "URS-194")
def test_a_periodic_report_is_approved_when_its_period_ends_and_not_before(plant: Plant) -> None:
    """By the agency's calendar: the evening in New York is the next morning in UTC."""
    licence(plant, granted_on=date(2025, 12, 4), tracked_from=date(2026, 1, 1))
    report = _running(plant)["US-PAER-Q"]
    assert report.ends == date(2026, 3, 3)
    plant.now = datetime(2026, 3, 3, 4, tzinfo=UTC)  # 2 March in New York
    draft = plant.mes.draft_filing(report.filing_id, _PERIODIC, plant.quality)
    with pytest.raises(Conflict, match="until 2026-03-03: it is approved on that day or after it"):
        sign(plant, draft)
    plant.later(hours=2)
    assert sign(plant, draft).status == "approved"


@pytest.mark.requirement("URS-194")
def test_what_leaves_after_the_report_of_its_period_was_sent_is_told_of_once(plant: Plant) -> None:
    """On the evening of the last day. What is in the report, or leaves in the next period, is nobody's worry."""
    licence(plant)
    for name in ("B1", "B2", "B3"):
        shipped(plant, name, pickup_at="2026-07-01T08:00:00Z", delivery_at="2026-07-02T08:00:00Z")
    picked_up(plant, "B1", "2026-06-30T12:00:00Z")
    plant.now = datetime(2026, 6, 30, 20, tzinfo=UTC)
    (report,) = [one for one in plant.mes.all_filings() if one.clock_id == "US-DIST"]
    password = renewed(plant, "quality")
    draft = plant.mes.draft_filing(report.filing_id, {"returned": "0"}, plant.quality)
    assert [row[0] for row in draft.tables[0].rows] == ["B1"]
    sign(plant, draft, password=password)
    answer(plant, report.filing_id, "receipt")
    plant.now = datetime(2026, 7, 2, tzinfo=UTC)
    operator = renewed(plant, "operator")
    for name, at in (("B2", "2026-07-01T03:30:00Z"), ("B2", "2026-07-01T03:40:00Z"), ("B3", "2026-07-01T05:00:00Z")):
        step(plant, "picked_up", name, at=datetime.fromisoformat(at), password=operator)
    told = [one.text for one in plant.mes.due_items() if "lacks batch" in one.text]
    assert told == [
        f"Tell the agency that distribution report {report.filing_id} (2026-01-15 to 2026-06-30) lacks batch B2."
    ]


@pytest.mark.requirement("URS-192")
def test_a_report_bears_the_day_on_which_it_is_approved(plant: Plant) -> None:
    """Form 3486, B4: a draft of another day would be dated wrongly."""
    licence(plant)
    shipped(plant)
    event(plant)
    draft = _draft(plant)
    plant.later(days=1)
    with pytest.raises(Conflict, match=r"would be dated 2026-03-01 \(B4 Date of the report\), and today is 2026-03-02"):
        sign(plant, draft)
    assert approve(plant, draft.filing_id).status == "approved"


@pytest.mark.requirement("URS-192")
def test_a_table_without_a_lot_is_a_question_until_a_person_says_why(plant: Plant) -> None:
    licence(plant)
    event(plant, "defect", batch_id=None, product="EX1", places=["US"])
    draft = _draft(plant)
    assert draft.questions == (
        "C Products lists nothing: name the batches in the event, or say why there is none (no_lots).",
    )
    assert _draft(plant, no_lots="The defect was seen before anything was filled.").questions == ()


@pytest.mark.requirement("URS-192")
@pytest.mark.parametrize("where", ["text", "cause", "follow_up"])
def test_no_report_names_who_works_here_but_its_contact(plant: Plant, where: str) -> None:
    """As the form asks: neither donor, nor patient, nor staff."""
    licence(plant, details={**DETAILS, "contact": "Quality Person"})
    shipped(plant)
    named = {"text": "Operator Person left a valve open."} if where == "text" else {}
    event(plant, **(named or {"details": {**CASE, where: "Operator Person left a valve open."}}))
    (question,) = _draft(plant).questions
    assert "names Operator Person, which belongs to somebody who works here: take it out" in question


@pytest.mark.requirement("URS-191", "URS-192")
def test_a_bot_gives_no_details_of_a_report(plant: Plant) -> None:
    """It states only what a signed record says; the event itself it may bring."""
    body: dict[str, Any] = {"kind": "adverse_experience", "source": "safety", "source_key": "C-1", "product": "EX1"}
    body |= {"aware_at": plant.now.isoformat(), "zone": "UTC", "case_id": "C-1"}
    before = plant.dump()
    with pytest.raises(Forbidden, match=r"gives no details of a report \(message\)"):
        plant.mes.record_event(f.NewEvent.model_validate({**body, "details": {"message": "M-1"}}), plant.bot)
    assert plant.dump() == before
    assert plant.mes.record_event(f.NewEvent.model_validate(body), plant.bot).created


@pytest.mark.requirement("URS-190", "URS-191")
def test_what_a_person_ended_runs_again_when_more_is_known_of_it(plant: Plant) -> None:
    """Not by the same said again; by an answer that nobody had, and by an earlier moment."""
    licence(plant)
    shipped(plant)
    first = event(plant, answers={"distributed": "yes", "under_control": "yes"})
    ended = running(plant).filing_id
    body = f.WithdrawFiling(reason="Nothing was touched.", password=PASSWORD)
    plant.mes.withdraw_filing(ended, body, plant.quality)
    correct(plant, first, changes={"text": "The hold time was exceeded by a minute."})
    assert plant.mes.filing(ended).status == "withdrawn"
    correct(plant, first, changes={"answers": {**first.answers, "may_affect_safety": "yes"}})
    again = plant.mes.filing(ended)
    assert (again.status, again.undecided, again.answer) == ("open", (), None)
    plant.mes.withdraw_filing(ended, body, plant.quality)
    correct(plant, first, changes={"aware_at": (plant.now - timedelta(days=2)).isoformat()})
    assert plant.mes.filing(ended).status == "open"
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-190", "URS-191")
def test_a_deviation_that_was_open_before_the_batch_left_was_discovered_then(plant: Plant) -> None:
    """The clock runs from when the product was distributed; the form says when the deviation was found."""
    licence(plant)
    verdict = plant.reviewed()
    opened = d.NewDeviation(deviation_key="D-1", title="Freezer alarm.", severity="major")
    found_at = plant.mes.open_deviation("B1", opened, plant.reviewer).opened_at
    plant.end_deviations("impact_accepted")
    plant.later(days=3)
    plant.sign(verdict)
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    one = running(plant)
    assert one.due_at is not None
    assert (one.due_at - plant.now).days == 45 - 1
    values = {field.name: field.value for field in _draft(plant, **CASE).fields}
    assert datetime.fromisoformat(values["discovered"] or "") == found_at


@pytest.fixture
def judged_plant(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """A plant whose shipments the rule book judges, with one shipment in order."""
    monkeypatch.setattr(plant.mes, "_rules", BookAfterRelease(plant.rules))
    plant.mes.submit_batch(record("B1", expires_at="2027-02-28T20:00:00Z"), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    all_in_order(plant)
    options = ask(plant, way(plant, "SL-1", start_h=24, hours=24))
    booked = shipment(assessment_id=options.assessment_id, shipper_id="DS-1")
    plant.mes.record_shipment("B1", booked, plant.at("B1", COURIER_JOB))
    plant.now = booked.pickup_at + timedelta(minutes=1)
    step(plant, "picked_up", at=booked.pickup_at)
    return plant


@pytest.mark.requirement("URS-190", "URS-191", "URS-241")
@pytest.mark.parametrize(("temperature", "warm"), [(-188.0, False), (-100.0, True)])
def test_cells_that_came_too_warm_are_an_excursion_and_start_its_clocks(
    judged_plant: Plant, temperature: float, warm: bool
) -> None:
    """Held, investigated, and an event with the clocks of its markets; once, however often it is signed."""
    plant = judged_plant
    plant.later(days=1)
    for _ in range(2):
        step(plant, "received", seal="S-1", identifier="B1", temperature_c=temperature)
    excursions = [one for one in plant.mes.filing_events(batch_id="B1") if one.kind == "excursion"]
    assert [("SH-RCV-03" in one.text) for one in excursions] == [True] * warm
    opened = [one for one in plant.mes.deviations("B1") if one.deviation_key.startswith("excursion:")]
    assert len(opened) == warm
    if warm:
        assert _running(plant).keys() == {"US-BPD"}
        assert {one.lifted_at for one in plant.mes.get_batch("B1").holds} == {None}
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-008", "URS-190")
def test_what_looks_applicable_is_said_with_what_is_not_known(plant: Plant) -> None:
    """Without a licence on record nobody knows that the product is licensed."""
    shipped(plant)
    first = event(plant, "adverse_experience", case_id="C-1", product="EX1", answers={}, details={})
    without = {one.clock_id: one.why for one in plant.mes.event_decisions(first.event_id) if "-NA-" in one.clock_id}
    assert all("no licence of EX1 is on record" in why for why in without.values())
    licence(plant)
    with_one = {one.clock_id: one.why for one in plant.mes.event_decisions(first.event_id) if "-NA-" in one.clock_id}
    assert {name for name, why in with_one.items() if "on record" not in why} == {
        name for name in with_one if name.startswith(("US", "ANY"))
    }


@pytest.mark.requirement("URS-190", "URS-193")
def test_a_defect_goes_to_the_holder_as_well_where_another_one_holds_the_authorisation(plant: Plant) -> None:
    """Two addressees, each told and each having answered by itself; a person sends what no portal takes."""
    licence(plant, "EU", roles=("importer",))
    shipped(plant)
    said = {"risk": "Said.", "destinations": "Said.", "measures": "Said."}
    event(plant, "defect", places=["EU"], answers={"may_mean_recall_or_restriction": "yes"}, details=said)
    found = _running(plant)
    assert found.keys() == {"EU-DEFECT", "EU-DEFECT-HOLDER"}
    holder = found["EU-DEFECT-HOLDER"].filing_id
    approve(plant, holder)
    approve(plant, found["EU-DEFECT"].filing_id)
    queued = [one.payload["filing_id"] for one in plant.mes.work_items() if one.job == "compliance_filing"]
    assert queued == [found["EU-DEFECT"].filing_id]
    sent = f.HandOver(message="mail 7", at=plant.now, reason="Sent by mail.", password=PASSWORD)
    plant.mes.hand_over(holder, sent, plant.quality)
    answer(plant, holder, "accepted", reference="mail 7")
    assert plant.mes.filing(holder).status == "accepted"
    assert plant.mes.filing(found["EU-DEFECT"].filing_id).status == "approved"


@pytest.mark.requirement("URS-192")
def test_reports_of_reactions_are_approved_by_who_answers_for_them(plant: Plant) -> None:
    """In the Union by pharmacovigilance, not by quality assurance; that role approves nothing else and ends nothing."""
    licence(plant, "EU")
    shipped(plant)
    safety = plant.mes.create_person("pv", "Pia Vigil", [Role.PHARMACOVIGILANCE], PASSWORD, actor=SYSTEM)
    event(plant, "adverse_experience", case_id="C-1", places=["EU"], answers={"serious": "yes"}, details=_MESSAGE)
    case = _running(plant)["EU-AE-15"].filing_id
    plant.mes.tick(plant.reviewer)
    assert {one.role for one in plant.mes.due_items() if one.subject == case} == {"pharmacovigilance"}
    draft = plant.mes.draft_filing(case, {}, plant.quality)
    with pytest.raises(Forbidden):
        sign(plant, draft)
    assert sign(plant, draft, safety).status == "approved"
    sent = f.HandOver(message="M-1", at=plant.now, reason="Sent.", password=PASSWORD)
    assert plant.mes.hand_over(case, sent, safety).status == "submitted"
    event(
        plant, "defect", key="D", places=["EU"], answers={}, details={"risk": "r", "destinations": "d", "measures": "m"}
    )
    defect = _running(plant)["EU-DEFECT"].filing_id
    for refused in (
        lambda: sign(plant, plant.mes.draft_filing(defect, {}, plant.quality), safety),
        lambda: plant.mes.withdraw_filing(case, f.WithdrawFiling(reason="No.", password=PASSWORD), safety),
    ):
        with pytest.raises(Forbidden):
            refused()


_MESSAGE = {"message": "M-1"}
