"""What comes in wrong about filings: one sentence each, nothing is changed that should stand, and the clock runs on."""

from datetime import timedelta
from typing import Any

import pytest
from console_support import browser
from fastapi.testclient import TestClient
from filing_support import CASE, DETAILS, answer, approve, correct, event, filed, licence, running, shipped
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Conflict, DomainError, Invalid, NotFound
from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.web import create_app


def _one_sentence(error: BaseException | str) -> str:
    """The words of a refusal: one sentence (clauses may be set off by semicolons), which ends as sentences do."""
    text = str(error)
    assert text.endswith(".") or text.endswith(").")
    assert ". " not in text.replace("U.S. ", ""), text
    assert len(text) < 400
    return text


def _api(plant: Plant, user: str = "quality") -> TestClient:
    token = plant.mes.login(user, PASSWORD).token
    return TestClient(create_app(plant.mes), headers={"Authorization": f"Bearer {token}"})


def _clock_runs(plant: Plant, filing_id: str, before: f.FilingView) -> None:
    now = plant.mes.filing(filing_id)
    assert (now.status, now.due_at, now.attempt) == (before.status, before.due_at, before.attempt)
    assert now in plant.mes.all_filings(running=True)


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    ("more", "question"),
    [
        ({"aware_at": "2026-03-01T07:00:00", "zone": None}, "has no zone"),
        ({"aware_at": "2020-01-01T08:00:00Z"}, "lies before batch B1 was made"),
    ],
)
def test_an_event_without_zone_or_before_its_batch_is_asked_about_and_starts_its_clock(
    plant: Plant, more: dict[str, Any], question: str
) -> None:
    licence(plant)
    shipped(plant)
    view = event(plant, **more)
    (asked,) = [one for one in view.questions if question in one]
    assert asked.count(".") - asked.count("..") == 1, asked
    one = running(plant)
    assert one.due_at is not None
    assert one.due_at <= plant.now + timedelta(days=46)


