"""EPCIS 2.0: chain of custody of a batch as events, in JSON-LD.

Only what has happened is an event: a delivery that is planned is none.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import quote

from mes_core.exchange.custody_events import custody_events, logger_events
from mes_core.messages import BatchRecord
from mes_core.messages.journeys import CustodyStep, CustodyView
from mes_core.messages.logger_files import LoggerFileView
from mes_core.messages.views import BatchView

_UNITS: Mapping[str, str] = {
    "mL": "MLT",
    "ml": "MLT",
    "L": "LTR",
    "l": "LTR",
    "g": "GRM",
    "mg": "MGM",
    "kg": "KGM",
    **dict.fromkeys(("uL", "ul", "µL", "μL"), "4G"),
    "dL": "DLT",
}
"""Units by their code in UN/CEFACT Recommendation 20; a quantity in another unit is left out, its lot is not."""


def export(
    record: BatchRecord,
    view: BatchView,
    base: str,
    zone: tzinfo,
    custody: Sequence[CustodyView] = (),
    loggers: Sequence[LoggerFileView] = (),
) -> bytes:
    """Events of a batch, in their order of time; the same batch gives the same bytes.

    Args:
        record: the batch record.
        view: disposition and shipment of the batch.
        base: address below which things of this plant are named, such as `https://id.example.org`.
        zone: the plant's: `eventTimeZoneOffset` says what its clock showed.
        custody: steps of custody on its way; packed and shipped it is when it was picked up.
        loggers: what its loggers measured, the newest file last.
    """
    names = _Names(base.rstrip("/"))
    left = next((one.custody.at for one in custody if one.custody.step is CustodyStep.PICKED_UP), None)
    batch = names("batch", record.batch_id)
    on_the_way = custody_events(custody, batch, names) + logger_events(loggers, batch, names)
    found = _events(record, view, names, left) + on_the_way
    events = sorted(found, key=lambda one: (one["eventTime"], one["bizStep"], one["type"]))
    for event in events:
        at = event["eventTime"]
        event |= {"eventTime": at.isoformat().replace("+00:00", "Z"), "eventTimeZoneOffset": "+00:00"}
        # An event is the same one wherever its clock stands.
        content = json.dumps(event, sort_keys=True, separators=(",", ":"))
        event["eventID"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"
        event["eventTimeZoneOffset"] = _offset(at, zone)
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": events[-1]["eventTime"] if events else "1970-01-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    return (json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


class _Names:
    def __init__(self, base: str) -> None:
        self._base = base

    def __call__(self, kind: str, number: str) -> str:
        return f"{self._base}/{kind}/{quote(number, safe='')}"


def _event(kind: str, time: Any, step: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "eventTime": time, "bizStep": step, **more}


def _offset(at: datetime, zone: tzinfo) -> str:
    minutes = round((at.astimezone(zone).utcoffset() or timedelta()).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _events(record: BatchRecord, view: BatchView, names: _Names, left: datetime | None) -> list[dict[str, Any]]:
    batch = names("batch", record.batch_id)
    donation = names("donation", record.donation_number) if record.donation_number else None
    found: list[dict[str, Any]] = []
    if record.apheresis_at and donation:
        found.append(_event("ObjectEvent", record.apheresis_at, "collecting", action="ADD", epcList=[donation]))
    if record.manufactured_at:
        lots: dict[str, Any] = {}
        inputs: dict[str, Any] = {"inputEPCList": [donation]} if donation else {}
        for one in record.materials:
            element: dict[str, Any] = {"epcClass": names("lot", f"{one.material_id}.{one.lot}")}
            if one.quantity is not None and one.unit in _UNITS:
                element |= {"quantity": one.quantity, "uom": _UNITS[one.unit]}
            lots[json.dumps(element, sort_keys=True)] = element
        inputs |= {"inputQuantityList": list(lots.values())} if lots else {}
        made = {"outputEPCList": [batch], "disposition": "in_progress"}
        found.append(_event("TransformationEvent", record.manufactured_at, "commissioning", **inputs, **made))
    for sample in record.samples:
        if sample.taken_at:
            taken = [names("sample", sample.sample_id)]
            found.append(_event("ObjectEvent", sample.taken_at, "sampling", action="ADD", epcList=taken))
    return found + _after(view, batch, names, left)


def _after(view: BatchView, batch: str, names: _Names, left: datetime | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if view.disposition is not None:
        words = {"released": "conformant", "conditionally_released": "reserved"}
        words |= {"out_of_specification": "non_conformant", "rejected": "non_conformant", "held": "unavailable"}
        judged = {"action": "OBSERVE", "epcList": [batch], "disposition": words[view.disposition.disposition.value]}
        found.append(_event("ObjectEvent", view.disposition.signed_at, "inspecting", **judged))
    if view.shipment is not None and left is not None:  # what is booked may still be otherwise
        shipper = names("shipper", view.shipment.shipper_id)
        packed = {"action": "ADD", "parentID": shipper, "childEPCs": [batch]}
        found.append(_event("AggregationEvent", left, "packing", **packed))
        booking = {"type": "desadv", "bizTransaction": names("booking", view.shipment.booking_reference)}
        sent = {"action": "OBSERVE", "epcList": [shipper, batch], "disposition": "in_transit"}
        found.append(_event("ObjectEvent", left, "shipping", **sent, bizTransactionList=[booking]))
    return found
