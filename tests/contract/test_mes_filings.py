"""Filings: events start clocks, people approve drafts, agencies accept; nothing goes away without a name."""

import json
from datetime import date, timedelta

import pytest
from filing_support import answer, approve, correct, event, filed, licence, picked_up, running, shipped, sign
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.messages import deviations as d
from mes_core.messages import filing as f
from mes_core.messages import views as v


@pytest.mark.requirement("URS-191")
def test_a_deviation_after_distribution_starts_the_report_and_a_signed_closure_ends_it(plant: Plant) -> None:
    """The core case of 21 CFR 600.14; that it touched nothing is said by a person, with the reason, and stays told."""
    shipped(plant)
    assert plant.mes.filings("B1") == ()
    plant.later(days=60)
    opened = d.NewDeviation(deviation_key="DEV-9", title="A probe was out of calibration.", severity="major")
    plant.mes.open_deviation("B1", opened, plant.reviewer)
    one = running(plant)
    assert (one.event_id is not None, one.unit_kind, one.authority) == (True, "event", "FDA")
    assert one.due_at is not None
    assert (one.due_at - plant.now).days == 44
    assert "may affect safety" in one.undecided
    plant.end_deviations("no_impact")
    ended = plant.mes.filing(one.filing_id)
    assert ended.status == "withdrawn"
    assert ended.answer == "The cause is known. (Quality Person)"
    assert "filing withdrawn" in {entry.action for entry in plant.mes.audit("B1")}
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-191")
def test_an_event_comes_in_once_and_a_correction_works_its_clocks_out_again(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    first = event(plant)
    assert first.created
    assert not event(plant).created
    with pytest.raises(Conflict, match="said something else of DEV-1 before"):
        event(plant, text="Other words.")
    due = running(plant).due_at
    later = (plant.now - timedelta(days=3)).isoformat()
    correct(plant, first, changes={"aware_at": later})
    assert due is not None
    assert running(plant).due_at == due - timedelta(days=3)
    gone = correct(plant, first, changes={"answers": {"under_control": "no"}}, reason="It happened at the hospital.")
    assert gone.version == 3
    assert [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-BPD"] == []
    ended = next(one for one in plant.mes.all_filings(status="withdrawn"))
    assert ended.answer is not None
    assert "It happened at the hospital. (Quality Person)" in ended.answer
    correct(plant, first, changes={"answers": {"under_control": "unknown"}}, reason="Not sure after all.")
    assert running(plant).undecided == ("under control",)
    with pytest.raises(Forbidden):
        plant.mes.correct_event(
            first.event_id, f.CorrectEvent(withdrawn=True, reason="None.", password=PASSWORD), plant.bot
        )


@pytest.mark.requirement("URS-191")
def test_a_case_known_from_two_sources_counts_once_from_the_first_moment(plant: Plant) -> None:
    licence(plant)
    case = {"case_id": "US-CASE-1", "batch_id": None, "product": "EX1", "places": ("US",), "answers": {}}
    first = event(plant, "adverse_experience", "A-1", **case)
    earlier = (plant.now - timedelta(days=2)).isoformat()
    second = event(plant, "adverse_experience", "B-7", source="safety", aware_at=earlier, **case)
    assert second.duplicate_of == first.event_id
    one = running(plant, "US-AE-15")
    assert one.event_id == first.event_id
    assert one.due_at is not None
    assert (one.due_at - plant.now).days == 13
    more = event(plant, "adverse_experience_follow_up", "A-2", **case)
    versions = {view.event_id: view.version for view in plant.mes.all_filings() if view.clock_id == "US-AE-15"}
    assert versions == {first.event_id: 1, more.event_id: 2}


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    ("more", "question"),
    [
        ({"aware_at": "2026-03-01T08:00:00", "zone": None}, "has no zone"),
        ({"zone": None}, "zone of who knew first"),
        ({"aware_who": None}, "Nobody is named"),
        ({"aware_at": "2020-01-01T08:00:00Z"}, "before batch B1 was made"),
        ({"aware_at": "2036-01-01T08:00:00Z"}, "lies in the future"),
        ({"batch_id": "B77", "product": "EX1", "places": ("US",)}, "B77 is not known here"),
    ],
)
def test_what_is_doubtful_about_an_event_is_asked_and_the_clock_runs(plant: Plant, more: dict, question: str) -> None:
    shipped(plant)
    view = event(plant, **more)
    assert any(question in one for one in view.questions)
    one = running(plant)
    assert one.due_at is not None
    assert one.due_at <= plant.now + timedelta(days=46)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"kind": "party"}, "no kind of event 'party'"),
        ({"aware_at": "last Tuesday"}, "is no time of awareness"),
        ({"aware_at": "1900-01-01T00:00:00Z"}, "check its year"),
        ({"aware_at": "1970-01-01T00:00:00+01:00"}, "check its year"),
        ({"zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"answers": {"serious": "yes"}}, "is not asked 'serious'"),
        ({"kind": "adverse_experience", "batch_id": None, "answers": {}}, "needs product"),
        ({"source": "record"}, "come from the record itself"),
    ],
)
def test_an_event_that_cannot_be_is_refused_and_changes_nothing(plant: Plant, more: dict, sentence: str) -> None:
    shipped(plant)
    before = plant.dump()
    with pytest.raises(Invalid, match=sentence):
        event(plant, **{"kind": "deviation", **more})
    assert plant.dump() == before


