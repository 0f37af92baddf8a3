"""What a logger measured leaves as EPCIS events with sensor readings, valid by the official schema."""

import json
from datetime import UTC
from typing import Any

import jsonschema_rs
import pytest
from mes_support import Plant
from test_mes_exchange import _needs
from test_mes_logger_files import COLD, file, journey, received, signed

from mes_core.exchange import epcis

pytestmark = pytest.mark.requirement("URS-077")
__all__ = ["received"]


def events(plant: Plant) -> list[dict[str, Any]]:
    """Sensor events of the batch; the whole document is valid."""
    schema = jsonschema_rs.validator_for(json.loads(_needs("epcis", "EPCIS-JSON-Schema.json").read_text()))
    record, view = plant.mes.get_record("B1"), plant.mes.get_batch("B1")
    steps, files = plant.mes.custody("B1"), plant.mes.logger_files("B1")
    document = json.loads(epcis.export(record, view, "https://id.example.org", UTC, steps, files))
    schema.validate(document)
    return [one for one in document["epcisBody"]["eventList"] if one["bizStep"] == "sensor_reporting"]


def test_a_cold_journey_is_one_event_with_its_span_and_no_alarm(received: Plant) -> None:
    assert events(received) == []
    kept = signed(received, file(received))
    (event,) = events(received)
    since, until = (at.isoformat().replace("+00:00", "Z") for at in journey(received))
    (element,) = event["sensorElementList"]
    assert element["sensorMetadata"] == {
        "startTime": since,
        "endTime": until,
        "deviceID": "https://id.example.org/logger/LG-1",
        "rawData": f"urn:sha256:{kept.sha256}",
    }
    temperature, *times = element["sensorReport"]
    assert temperature == {"type": "Temperature", "minValue": COLD, "maxValue": COLD, "uom": "CEL"}
    assert [(one["type"], one["value"], one["uom"]) for one in times] == [("Time", 0.0, "MIN")] * 2
    assert [one["bizRules"][-8:] for one in times] == ["-150%20C", "-120%20C"]
    assert event["eventTime"] == until
    assert event["epcList"] == ["https://id.example.org/batch/B1", "https://id.example.org/shipper/DS-1"]


def test_an_excursion_is_an_alarm_with_its_minutes(received: Plant) -> None:
    signed(received, file(received, {9: -140.0, 10: -110.0, 11: -140.0}))
    ((element,),) = [one["sensorElementList"] for one in events(received)]
    temperature, above, far_above = element["sensorReport"]
    assert (temperature["maxValue"], temperature["exception"]) == (-110.0, "ALARM_CONDITION")
    assert (above["value"], above["exception"]) == (40.0, "ALARM_CONDITION")
    assert (far_above["value"], far_above["exception"]) == (20.0, "ALARM_CONDITION")


def test_a_file_that_does_not_tell_is_an_error_and_no_figure(received: Plant) -> None:
    view = signed(received, file(received, left_out=(5, 6, 7, 8, 9, 10)))
    assert view.unknown
    ((element,),) = [one["sensorElementList"] for one in events(received)]
    assert element["sensorReport"] == [{"type": "Temperature", "exception": "ERROR_CONDITION"}]