@pytest.mark.requirement("URS-191")
def test_the_same_event_from_two_sources_is_one_filing_with_all_that_both_say(plant: Plant) -> None:
    """The first source knows of a case that is not serious and elsewhere, the second of a serious one here, earlier."""
    licence(plant)
    case: dict[str, Any] = {"product": "EX1", "case_id": "US-EX-1", "batch_id": None, "details": {}}
    said = {"serious": "no", "unexpected": "yes"}
    event(plant, "adverse_experience", "A-1", places=("EU",), answers=said, **case)
    assert not [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-AE-15"]
    earlier = (plant.now - timedelta(days=2)).isoformat()
    second = {"aware_at": earlier, "places": ("US",), "answers": {"serious": "yes"}, "source": "hospital"}
    other = event(plant, "adverse_experience", "H-7", **case, **second)
    assert other.duplicate_of is not None
    one = running(plant, "US-AE-15")
    assert one.event_id == other.duplicate_of
    assert one.undecided == ()
    assert one.due_at is not None
    assert (one.due_at - plant.now).days == 13
    correct(plant, other, withdrawn=True, reason="The hospital took it back.")
    assert not [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-AE-15"]


@pytest.mark.requirement("URS-190")
def test_a_licence_without_a_date_is_refused_and_starts_nothing(plant: Plant) -> None:
    api = _api(plant)
    body = {"licence_id": "US-1", "jurisdiction": "US", "product": "EX1", "roles": ["holder"], "details": DETAILS}
    body |= {"reason": "Granted.", "password": PASSWORD}
    for dated, where in (
        ({}, "granted_on"),
        ({"granted_on": "in spring"}, "granted_on"),
        ({"granted_on": None}, "gran"),
    ):
        answer_ = api.post("/api/licences", json=body | dated)
        assert answer_.status_code == 422
        assert where in answer_.text
    assert plant.mes.licences() == ()
    plant.mes.tick(plant.reviewer)
    assert not [one for one in plant.mes.all_filings() if one.unit_kind == "licence"]


@pytest.mark.requirement("URS-192")
def test_a_draft_whose_record_changed_is_neither_approved_nor_submitted(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    view = event(plant)
    one = running(plant)
    draft = plant.mes.draft_filing(one.filing_id, {}, plant.quality)
    correct(plant, view, changes={"text": "Two holds were exceeded."})
    body = {"content_hash": draft.content_hash, "meaning": f.APPROVAL, "reason": "Right.", "password": PASSWORD}
    with pytest.raises(Conflict, match="A record has changed since filing") as refused:
        plant.mes.approve_filing(one.filing_id, f.ApproveDraft.model_validate(body), plant.quality)
    _one_sentence(refused.value)
    approve(plant, one.filing_id)
    correct(plant, view, changes={"text": "Three holds were exceeded."})
    before = plant.mes.filing(one.filing_id)
    with pytest.raises(Conflict) as refused:
        plant.mes.submission(one.filing_id)
    assert "draft and approve it again" in _one_sentence(refused.value)
    _clock_runs(plant, one.filing_id, before)


@pytest.mark.requirement("URS-193")
@pytest.mark.parametrize(
    ("more", "kind", "sentence"),
    [
        ({"reference": "RG-OTHER"}, Conflict, "it is about another report"),
        ({"attempt": 4}, Conflict, "which is at 1"),
        ({"days": 1}, Invalid, "lies in the future"),
        ({"days": -40}, Invalid, "check its day"),
    ],
)
def test_an_answer_for_another_report_or_of_another_day_is_refused_and_the_clock_runs(
    plant: Plant, more: dict[str, Any], kind: type[DomainError], sentence: str
) -> None:
    licence(plant)
    shipped(plant)
    event(plant)
    plant.later(days=3)
    one = running(plant)
    approve(plant, one.filing_id)
    before = answer(plant, one.filing_id, "receipt")
    days = {"at": plant.now + timedelta(days=more["days"])} if "days" in more else more
    stored = plant.dump()
    with pytest.raises(kind, match=sentence) as refused:
        answer(plant, one.filing_id, "accepted", **days)
    _one_sentence(refused.value)
    assert plant.dump()["filing_answers"] == stored["filing_answers"]
    _clock_runs(plant, one.filing_id, before)


@pytest.mark.requirement("URS-193")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("%PDF-1.7 scanned by the secretary", "no well-formed XML"),
        ("<MCCI_IN200101UV01 xmlns='urn:hl7-org:v3'>", "no well-formed XML"),
        ("<letter>Thank you.</letter>", "no acknowledgement of safety reports"),
    ],
)
def test_an_acknowledgement_that_cannot_be_read_notes_nothing_and_the_clock_runs(
    plant: Plant, content: str, sentence: str
) -> None:
    before = _handed_over(plant)
    body = {"content": content, "password": PASSWORD}
    said = _api(plant, "qp").post("/api/safety-acknowledgements", json=body)
    assert said.status_code == 422, said.text
    assert sentence in _one_sentence(said.json()["detail"]), said.text
    _clock_runs(plant, before.filing_id, before)


@pytest.mark.requirement("URS-193")
def test_an_acknowledgement_for_another_report_or_in_the_future_notes_nothing(plant: Plant) -> None:
    before = _handed_over(plant)
    signed = f.SafetyAcknowledgement(content="the agency's file", password=PASSWORD)
    late = f.CaseAnswer(message="US-EX-77", accepted=True, at=plant.now + timedelta(days=2))
    other = f.CaseAnswer(message="US-EX-78", accepted=True, at=plant.now)
    for said, kind, sentence in ((late, Invalid, "lies in the future"), (other, NotFound, "for another report")):
        with pytest.raises(kind, match=sentence) as refused:
            plant.mes.acknowledge_cases([said], signed, plant.qp)
        _one_sentence(refused.value)
        _clock_runs(plant, before.filing_id, before)


def _handed_over(plant: Plant) -> f.FilingView:
    licence(plant)
    more: dict[str, Any] = {"product": "EX1", "case_id": "US-EX-1", "batch_id": None, "details": {}, "places": ("US",)}
    event(plant, "adverse_experience", "A-1", answers={"serious": "yes", "unexpected": "yes"}, **more)
    one = running(plant, "US-AE-15")
    approve(plant, one.filing_id, {"message": "US-EX-77"})
    handed = f.HandOver(message="US-EX-77", at=plant.now, password=PASSWORD)
    return plant.mes.hand_over(one.filing_id, handed, plant.quality)


@pytest.mark.requirement("URS-193")
def test_a_portal_that_accepts_and_later_rejects_is_looked_at_again_and_the_clock_runs(plant: Plant) -> None:
    """After a day, a week and a month a bot looks again; what was taken back comes to a person with the words."""
    licence(plant)
    shipped(plant)
    event(plant)
    one = running(plant)
    approve(plant, one.filing_id)
    _submitted_by_bot(plant)
    _looked_at(plant, one.filing_id, "accepted")
    assert plant.mes.filing(one.filing_id).status == "accepted"
    plant.mes.tick(plant.reviewer)
    assert _queued(plant) == []
    plant.later(days=1, minutes=1)
    plant.mes.tick(plant.reviewer)
    plant.mes.tick(plant.reviewer)
    assert _queued(plant) == [f"answer:{one.filing_id}:v1:1:accepted-1"]
    _looked_at(plant, one.filing_id, "accepted")
    assert plant.mes.filing(one.filing_id).status == "accepted"
    plant.later(days=6)
    plant.mes.tick(plant.reviewer)
    _looked_at(plant, one.filing_id, "rejected", "B8: the code is none of the list.")
    now = plant.mes.filing(one.filing_id)
    assert (now.status, now.due_at, now.answer) == ("rejected", one.due_at, "B8: the code is none of the list.")
    plant.mes.tick(plant.reviewer)
    assert any("B8: the code is none" in due.text for due in plant.mes.due_items())
    assert "B8" in browser(plant).get("/clocks").text or now in plant.mes.all_filings(running=True)
    approve(plant, one.filing_id, {"code": "QC9402"})
    assert _queued(plant) == [f"file:{one.filing_id}:v1:2"]


@pytest.mark.requirement("URS-193")
def test_what_a_person_filed_in_another_way_no_bot_looks_for(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant, details=CASE)
    one = filed(plant, running(plant).filing_id)
    before = _queued(plant)
    plant.later(days=8)
    plant.mes.tick(plant.reviewer)
    assert _queued(plant) == before
    assert plant.mes.filing(one.filing_id).status == "accepted"


def _queued(plant: Plant) -> list[str]:
    return [one.business_key for one in plant.mes.work_items(state="queued") if one.job == "compliance_filing"]


def _submitted_by_bot(plant: Plant) -> None:
    (key,) = _queued(plant)
    bot = plant.at("B1", "compliance_filing")
    _, filing_id, _, attempt = key.split(":")
    body = {"kind": "receipt", "attempt": int(attempt), "reference": "RG-1", "at": plant.now}
    plant.mes.answer_filing(filing_id, f.NewAnswer.model_validate(body), bot)
    _done(plant, bot)


def _looked_at(plant: Plant, filing_id: str, kind: str, reasons: str = "") -> None:
    bot = plant.at("B1", "compliance_filing")
    body = {"kind": kind, "attempt": 1, "reference": "RG-1", "at": plant.now, "reasons": reasons}
    plant.mes.answer_filing(filing_id, f.NewAnswer.model_validate(body), bot)
    _done(plant, bot)


def _done(plant: Plant, bot: Any) -> None:
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)
