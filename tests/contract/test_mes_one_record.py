"""One record stops nobody: what can't be read is put aside and said, and the others go on.

What messages refuse now may stand in a store from before, or come into it by another way; it is written past the
program here.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, observation, record
from pydantic import ValidationError

from mes_core.domain.errors import Invalid
from mes_core.domain.filing import kept_until
from mes_core.messages import views as v
from mes_core.services.batches.history import earlier_values
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


@pytest.mark.requirement("URS-001")
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


@pytest.mark.requirement("URS-060")
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


@pytest.mark.requirement("URS-060")
def test_a_batch_that_can_not_be_shown_is_listed_all_the_same(plant: Plant) -> None:
    """With what is wrong, and nothing of it may be supplied."""
    plant.mes.submit_batch(record("B2"), plant.bot)
    _store(plant, "B1", markets=7, product=None)
    listed = {one.batch_id: one for one in plant.mes.list_batches().items}
    assert set(listed) == {"B1", "B2"}
    assert "can't be shown" in listed["B1"].product
    assert not listed["B1"].may_be_supplied


def test_the_end_of_the_calendar_is_no_expiry() -> None:
    """It has no day 30 years later."""
    with pytest.raises(Invalid, match="9999-12-31 is none"):
        kept_until(v.datetime(9999, 12, 31))
    assert kept_until(v.datetime(2028, 2, 29)).isoformat() == "2058-03-01"
