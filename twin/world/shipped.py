"""What the plant holds of a batch that has left and arrived: release, way, packing, custody, receipt, filings.

The shape is that in which the MES gives it to the rules on shipping and filing.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from twin.world.chance import seeded
from twin.world.clock import iso

Row = dict[str, Any]

_DEPLETION_DAYS, _CHECK_H, _MARGIN_H = 3, 4, 24


def shipped(record: Row, now: datetime) -> Row:
    """Facts of a clean shipment: released at `now`, on its way a day later, received in time, reported where due."""
    rng = seeded("shipped", record["batch_id"], record["donation_number"])
    pickup = now + timedelta(hours=rng.randint(18, 30))
    delivery = pickup + timedelta(hours=rng.randint(8, 40))
    receipt = delivery + timedelta(minutes=rng.randint(20, 90))
    infusion = datetime.fromisoformat(f"{record['infusion_planned_on']}T04:00:00+00:00")
    latest = infusion - timedelta(days=_DEPLETION_DAYS, hours=_CHECK_H)
    record_hash = f"{rng.getrandbits(256):064x}"
    seal = f"SEAL-{rng.randrange(100_000, 1_000_000)}"
    shipment = _shipment(record, pickup, delivery, rng)
    return {
        "now": iso(receipt + timedelta(hours=2)),
        "record_hash": record_hash,
        "disposition": _disposition(now, record_hash, rng),
        "holds": _holds(record, now),
        "shipment": shipment,
        "way": _way(shipment, latest, rng),
        "packing": _packing(record, shipment, pickup, seal, rng),
        "custody": _custody(pickup, delivery, rng),
        "receipts": [_receipt(record, receipt, seal, rng)],
        "filings": _filings(record, receipt),
        "events": [_event(record, receipt)],
        "retention": {"traceability_until": _years_later(record["expires_at"], 30)},
    }


def _shipment(record: Row, pickup: datetime, delivery: datetime, rng: Random) -> Row:
    return {
        "batch_id": record["batch_id"],
        "slot_id": f"SL-{rng.randrange(1000, 10_000)}",
        "booking_reference": f"CR-{rng.randrange(10_000, 100_000)}",
        "erp_posting": f"PO-{rng.randrange(10_000, 100_000)}",
        "shipper_id": f"DS-{rng.randrange(401, 425)}",
        "pickup_at": iso(pickup),
        "delivery_at": iso(delivery),
        "left_at": iso(pickup + timedelta(minutes=rng.randint(1, 25))),
    }


def _disposition(now: datetime, record_hash: str, rng: Random) -> Row:
    return {
        "disposition": "released",
        "meaning": "I certify this batch.",
        "printed_name": "Ada Berg",
        "signed_by": "qp.berg",
        "account_kind": "person",
        "signed_at": iso(now + timedelta(minutes=rng.randint(5, 300))),
        "record_hash": record_hash,
    }


def _holds(record: Row, now: datetime) -> list[Row]:
    """A hold from before the release, lifted."""
    opened, lifted = iso(now - timedelta(hours=30)), iso(now - timedelta(hours=3))
    return [{"hold_id": f"H-{record['batch_id']}-1", "opened_at": opened, "lifted_at": lifted}]


def _way(shipment: Row, latest: datetime, rng: Random) -> Row:
    return {
        "assessment_id": f"{shipment['batch_id']}:assessment:-:1",
        "way_id": shipment["slot_id"],
        "pickup_at": shipment["pickup_at"],
        "delivery_at": shipment["delivery_at"],
        "probability": round(rng.uniform(99.55, 99.95), 2),
        "threshold": 99.5,
        "decided_by": None,
        "never": "",
        "gate_at": iso(latest + timedelta(hours=_CHECK_H)),
        "latest_receipt_at": iso(latest),
        "hold_left_h": round(rng.uniform(60, 140), 1),
        "hold_margin_h": float(_MARGIN_H),
    }


def _packing(record: Row, shipment: Row, pickup: datetime, seal: str, rng: Random) -> Row:
    packed = pickup - timedelta(minutes=rng.randint(40, 200))
    dry = round(rng.uniform(10.9, 11.5), 2)
    return {
        "shipper": shipment["shipper_id"],
        "seal": seal,
        "logger": f"TL-{rng.randrange(701, 725)}",
        "dry_kg": dry,
        "charged_kg": round(dry + rng.uniform(7.9, 8.4), 2),
        "charged_at": iso(packed - timedelta(hours=rng.randint(3, 9))),
        "packed_at": iso(packed),
        "out_of_storage_at": iso(packed - timedelta(minutes=rng.randint(3, 11))),
        "batch_on_label": record["batch_id"],
        "patient_on_label": record["patient_code"],
        "chain_of_identity": record["donation_number"],
        "free_liquid": "no",
        "packed_by": "log.meyer",
        "confirmed_by": "log.osei",
        "shipper_qualified_until": (pickup.date() + timedelta(days=rng.randint(40, 200))).isoformat(),
        "logger_calibrated_until": (pickup.date() + timedelta(days=rng.randint(40, 300))).isoformat(),
    }


def _custody(pickup: datetime, delivery: datetime, rng: Random) -> list[Row]:
    half = pickup + (delivery - pickup) / 2
    steps = (("picked_up", pickup, "Plant"), ("in_transit", half, "Hub"), ("delivered", delivery, "Treatment centre"))
    return [
        {
            "number": number,
            "step": step,
            "at": iso(at),
            "place": place,
            "temperature_c": round(rng.uniform(-194, -182), 1),
        }
        for number, (step, at, place) in enumerate(steps, start=1)
    ]


def _receipt(record: Row, at: datetime, seal: str, rng: Random) -> Row:
    return {
        "number": 4,
        "open_holds": "",
        "at": iso(at),
        "by": "coordinator",
        "identifier": record["batch_id"],
        "seal": seal,
        "temperature_c": round(rng.uniform(-193, -180), 1),
    }


def _filings(record: Row, receipt: datetime) -> list[Row]:
    """One that was due and is accepted, and those that look as if they applied, each with its reason."""
    empty = dict.fromkeys(("submitted_at", "accepted_at", "acknowledgement", "document_sha256", "due_at", "clock_id"))
    batch = record["batch_id"]
    done = {
        "submitted_at": iso(receipt),
        "accepted_at": iso(receipt + timedelta(minutes=40)),
        "acknowledgement": "ACK-1",
    }
    no = {"status": "not_applicable"}
    return [
        {**empty, "filing_id": f"{batch}-1", "form": "Form FDA 3486", "clause": "21 CFR 600.14", "status": "accepted"}
        | {"why": "", "clock_id": "US-BPD", "due_at": iso(receipt + timedelta(days=40)), **done},
        {**empty, "filing_id": f"{batch}-2", "form": "Tissue report", "clause": "21 CFR 1271.350", **no}
        | {"why": "21 CFR 1271.330: cells licensed under section 351 are left out."},
        {**empty, "filing_id": f"{batch}-3", "form": "Lot distribution report", "clause": "21 CFR 600.81", **no}
        | {"why": "One report for each licence and six months."},
        {**empty, "filing_id": f"{batch}-4", "form": "Release register entry", "clause": "EU GMP Part IV, 11", **no}
        | {"why": "The register is the plant's own; nothing is filed."},
    ]


def _event(record: Row, receipt: datetime) -> Row:
    """A deviation of the batch that FDA has to hear of, and has heard of."""
    yes = dict.fromkeys(("distributed", "may_affect_safety", "under_control"), "yes")
    return {
        "event_id": f"EV-{record['batch_id']}",
        "kind": "deviation",
        "aware_at": iso(receipt),
        "due_at": iso(receipt + timedelta(days=40)),
        "reported_at": iso(receipt + timedelta(minutes=40)),
        **yes,
    }


def _years_later(text: str, years: int) -> str:
    """A day as many years after a time; 29 February becomes 1 March."""
    day = datetime.fromisoformat(text).date()
    leap = (day.month, day.day) == (2, 29)
    return (day.replace(month=3, day=1) if leap else day).replace(year=day.year + years).isoformat()
