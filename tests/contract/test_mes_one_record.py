"""One record stops nobody: what can't be read is put aside and said, and the others go on.

What messages refuse now may stand in a store from before, or come into it by another way; it is written past the
program here.
"""

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filing_support import event, licence
from mes_support import PASSWORD, Plant, observation, record
from pydantic import ValidationError
from typer.testing import CliRunner

from batchwright.cli import app
from mes_core.domain.errors import Invalid
from mes_core.domain.filing import kept_until
from mes_core.messages import views as v
from mes_core.messages.schedules import SetSchedule
from mes_core.services.batches.history import earlier_values
from mes_core.services.work.schedules import SCHEDULES
from mes_core.web import create_app

_DEEP = '{"a":' * 900 + "1" + "}" * 900
_BAD: dict[str, dict[str, Any]] = {
    "year 1": {"expires_at": "0001-01-01T00:00:00Z"},
    "the last day": {"expires_at": "9999-12-31T00:00:00Z"},
    "infused in year 1": {"infusion_planned_on": "0001-01-01"},
    "no time at all": {"expires_at": "soon"},
}


def _store(plant: Plant, batch_id: str, **fields: Any) -> None:
    """A batch whose record holds what no message would."""
    with plant.store.read() as work:
        row = work.get("batches", batch_id=batch_id)
    if row is None:
        plant.mes.submit_batch(record(batch_id), plant.bot)
        return _store(plant, batch_id, **fields)
    document = json.dumps({**json.loads(row["record"]), **fields})
    return plant.meddle(
        "UPDATE batches SET record = :document WHERE batch_id = :batch", document=document, batch=batch_id
    )


@pytest.mark.requirement("URS-045")
@pytest.mark.parametrize("name", list(_BAD))
def test_a_tick_tells_of_the_others_and_of_the_one(plant: Plant, name: str) -> None:
    """Reminders go on; quality assurance is told which record is to be looked at, once; what was due of it stays."""
    expires = (plant.now + timedelta(days=9)).isoformat()
    plant.released("B1")
    _store(plant, "B1", expires_at=expires)
    plant.mes.tick(plant.bot)
    plant.mes.submit_batch(record("B2", expires_at=expires), plant.bot)
    _store(plant, "B1", **_BAD[name])
    for _ in range(3):
        plant.mes.tick(plant.bot)
        plant.later(hours=1)
    due = plant.mes.due_items()
    kinds = {one.kind for one in due if one.batch_id == "B1"}
    assert {"expiry", "courier"} <= kinds
    assert any(one.batch_id == "B2" and one.kind == "expiry" for one in due)
    broken = [one for one in due if one.kind == "unreadable"]
    if name == "the last day":  # that can be reckoned with: it is only never due
        assert broken == []
    else:
        assert [(one.batch_id, one.role) for one in broken] == [("B1", "quality_assurance")]
    plant.later(days=30)
    assert plant.mes.tick(plant.bot).escalated > 0
    told = {one.batch_id for one in plant.mes.due_notices()}
    assert "B2" in told


@pytest.mark.parametrize("fields", _BAD.values(), ids=list(_BAD))
def test_no_message_takes_such_a_record(plant: Plant, fields: dict[str, Any]) -> None:
    """Days lie where batches can."""
    with pytest.raises(ValidationError):
        record("B1", **fields)


def test_a_batch_without_a_time_keeps_no_other_from_review(plant: Plant) -> None:
    """Neither its own review fails nor those of its product."""
    plant.mes.submit_batch(record("B0", manufactured_at=None), plant.bot)
    plant.mes.submit_batch(record("B1"), plant.bot)
    plant.mes.submit_batch(record("B2", manufactured_at="2026-02-28T21:00:00Z"), plant.bot)
    for name in ("B0", "B1", "B2"):
        assert plant.mes.review(name, (observation(),), plant.at(name)).batch_id == name
    _store(plant, "B3", product_code=None, parameters="nothing")
    with plant.store.read() as work:
        for name, count in (("B0", 0), ("B2", 1)):
            batch = work.get("batches", batch_id=name)
            assert batch is not None
            assert len(earlier_values(work, batch, ["viability"])["viability"]) == count


@pytest.mark.requirement("URS-121")
def test_a_document_that_is_too_deep_keeps_nobody_from_lists_claims_and_pages(plant: Plant) -> None:
    """It is not shown, its item waits for a person, and the next one is handed out."""
    for name in ("B1", "B2"):
        plant.mes.submit_batch(record(name), plant.bot)
    plant.meddle("UPDATE work_items SET payload = :deep WHERE batch_id = 'B1'", deep=_DEEP)
    plant.meddle("UPDATE audit SET new = :deep WHERE batch_id = 'B1' AND number = 1", deep=_DEEP)
    bearer = {"Authorization": f"Bearer {plant.mes.login('bot-1', PASSWORD).token}"}
    with TestClient(create_app(plant.mes)) as web:
        for path in ("/api/work-items", "/api/batches/B1/audit", "/api/batches"):
            answer = web.get(path, headers=bearer)
            assert (answer.status_code, answer.json()["total"] >= 2) == (200, True), path
        body = {"worker": "w", "secret": "s" * 30, "jobs": ["batch_record_review"]}
        claimed = web.post("/api/work-items/claim", json=body, headers=bearer)
        assert (claimed.status_code, claimed.json()["batch_id"]) == (200, "B2")
        web.post("/login", data={"user": "reviewer", "password": PASSWORD})
        for path in ("/", "/work", "/batches/B1"):
            assert web.get(path).status_code == 200, path
    (waiting,) = plant.mes.work_items(state="waiting")
    assert (waiting.batch_id, waiting.code) == ("B1", "unreadable")