@pytest.mark.requirement("URS-192")
def test_only_a_person_with_the_role_approves_only_a_whole_draft_and_only_this_one(plant: Plant) -> None:
    shipped(plant)
    event(plant)
    one = running(plant)
    draft = plant.mes.draft_filing(one.filing_id, {}, plant.bot)
    assert any("A1 Name of the establishment is required" in question for question in draft.questions)
    with pytest.raises(Conflict, match="questions are open"):
        sign(plant, draft)
    licence(plant)
    draft = plant.mes.draft_filing(one.filing_id, {}, plant.bot)
    assert draft.questions == ()
    with pytest.raises(Forbidden, match="A bot cannot sign"):
        sign(plant, draft, plant.bot)
    with pytest.raises(Forbidden, match="needs the role"):
        sign(plant, draft, plant.operator)
    with pytest.raises(Forbidden, match="not that of"):
        sign(plant, draft, password="not mine at all")
    with pytest.raises(Conflict, match="another than the one you saw"):
        sign(plant, draft, content_hash="0" * 64)
    with pytest.raises(Conflict, match="nothing is submitted that no person has approved"):
        plant.mes.submission(one.filing_id)
    assert sign(plant, draft).status == "approved"
    said = plant.mes.submission(one.filing_id)
    assert said.declared_by.startswith("Quality Person, ")
    correct(plant, plant.mes.filing_events(batch_id="B1")[0], changes={"text": "It was worse."})
    with pytest.raises(Conflict, match="A record has changed"):
        plant.mes.submission(one.filing_id)
    approve(plant, one.filing_id)
    values = {field.name: field.value for field in plant.mes.submission(one.filing_id).draft.fields}
    assert values["description"] == "It was worse."


def test_a_bot_answers_no_open_question_and_no_draft_names_a_patient(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant, text="Cells of PAT-1 were too warm.")
    one = running(plant)
    with pytest.raises(Forbidden, match="answers no open question"):
        plant.mes.draft_filing(one.filing_id, {"code": "QC9401"}, plant.bot)
    draft = plant.mes.draft_filing(one.filing_id, {}, plant.quality)
    assert [text for text in draft.questions if "PAT-1" in text]
    with pytest.raises(Conflict, match="no field 'moon'"):
        plant.mes.draft_filing(one.filing_id, {"moon": "full"}, plant.quality)


@pytest.mark.requirement("URS-193")
def test_filed_means_accepted_and_what_is_rejected_or_lost_runs_on(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant)
    one = running(plant)
    approve(plant, one.filing_id)
    with pytest.raises(Conflict, match="which is at 0"):
        answer(plant, one.filing_id, "accepted", attempt=1)
    assert answer(plant, one.filing_id, "receipt").status == "submitted"
    assert answer(plant, one.filing_id, "pending").status == "submitted"
    with pytest.raises(Conflict, match="the agency says receipt"):
        answer(plant, one.filing_id, "receipt", reference="RG-OTHER")
    with pytest.raises(Conflict, match="about another"):
        answer(plant, one.filing_id, "accepted", reference="RG-OTHER")
    with pytest.raises(Conflict, match="at 1"):
        answer(plant, one.filing_id, "accepted", attempt=4)
    with pytest.raises(Invalid, match="in the future"):
        answer(plant, one.filing_id, "accepted", at=plant.now + timedelta(days=1))
    with pytest.raises(Invalid, match="without a reason"):
        answer(plant, one.filing_id, "rejected")
    lost = answer(plant, one.filing_id, "lost", reasons="The portal was down and deleted what came.")
    assert lost.status == "approved"
    items = [item.business_key for item in plant.mes.work_items(batch_id="B1") if item.business_key.startswith("file:")]
    assert items == [f"file:{one.filing_id}:v1:1", f"file:{one.filing_id}:v1:2"]
    answer(plant, one.filing_id, "receipt")
    answer(plant, one.filing_id, "accepted")
    assert plant.mes.get_batch("B1").state == "filed"
    again = answer(plant, one.filing_id, "rejected", reasons="B8: the code is none of the list.")
    assert (again.status, again.accepted_at) == ("rejected", None)
    plant.mes.tick(plant.reviewer)
    assert any("B8: the code is none" in due.text for due in plant.mes.due_items())
    approve(plant, one.filing_id, {"code": "QC9402"})
    answer(plant, one.filing_id, "receipt")
    assert answer(plant, one.filing_id, "accepted").attempt == 3
    with pytest.raises(Conflict, match="nothing is drafted"):
        plant.mes.draft_filing(one.filing_id, {}, plant.quality)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-193")
