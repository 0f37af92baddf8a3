"""The chain of identity of one batch: labels as read back, hand-overs, the order, donor tests and the transport in."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from twin.model.importers import IMPORTING, importer
from twin.world import catalogue as cat
from twin.world.clock import iso

Row = dict[str, Any]

AUTOLOGOUS = "For autologous use only"
_LABELS: tuple[tuple[str, str, str, bool], ...] = (
    ("apheresis", "Apheresis bag", "S020", False),
    ("reactor", "Bioreactor bag", "S080", False),
    ("bag-1", "Bag 1", "S370", True),
    ("bag-2", "Bag 2", "S370", True),
)
"""Name, container, step in which it was read back, and whether it is the label of a final container."""


def chain_of_identity(record: Row, now: datetime, rng: Random) -> Row:
    """Lists of the record that say whose cells they are, from the apheresis label to the store."""
    steps = {step["step_id"]: step for step in record["steps"]}
    return {
        "labels": _labels(record, steps),
        "handovers": _handovers(record, steps),
        "orders": [_order(record, now, rng)],
        "donor_tests": _donor_tests(record, rng),
        "transports": [_transport(record, steps["S010"], rng)],
        "importers": [_importer(record, now, market, rng) for market in record["markets"] if market in IMPORTING],
    }


def _whose(record: Row) -> Row:
    return {"patient_code": record["patient_code"], "donation_number": record["donation_number"]}


def _labels(record: Row, steps: dict[str, Row]) -> list[Row]:
    return [
        {
            "label_id": f"L-{record['batch_id'][3:]}-{name}",
            "container": container,
            "step_id": step,
            **_whose(record),
            "batch_id": None if name == "apheresis" else record["batch_id"],
            "product_code": record["product_code"] if final else None,
            "expires_at": record["expires_at"] if final else None,
            "statements": [AUTOLOGOUS],
            "read_at": _within(steps[step], 0.6),
            "read_by": steps[step]["performer"],
            "checked_by": steps[step]["checker"],
        }
        for name, container, step, final in _LABELS
    ]


def _handovers(record: Row, steps: dict[str, Row]) -> list[Row]:
    made = []
    for place, (occasion, step) in enumerate(cat.HANDOVERS, start=1):
        at = record["apheresis_at"] if step is None else _within(steps[step], 0.2)
        given = "collection centre" if step is None else steps[step]["performer"]
        received = "courier" if step is None else steps[step]["checker"]
        made.append(
            {
                "handover_id": f"H-{record['batch_id'][3:]}-{place:02d}",
                "occasion": occasion,
                "step_id": step,
                "at": at,
                "given_by": given,
                "received_by": received,
                **_whose(record),
                "result": "Match",
            }
        )
    return made


def _order(record: Row, now: datetime, rng: Random) -> Row:
    weight = next(one["value"] for one in record["parameters"] if one["name"] == "patient_weight")
    collected = datetime.fromisoformat(record["apheresis_at"])
    ordered = collected - timedelta(days=rng.randint(6, 15), hours=rng.randint(1, 8))
    return {
        "order_id": f"ORD-{record['batch_id'][3:]}",
        "patient_code": record["patient_code"],
        "product_code": record["product_code"],
        "indication": record["indication"],
        "weight_kg": round(weight + rng.gauss(0, 0.3), 1),
        "weighed_on": (collected - timedelta(days=rng.randint(1, 4))).date().isoformat(),
        "ordered_by": f"dr.{rng.choice(('alvarez', 'bianchi', 'carlsen', 'dupont', 'evans'))}",
        "ordered_at": iso(ordered),
        "fit": "Yes",
        "fit_confirmed_by": f"dr.{rng.choice(('falk', 'garnier', 'hassan'))}",
        "fit_confirmed_at": iso(now - timedelta(hours=rng.randint(14, 40))),
    }


def _donor_tests(record: Row, rng: Random) -> list[Row]:
    sampled = iso(datetime.fromisoformat(record["apheresis_at"]) - timedelta(hours=rng.randint(2, 90)))
    return [
        {
            "test_id": f"D-{record['batch_id'][3:]}-{place}",
            "test": test,
            "result": "Nonreactive",
            "sampled_at": sampled,
            "laboratory": "Donor laboratory Northfield",
        }
        for place, test in enumerate(cat.DONOR_TESTS, start=1)
    ]


def _transport(record: Row, receipt: Row, rng: Random) -> Row:
    packed = datetime.fromisoformat(record["apheresis_at"]) + timedelta(minutes=rng.randint(5, 15))
    shipper = next(one for one in record["equipment"] if one["equipment_id"].startswith("EQ-SHIP"))
    seal = f"SEAL-{rng.randrange(100_000, 1_000_000)}"
    day = date.fromisoformat(record["apheresis_at"][:10])
    return {
        "transport_id": f"T-{record['batch_id'][3:]}",
        "leg": "Apheresis to plant",
        "shipper_id": shipper["equipment_id"],
        "shipper_qualified_until": shipper["calibration_due"],
        "logger_id": f"LOG-{rng.randrange(1000, 10_000)}",
        "logger_calibration_due": (day + timedelta(days=rng.randint(40, 330))).isoformat(),
        "seal_sent": seal,
        "seal_received": seal,
        "packed_at": iso(packed),
        "received_at": _within(receipt, 0.1),
        "received_by": receipt["performer"],
        "minutes_outside": 0.0,
        "assessment": None,
    }


def _importer(record: Row, now: datetime, market: str, rng: Random) -> Row:
    """The importer confirmed between the end of manufacture and now; the licence has months to go."""
    made = datetime.fromisoformat(record["manufactured_at"])
    confirmed = made + (now - made) * rng.uniform(0.5, 0.95)
    until = now.date() + timedelta(days=rng.randint(40, 1500))
    return importer(market, confirmed_at=iso(confirmed.replace(microsecond=0)), licence_valid_until=until.isoformat())


def _within(step: Row, share: float) -> str:
    """A time within a step, so much of it after its start."""
    start, end = (datetime.fromisoformat(step[name]) for name in ("started_at", "ended_at"))
    return iso(start + (end - start) * share)
