"""Steps of custody as EPCIS 2.0 events, with the temperature that was found as a sensor reading."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mes_core.messages.journeys import CustodyStep, CustodyView
from mes_core.messages.logger_files import LoggerFileView

_Naming = Callable[[str, str], str]
_STEPS = {
    CustodyStep.PICKED_UP: ("departing", "in_transit"),
    CustodyStep.IN_TRANSIT: ("transporting", "in_transit"),
    CustodyStep.EXPORT_CLEARED: ("inspecting", "in_transit"),
    CustodyStep.IMPORT_CLEARED: ("inspecting", "in_transit"),
    CustodyStep.DELIVERED: ("arriving", "in_transit"),
    CustodyStep.RECEIVED: ("receiving", "in_progress"),
}
"""Business step and disposition of what happens to the product; what a centre plans or says is no event of it."""


def custody_events(steps: Sequence[CustodyView], batch: str, names: Callable[[str, str], str]) -> list[dict[str, Any]]:
    """Events of a batch on its way, in the order in which they were noted.

    Args:
        steps: what was noted of its custody.
        batch: the name of the batch as an EPC.
        names: makes the name of a thing from its kind and number.
    """
    return [_event(one, batch, names) for one in steps if one.custody.step in _STEPS]


def logger_events(
    files: Sequence[LoggerFileView], batch: str, names: Callable[[str, str], str]
) -> list[dict[str, Any]]:
    """What the loggers of a journey measured, each file as one event at its end; the newest of each logger counts.

    A file that does not tell how warm it was is an event with an error and no figure.

    Args:
        files: what was read out, the newest last.
        batch: the name of the batch as an EPC.
        names: makes the name of a thing from its kind and number.
    """
    newest = {(one.logger, one.since, one.until): one for one in files}
    return [_measured(one, batch, names) for one in newest.values()]


def _measured(file: LoggerFileView, batch: str, names: Callable[[str, str], str]) -> dict[str, Any]:
    device = names("logger", file.logger)
    over = {"exception": "ALARM_CONDITION"} if file.over else {}
    if file.coldest_c is None or file.warmest_c is None:
        reports: list[dict[str, Any]] = [{"type": "Temperature", "exception": "ERROR_CONDITION"}]
    else:
        reports = [
            {"type": "Temperature", "minValue": file.coldest_c, "maxValue": file.warmest_c, "uom": "CEL", **over}
        ]
        for limit in sorted(file.minutes_above, key=float):
            alarm = {"exception": "ALARM_CONDITION"} if limit in file.over else {}
            about = {"value": file.minutes_above[limit], "uom": "MIN", "bizRules": names("limit", f"{limit} C")}
            reports.append({"type": "Time", **about, **alarm})
    metadata = {
        "startTime": _utc(file.since),
        "endTime": _utc(file.until),
        "deviceID": device,
        "rawData": f"urn:sha256:{file.sha256}",
    }
    return {
        "type": "ObjectEvent",
        "eventTime": file.until,
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "epcList": [batch, names("shipper", file.shipper)],
        "sensorElementList": [{"sensorMetadata": metadata, "sensorReport": reports}],
    }


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _event(step: CustodyView, batch: str, names: Callable[[str, str], str]) -> dict[str, Any]:
    custody = step.custody
    at = _utc(custody.at)
    business, disposition = _STEPS[custody.step]
    made: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": custody.at,
        "action": "OBSERVE",
        "bizStep": business,
        "disposition": disposition,
        "epcList": [batch],
        "readPoint": {"id": names("place", custody.place)},
    }
    if custody.temperature_c is not None:
        report = {"type": "Temperature", "value": custody.temperature_c, "uom": "CEL"}
        made["sensorElementList"] = [{"sensorMetadata": {"time": at}, "sensorReport": [report]}]
    return made
