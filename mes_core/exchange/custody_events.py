"""Steps of custody as EPCIS 2.0 events, with the temperature that was found as a sensor reading."""

from collections.abc import Callable, Sequence
from typing import Any

from mes_core.messages.journeys import CustodyStep, CustodyView

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


def _event(step: CustodyView, batch: str, names: Callable[[str, str], str]) -> dict[str, Any]:
    custody = step.custody
    at = custody.at.isoformat().replace("+00:00", "Z")
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
