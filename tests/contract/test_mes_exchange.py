"""Batches out and in: valid by the official schemas, nothing lost, nothing that runs in a spreadsheet."""

import io
import json
import os
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journey_plant import sign_data, step
from lxml import etree
from mes_support import COURIER_JOB, Plant, finding, record, shipment
from openpyxl import load_workbook
from pypdf import PdfReader
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from mes_core.exchange import b2mml, epcis, pdf, xlsx, xml
from mes_core.exchange.dossier import Dossier
from mes_core.exchange.errors import ImportRefused
from mes_core.messages import BatchRecord
from twin.world import make_world

_DATA = Path(os.environ.get("BATCHWRIGHT_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
_RUN = CliRunner()


def _dossier(plant: Plant, batch_id: str = "B1") -> Dossier:
    mes = plant.mes
    record_of, view = mes.get_record(batch_id), mes.get_batch(batch_id)
    return Dossier(
        record_of,
        view,
        mes.verdicts(batch_id),
        mes.deviations(batch_id),
        mes.signatures(batch_id),
        mes.audit(batch_id),
    )


def _needs(*parts: str) -> Path:
    path = _DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"official schema not found at {path} (set BATCHWRIGHT_REAL_DATA)")
    return path


def _full(plant_time: Any) -> list[BatchRecord]:
    world = make_world(seed=5, batches=6, defect_rate=0.5, now=plant_time)
    return [BatchRecord.model_validate(one) for one in world.records]


@pytest.mark.requirement("URS-050")
def test_b2mml_is_valid_by_the_official_schema(plant: Plant) -> None:
    """A small record, and whole ones with every list filled."""
    schema = etree.XMLSchema(etree.parse(str(_needs("b2mml_xsd", "BatchML-BatchProductionRecord.xsd"))))
    for one in (record(), *_full(plant.now)):
        schema.assertValid(xml.parse(b2mml.export(one), "exported"))


@pytest.mark.requirement("URS-050")
def test_out_in_and_out_again_gives_the_same_bytes(plant: Plant) -> None:
    """Through an empty store."""
    for one in (record(), *_full(plant.now)):
        first = b2mml.export(one)
        plant.mes.submit_batch(b2mml.read(xml.parse(first, "file"), "file"), plant.bot)
        assert plant.mes.get_record(one.batch_id) == one
        assert b2mml.export(plant.mes.get_record(one.batch_id)) == first


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="￾￿"))


@pytest.mark.requirement("URS-050")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.none() | _texts,
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    unit=_texts,
    performer=st.none() | _texts,
    markets=st.lists(_texts, max_size=3),
)
def test_any_record_comes_back_as_it_was(text: Any, value: Any, unit: str, performer: Any, markets: Any) -> None:
    """Empty is not missing, and numbers keep their last digit."""
    parameter = {"name": "p", "text": text, "value": value, "unit": unit, "low": value}
    step = {"step_id": "S1", "unit_procedure": unit, "operation": "o", "name": "n", "performer": performer}
    made = record(parameters=[parameter], steps=[step], markets=markets)
    assert b2mml.read(xml.parse(b2mml.export(made), "file"), "file") == made


@pytest.mark.requirement("URS-051")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "document type"),
        (
            b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><a>&b;</a>",
            "document type",
        ),
        (b"<a><b></a>", "no well-formed XML"),
        (b"", "no well-formed XML"),
        (b"<Other/>", "no B2MML"),
    ],
)
def test_hostile_and_broken_xml_is_refused(content: bytes, says: str) -> None:
    """Before anything is fetched or grows."""
    with pytest.raises(ImportRefused, match=says):
        b2mml.read(xml.parse(content, "file"), "file")


@pytest.mark.requirement("URS-051")
def test_what_has_no_place_is_refused_not_dropped() -> None:
    """An element, an event of another kind, a number that is none, a missing field, a character XML can't hold."""
    good = b2mml.export(record()).decode()
    for old, new, says in (
        ("<EntryID>B1</EntryID>", "<EntryID>B1</EntryID><CampaignID>C</CampaignID>", "'CampaignID' has no place"),
        ("<EntryID>steps-1<", "<EntryID>other-1<", "of no kind"),
        ("<ValueString>70.0<", "<ValueString>many<", "'many' is no number"),
        ("<MaterialDefinitionID>EX1</MaterialDefinitionID>", "", "not valid at 'product_code'"),
    ):
        assert old in good
        with pytest.raises(ImportRefused, match=says):
            b2mml.read(xml.parse(good.replace(old, new).encode(), "file"), "file")
    with pytest.raises(b2mml.NotExportable, match="B1 can't be written as XML"):
        b2mml.export(record(product="bell \x07"))


@pytest.mark.requirement("URS-050")
def test_epcis_is_valid_by_the_official_schema(plant: Plant) -> None:
    """Collected, made, inspected, packed, shipped; and nothing that is only planned, as a booked pick-up is."""
    schema = jsonschema_rs.validator_for(json.loads(_needs("epcis", "EPCIS-JSON-Schema.json").read_text()))
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    sign_data(plant)
    happened = ["commissioning", "inspecting"]
    for steps in (happened, [*happened, "departing", "packing", "shipping"]):
        record_of, view, custody = plant.mes.get_record("B1"), plant.mes.get_batch("B1"), plant.mes.custody("B1")
        content = epcis.export(record_of, view, "https://id.example.org/", ZoneInfo("Europe/Berlin"), custody)
        document = json.loads(content)
        schema.validate(document)
        assert [event["bizStep"] for event in document["epcisBody"]["eventList"]] == steps
        plant.later(hours=1)
        step(plant, "picked_up", identifier="B1", seal="S-1")
    assert {event["eventTimeZoneOffset"] for event in document["epcisBody"]["eventList"]} <= {"+01:00", "+02:00"}
    for one in _full(plant.now):
        plant.mes.submit_batch(one, plant.bot)
        schema.validate(json.loads(epcis.export(one, plant.mes.get_batch(one.batch_id), "https://id.example.org", UTC)))


