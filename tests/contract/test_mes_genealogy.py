"""Forwards and backwards in one call, and the index never says other things than the records."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from mes_support import COURIER_JOB, PASSWORD, Plant, record, shipment
from typer.testing import CliRunner

from batchwright.cli import app
from mes_core.domain.errors import NotFound
from mes_core.messages import views as v
from mes_core.messages.genealogy import Genealogy, Traced
from mes_core.web import create_app


@pytest.fixture
def traced(plant: Plant) -> Plant:
    """Two patients whose batches share a lot of beads, one with a second lot, a sample and a shipment."""
    sample = {"sample_id": "SA-1", "purpose": "sterility"}
    equipment = {"equipment_id": "BR-1", "name": "Bioreactor"}
    materials = [
        {"material_id": "M1", "name": "Beads", "lot": "L1"},
        {"material_id": "M2", "name": "IL-2", "lot": "L2"},
    ]
    whole = record(samples=[sample], equipment=[equipment], materials=materials)
    plant.mes.submit_batch(whole, plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.mes.submit_batch(record("B2", patient_code="PAT-2", donation_number="G2"), plant.bot)
    return plant


def _said(graph: Genealogy) -> set[tuple[str, str, str]]:
    return {(graph.nodes[edge.source].key, edge.how, graph.nodes[edge.target].key) for edge in graph.edges}


_OF_B1 = {
    ("PAT-1", "gave", "G1234"),
    ("G1234", "became", "B1"),
    ("L1", "went into", "B1"),
    ("L2", "went into", "B1"),
    ("BR-1", "worked on", "B1"),
    ("B1", "was sampled as", "SA-1"),
    ("B1", "went out in", "CR-1"),
}
_OF_B2 = {("PAT-2", "gave", "G2"), ("G2", "became", "B2"), ("L1", "went into", "B2")}


@pytest.mark.requirement("URS-053")
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("patient", "PAT-1"),
        ("donation", "G1234"),
        ("lot", "L2"),
        ("equipment", "BR-1"),
        ("sample", "SA-1"),
        ("batch", "B1"),
        ("shipment", "CR-1"),
        ("shipment", "DS-1"),
    ],
)
def test_everything_that_touched_the_cells_from_any_end(traced: Plant, kind: str, key: str) -> None:
    """From the patient, the bag's shipment, or anything between."""
    assert _said(traced.mes.trace(Traced(kind), key)) == _OF_B1


@pytest.mark.requirement("URS-053")
def test_every_batch_that_a_lot_touched(traced: Plant) -> None:
    """With the patients that it reached."""
    graph = traced.mes.trace(Traced.LOT, "L1")
    assert graph.batches == 2
    assert _said(graph) == _OF_B1 | _OF_B2
    with pytest.raises(NotFound, match="anything to do with the lot 'L9'"):
        traced.mes.trace(Traced.LOT, "L9")


@pytest.mark.requirement("URS-053")
def test_a_corrected_lot_is_traced_as_corrected_and_a_changed_index_is_found(traced: Plant) -> None:
    """The index follows the record in the same transaction."""
    body = {"path": "materials/M1/lot", "old": "L1", "new": "L7", "reason": "Misread label.", "password": PASSWORD}
    traced.mes.correct("B2", v.Correction.model_validate(body), traced.operator)
    assert _said(traced.mes.trace(Traced.LOT, "L1")) == _OF_B1
    assert traced.mes.trace(Traced.LOT, "L7").batches == 1
    assert traced.mes.verify_audit() == []
    traced.meddle("DELETE FROM identities WHERE number = 'L7'")
    assert traced.mes.verify_audit() == ["batch B2: the index of its genealogy is not what its record says."]


@pytest.mark.requirement("URS-053")
def test_api_picture_and_command_say_the_same(
    traced: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call each."""
    graph = traced.mes.trace(Traced.LOT, "L1")
    with TestClient(create_app(traced.mes)) as web:
        token = traced.mes.login("reviewer", PASSWORD).token
        bearer = {"Authorization": f"Bearer {token}"}
        answer = web.get("/api/genealogy", params={"kind": "lot", "key": "L1"}, headers=bearer)
        assert Genealogy.model_validate_json(answer.content) == graph
        assert web.get("/api/genealogy", params={"kind": "lot", "key": "L9"}, headers=bearer).status_code == 404
        web.post("/login", data={"user": "reviewer", "password": PASSWORD})
        page = web.get("/genealogy", params={"kind": "lot", "key": "L1"}).text
        assert page.count("<rect ") == len(graph.nodes)
        assert page.count("<line ") == len(graph.edges)
        assert "No batch has anything to do" in web.get("/genealogy", params={"kind": "lot", "key": "<b>"}).text
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    ended = CliRunner().invoke(app, ["trace", "lot", "L1"])
    assert "lot L1 went into batch B2" in ended.output
    ended = CliRunner().invoke(app, ["trace", "lot", "L1", "--format", "json"])
    assert Genealogy.model_validate_json(ended.output) == graph