def test_what_was_submitted_for_no_reason_is_taken_back_not_forgotten(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    first = event(plant)
    one = filed(plant, running(plant).filing_id)
    correct(plant, first, withdrawn=True, reason="It was another batch.")
    assert plant.mes.filing(one.filing_id).status == "accepted"
    back = running(plant)
    assert (back.version, back.form) == (2, f"{one.form} (withdrawal)")
    assert "It was another batch." in back.why


@pytest.mark.requirement("URS-194")
def test_a_licence_has_one_distribution_report_a_half_year_and_periods_are_caught_up_once(plant: Plant) -> None:
    """Whatever was missed: one tick long after says each period once, a second one nothing."""
    licence(plant)
    shipped(plant)
    shipped(plant, "B2", pickup_at="2026-06-30T23:30:00Z", delivery_at="2026-07-02T08:00:00Z")
    shipped(plant, "B3", pickup_at="2026-07-01T05:00:00Z", delivery_at="2026-07-02T08:00:00Z")
    plant.later(days=300)
    for _ in range(2):
        plant.mes.tick(plant.reviewer)
        reports = [one for one in plant.mes.all_filings() if one.clock_id == "US-DIST"]
        assert [(one.begins, one.ends) for one in reports] == [
            (date(2026, 1, 15), date(2026, 6, 30)),
            (date(2026, 7, 1), date(2026, 12, 31)),
        ]
    assert sum(one.clock_id == "US-PAER-Q" for one in plant.mes.all_filings()) == 4
    renewed = f"{PASSWORD} 2"
    plant.mes.change_password(v.NewPassword(user="quality", password=PASSWORD, new_password=renewed))
    draft = plant.mes.draft_filing(reports[0].filing_id, {"returned": "0"}, plant.quality)
    assert draft.questions == ("First distribution of Lots is open until each pick-up is noted.",)  # booked is not left
    picked_up(plant)
    picked_up(plant, "B2", "2026-07-01T02:00:00Z")  # 30 June in New York
    picked_up(plant, "B3", "2026-07-01T05:00:00Z")
    draft = plant.mes.draft_filing(reports[0].filing_id, {}, plant.quality)
    assert draft.questions == ()
    lots = draft.tables[0]
    assert [row[0] for row in lots.rows] == ["B1", "B2"]
    assert "PAT-1" not in json.dumps(draft.model_dump(mode="json"))
    sign(plant, draft, password=renewed)
    answer(plant, reports[0].filing_id, "receipt")
    answer(plant, reports[0].filing_id, "accepted")
    assert {one.batch_id: one.state.value for one in plant.mes.list_batches(limit=10).items} == {
        "B1": "filed",
        "B2": "filed",
        "B3": "shipped",
    }
    assert plant.mes.verify_audit() == []


def test_a_licence_is_recorded_by_signature_and_asked_for_when_a_batch_leaves_without_one(plant: Plant) -> None:
    shipped(plant)
    assert any("Record the licence of EX1 in US" in one.text for one in plant.mes.due_items())
    with pytest.raises(Forbidden):
        plant.mes.record_licence(
            f.NewLicence(
                licence_id="L",
                jurisdiction="US",
                product="EX1",
                granted_on=date(2026, 1, 1),
                roles=("holder",),
                reason="Granted.",
                password=PASSWORD,
            ),
            plant.operator,
        )
    licence(plant)
    with pytest.raises(Conflict, match="another product or place"):
        licence(plant, product="EX2")
    assert licence(plant, granted_on=date(2026, 2, 1)).version == 2
    begun = [one.begins for one in plant.mes.all_filings(running=True) if one.clock_id == "US-PAER-Q"]
    assert begun == [date(2026, 2, 1)]


def test_a_filing_is_withdrawn_by_signature_and_stays_so(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    first = event(plant)
    one = running(plant)
    body = f.WithdrawFiling(reason="Reported by the contract site.", password=PASSWORD)
    assert plant.mes.withdraw_filing(one.filing_id, body, plant.quality).status == "withdrawn"
    correct(plant, first, changes={"text": "Other words."})
    assert plant.mes.filing(one.filing_id).status == "withdrawn"
    with pytest.raises(NotFound, match="There is no filing"):
        plant.mes.filing("US-BPD-none")


@pytest.mark.requirement("URS-008")
def test_every_decision_on_an_event_is_shown_with_its_reason(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    found = {one.clock_id: one for one in plant.mes.event_decisions(event(plant).event_id)}
    assert found["US-BPD"].started
    assert found["US-NA-FIELD-ALERT"].why.startswith("21 CFR 314.81 is for drugs")
    assert found["EU-DEFECT"].why == "It does not concern EU."
    told = [one.new for one in plant.mes.audit("B1") if one.action == "filing clocks decided"]
    assert {one["clock"] for one in told[0]} >= {"US-NA-TISSUE", "EU-TRACE", "ANY-NA-SHIPMENT"}
