"""What comes in has its order in time: no reading before the one that stands, no answer before what it answers."""

from datetime import timedelta
from typing import Any

import pytest
from conditional_support import lims
from fastapi.testclient import TestClient
from filing_support import answer, approve, event, licence, running, shipped
from mes_support import PASSWORD, Plant, observation, record

from mes_core.domain.errors import Conflict, Invalid
from mes_core.web.app import create_app


@pytest.mark.requirement("URS-044")
def test_an_older_reading_takes_no_later_one_s_place(plant: Plant) -> None:
    plant.mes.submit_batch(record("B1"), plant.bot)
    plant.later(hours=5)
    plant.mes.put_observations("B1", (lims(plant, "Positive", "Final"),), plant.at())
    before = plant.dump()
    with pytest.raises(Conflict, match="an earlier reading does not take its place"):
        plant.mes.put_observations("B1", (observation(read_at=plant.now - timedelta(hours=1)),), plant.at())
    with pytest.raises(Invalid, match="which is still to come"):
        plant.mes.put_observations("B1", (observation(read_at=plant.now + timedelta(days=1)),), plant.at())
    assert plant.dump() == before


@pytest.mark.requirement("URS-193")
def test_an_answer_is_of_no_day_before_what_it_answers(plant: Plant) -> None:
    """A late report must not look punctual."""
    licence(plant)
    shipped(plant)
    plant.later(days=20)
    event(plant, places=("US",))
    filing_id = running(plant).filing_id
    approve(plant, filing_id)
    plant.later(days=30)
    early = plant.now - timedelta(days=40)
    with pytest.raises(Invalid, match="before its approval on"):
        answer(plant, filing_id, "receipt", at=early)
    answer(plant, filing_id, "receipt", at=plant.now - timedelta(days=1))
    with pytest.raises(Invalid, match="before its receipt on"):
        answer(plant, filing_id, "accepted", at=plant.now - timedelta(days=3))
    assert answer(plant, filing_id, "accepted").accepted_at


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    "aware_at",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-03T08:00:00Z", "9999-12-31T23:59:59-12:00"],
)
def test_a_moment_of_awareness_lies_within_the_calendar(plant: Plant, aware_at: str) -> None:
    body: dict[str, Any] = {
        "kind": "deviation",
        "source": "quality",
        "source_key": "DEV-1",
        "aware_at": aware_at,
        "zone": "America/New_York",
        "aware_who": "Ada Example",
        "batch_id": "B1",
    }
    plant.mes.submit_batch(record("B1"), plant.bot)
    bearer = {"Authorization": f"Bearer {plant.mes.login('quality', PASSWORD).token}"}
    with TestClient(create_app(plant.mes)) as web:
        refused = web.post("/api/filing-events", json=body, headers=bearer)
    assert refused.status_code == 422, refused.text
    assert "is no time of awareness: check its year" in refused.text


@pytest.mark.requirement("URS-017")
def test_the_page_says_who_brought_a_reading(plant: Plant) -> None:
    plant.reviewed()
    with TestClient(create_app(plant.mes)) as web:
        web.post("/login", data={"user": "reviewer", "password": PASSWORD})
        assert "by bot-1</p>" in " ".join(web.get("/batches/B1").text.split())