@pytest.mark.requirement("URS-121")
def test_of_a_hundred_reviews_at_once_the_broken_one_is_said_and_the_others_are_there(plant: Plant) -> None:
    """To whoever asked, and in the trail of its batch; replays of history leave it out likewise."""
    for name in ("B2", "B3", "B4"):
        plant.mes.submit_batch(record(name), plant.bot)
    assert len(list(plant.mes.review_all(plant.reviewer))) == 3
    _store(plant, "B3", parameters="nothing")
    aside: dict[str, str] = {}
    done = [one.batch_id for one in plant.mes.review_all(plant.reviewer, put_aside=aside.__setitem__)]
    assert (done, list(aside)) == (["B2", "B4"], ["B3"])
    assert [one.number for one in plant.mes.verdicts("B4")] == [2, 1]
    (told,) = [one for one in plant.mes.audit("B3") if one.action == "review put aside"]
    assert "look at its record" in (told.why or "")
    plant.meddle("UPDATE facts SET document = :bad WHERE batch_id = 'B2'", bad=b"no facts")
    plant.meddle("UPDATE verdicts SET document = '{}' WHERE batch_id = 'B3'")
    aside.clear()
    assert [one.batch_id for one in plant.mes.reviewed(put_aside=aside.__setitem__)] == ["B4"]
    assert set(aside) == {"B2", "B3"}


@pytest.mark.requirement("URS-045")
@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE licences SET document = '{}' WHERE licence_id = 'EU-1'",
        "UPDATE filing_events SET document = '{\"fields\": 7}' WHERE source_key = 'R-1'",
        """UPDATE filing_events SET document = replace(document, 'America/New_York', 'Mars/Olympus')
        WHERE source_key = 'R-1'""",
    ],
    ids=["licence", "recall", "zone"],
)
def test_a_licence_or_a_recall_that_is_damaged_starts_nothing_and_stops_nothing(plant: Plant, broken: str) -> None:
    """Periods of other licences begin, reminders go on, and quality assurance is told which row it is."""
    licence(plant)
    licence(plant, "EU")
    case = {"answers": {}, "day": plant.now.date(), "product": "EX1", "batch_id": None, "places": ("US",)}
    event(plant, "recall", "R-1", **case)
    expires = (plant.now + timedelta(days=90)).isoformat()
    plant.mes.submit_batch(record("B2", expires_at=expires), plant.bot)
    plant.meddle(broken)
    plant.later(days=250)
    plant.mes.tick(plant.bot)
    assert {one.clock_id for one in plant.mes.all_filings() if one.unit == "US-1"}
    due = plant.mes.due_items()
    assert any(one.batch_id == "B2" for one in due)
    (told,) = [one for one in due if one.kind == "unreadable"]
    assert (told.role, "can't be used" in told.text) == ("quality_assurance", True)


@pytest.mark.requirement("URS-191")
def test_under_a_damaged_licence_nothing_is_decided_and_everything_else_is(plant: Plant) -> None:
    """Leaving it out would take clocks back that run."""
    licence(plant, "US")
    licence(plant, "EU", product="EX2")
    case = {"answers": {}, "batch_id": None, "places": ("US",)}
    event(plant, "adverse_experience", "A-1", **case, product="EX2", case_id="C-1")
    plant.meddle("UPDATE licences SET document = '{}' WHERE licence_id = 'EU-1'")
    assert event(plant, "adverse_experience", "A-2", **case, product="EX1", case_id="C-2").event_id
    before = plant.mes.all_filings()
    with pytest.raises(Invalid, match="Licence EU-1 of EX2 can't be read: record it again"):
        event(plant, "adverse_experience", "A-3", **case, product="EX2", case_id="C-3")
    assert plant.mes.all_filings() == before
    plant.meddle("UPDATE filing_events SET document = '{}' WHERE source_key = 'A-1'")
    licence(plant, "EU", product="EX2")
    assert event(plant, "adverse_experience", "A-3", **case, product="EX2", case_id="C-3").event_id