@pytest.mark.requirement("URS-077")
def test_every_step_of_custody_is_an_event_with_its_sensor_reading(plant: Plant) -> None:
    """Valid by the official schema; what the centre plans or says is no event of the product."""
    schema = jsonschema_rs.validator_for(json.loads(_needs("epcis", "EPCIS-JSON-Schema.json").read_text()))
    plant.released()
    sign_data(plant)
    for number, name in enumerate(("centre_ready", "picked_up", "export_cleared", "import_cleared", "delivered")):
        step(plant, name, at=plant.now + timedelta(minutes=number - 60), temperature_c=-190.0 + number)
    step(plant, "received", identifier="B1", seal="S-1", temperature_c=-188.5)
    record_of, view = plant.mes.get_record("B1"), plant.mes.get_batch("B1")
    document = json.loads(epcis.export(record_of, view, "https://id.example.org", UTC, plant.mes.custody("B1")))
    schema.validate(document)
    events = [one for one in document["epcisBody"]["eventList"] if "sensorElementList" in one]
    steps = [one["bizStep"] for one in sorted(events, key=lambda one: one["eventTime"])]
    assert steps == ["departing", "inspecting", "inspecting", "arriving", "receiving"]
    (reading,) = events[-1]["sensorElementList"]
    assert reading["sensorReport"][0]["uom"] == "CEL"


@pytest.mark.requirement("URS-052")
@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_cell_of_the_workbook_is_a_formula(plant: Plant, evil: str) -> None:
    """Whoever opens it runs nothing."""
    plant.mes.submit_batch(record(product=evil, treatment_centre=evil), plant.bot)
    book = load_workbook(io.BytesIO(xlsx.export(_dossier(plant))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type in ("s", "n") for cell in cells)
    found = [cell for cell in cells if isinstance(cell.value, str) and cell.value.strip() == evil.strip()]
    assert len(found) >= 2
    assert all(cell.quotePrefix for cell in found)


@pytest.mark.requirement("URS-052")
def test_the_report_holds_signatures_and_trail(plant: Plant) -> None:
    """Printed name, meaning, time; every entry; characters outside the fonts by their code."""
    held = plant.reviewed("HOLD", finding())
    plant.close(held.findings[0].finding_id)
    deviation = {"deviation_key": "DEV-1", "title": "Ţ late"}
    from mes_core.messages.deviations import NewDeviation

    plant.mes.open_deviation("B1", NewDeviation.model_validate(deviation), plant.bot)
    content = pdf.export(_dossier(plant), plant.now)
    assert content == pdf.export(_dossier(plant), plant.now)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    text = " ".join(text.split())
    for says in ("Reviewer Person", "finding closed", "record stored", "Explained by the assay", "\\u0162 late"):
        assert says in text, says


@pytest.mark.requirement("URS-052")
def test_the_report_shows_what_was_changed_and_each_signature_with_its_meaning(plant: Plant) -> None:
    """Old and new value of a correction; printed name, time and meaning of the release."""
    plant.reviewed()
    plant.corrected()
    plant.sign(plant.mes.review("B1", (), plant.at()))
    content = pdf.export(_dossier(plant), plant.now)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    (release,) = [one for one in plant.mes.signatures("B1") if one.act == "disposition"]
    for says in ("parameters/viability/text", "80", "90", "The transcription was wrong."):
        assert says in text, says
    assert release.printed_name in text
    assert release.meaning in text
    assert f"{release.at:%Y-%m-%d %H:%M}" in text


@pytest.mark.requirement("URS-050")
def test_the_commands_write_and_take_files(
    plant: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind; then the record into another, empty store; bad input with one sentence."""
    plant.released()
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    ended = _RUN.invoke(app, ["export", "epcis", "B1", "--out", str(tmp_path / "epcis")])
    assert isinstance(ended.exception, Refused)
    assert "BATCHWRIGHT_TIMEZONE" in str(ended.exception)
    monkeypatch.setenv("BATCHWRIGHT_TIMEZONE", "Europe/Berlin")
    for kind in ("b2mml", "epcis", "pdf", "xlsx"):
        ended = _RUN.invoke(app, ["export", kind, "B1", "--out", str(tmp_path / kind), "--format", "json"])
        assert ended.exit_code == 0, ended.output
        assert json.loads(ended.output)["bytes"] == (tmp_path / kind).stat().st_size
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(tmp_path / "other.sqlite"))
    for taken in (True, False):
        ended = _RUN.invoke(app, ["import", "b2mml", str(tmp_path / "b2mml"), "--format", "json"])
        assert json.loads(ended.output)["taken"] is taken
    again = _RUN.invoke(app, ["export", "b2mml", "B1", "--out", str(tmp_path / "again")])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again").read_bytes() == (tmp_path / "b2mml").read_bytes()
    for words, says in (
        (["export", "pdf", "B9", "--out", str(tmp_path / "x")], "no batch 'B9'"),
        (["export", "pdf", "B1", "--out", str(tmp_path / "no" / "x")], "can't be written"),
        (["import", "b2mml", str(tmp_path / "absent")], "can't be read"),
        (["import", "b2mml", str(tmp_path / "pdf")], "no well-formed XML"),
    ):
        assert says in str(_refused(words))


def _refused(words: list[str]) -> BaseException:
    ended = _RUN.invoke(app, words)
    assert isinstance(ended.exception, Refused), ended.output
    return ended.exception