@pytest.mark.requirement("URS-131")
def test_a_schedule_asks_for_the_other_batches(plant: Plant) -> None:
    """And its chain says for which one it could not."""
    for name in ("B2", "B3"):
        plant.mes.submit_batch(record(name), plant.bot)
    words = {
        "name": "nightly",
        "job": "batch_record_review",
        "state": "manufactured",
        "cron": "30 2 * * *",
        "reason": "Daily.",
    }
    plant.mes.set_schedule(SetSchedule.model_validate({**words, "password": PASSWORD}), plant.quality)
    _store(plant, "B1", expires_at="soon")
    plant.later(hours=30)
    assert plant.mes.ask_by_schedule(plant.bot) == 2
    with plant.store.read() as work:
        (told,) = work.find("audit", batch_id=SCHEDULES, action="schedule asked")
    assert list(json.loads(told["new"] or "{}")["put_aside"]) == ["B1"]


@pytest.mark.requirement("URS-121")
def test_commands_that_go_through_all_batches_name_the_one_and_end_with_an_error(
    plant: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After they have done the others."""
    plant.mes.submit_batch(record("B2"), plant.bot)
    _store(plant, "B1", parameters="nothing")
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    done = CliRunner().invoke(app, ["review", "--all", "--format", "json"])
    assert (done.exit_code, json.loads(done.stdout)["batch"]) == (1, "B2")
    assert "Batch B1 could not be reviewed" in done.stderr
    _store(plant, "B1", parameters=[])
    assert CliRunner().invoke(app, ["review", "--all"]).exit_code == 0
    plant.meddle("UPDATE facts SET document = :bad WHERE batch_id = 'B2'", bad=b"no facts")
    for form in ([], ["--format", "json"]):
        done = CliRunner().invoke(app, ["rules", "replay", "--rules", "car_t_review", *form])
        assert done.exit_code == 1
        assert "B2" in done.stdout
    found = json.loads(done.stdout)
    assert (found["reviewed"], list(found["put_aside"])) == (1, ["B2"])


@pytest.mark.requirement("URS-195")
def test_a_review_of_a_product_asks_about_the_batch_that_can_not_be_read(
    plant: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.reviewed(batch_id="B2")
    _store(plant, "B1", parameters="nothing")
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    words = ["filings", "review", "EX1", "--out", str(tmp_path / "r.pdf"), "--format", "json"]
    found = json.loads(CliRunner().invoke(app, words).output)
    assert found["batches"] == 1
    assert found["open"][0] == "Batch B1, whose record can't be read: is it of this product?"


@pytest.mark.requirement("URS-121")
def test_a_batch_that_can_not_be_shown_is_listed_all_the_same(plant: Plant) -> None:
    """With what is wrong, and nothing of it may be supplied."""
    plant.mes.submit_batch(record("B2"), plant.bot)
    _store(plant, "B1", markets=7, product=None)
    listed = {one.batch_id: one for one in plant.mes.list_batches().items}
    assert set(listed) == {"B1", "B2"}
    assert "can't be shown" in listed["B1"].product
    assert not listed["B1"].may_be_supplied


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE batches SET state = '?' WHERE batch_id = 'B1'",
        "UPDATE work_items SET not_before = 'soon' WHERE batch_id = 'B1'",
        "UPDATE work_items SET created_at = 'soon' WHERE batch_id = 'B1'",
        "UPDATE work_items SET evidence = '{' WHERE batch_id = 'B1'",
    ],
)
def test_a_word_or_time_that_is_none_ends_no_list(plant: Plant, damage: str) -> None:
    """What is damaged is listed beside the others, and its row says so."""
    for batch in ("B1", "B2"):
        plant.mes.submit_batch(record(batch), plant.bot)
    plant.meddle(damage)
    listed = {one.batch_id: one for one in plant.mes.list_batches().items}
    items = {one.batch_id: one for one in plant.mes.work_items()}
    assert set(listed) == set(items) == {"B1", "B2"}
    assert {one.batch_id for one in plant.mes.work_items_page(limit=9).items} == {"B1", "B2"}
    assert "can't be shown" in f"{listed['B1'].product} {items['B1'].message}"
    assert "can't be shown" not in f"{listed['B2'].product} {items['B2'].message}"
    assert not listed["B1"].may_be_supplied


def test_a_time_that_is_none_ends_no_board(plant: Plant) -> None:
    """Of the stage it stands in, the others are counted and waited for as before."""
    for batch in ("B1", "B2"):
        plant.mes.submit_batch(record(batch), plant.bot)
    plant.meddle("UPDATE batches SET changed_at = 'soon' WHERE batch_id = 'B1'")
    (stage,) = plant.mes.flow().stages
    assert (stage.batches, stage.longest_days) == (2, 0)


def test_the_end_of_the_calendar_is_no_expiry() -> None:
    """It has no day 30 years later."""
    with pytest.raises(Invalid, match="9999-12-31 is none"):
        kept_until(v.datetime(9999, 12, 31, tzinfo=UTC), UTC)
    assert kept_until(v.datetime(2028, 2, 29, tzinfo=UTC), UTC).isoformat() == "2058-03-01"
