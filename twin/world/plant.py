"""What the plant keeps beside the record: methods, qualifications, logs, clearances, certificates, the store."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from twin.world import catalogue as cat
from twin.world.clock import iso
from twin.world.laboratory import method_id

Row = dict[str, Any]

_KINDS = ("training", "gowning", "aseptic process simulation")
VECTOR = "MAT-1010"
_MEASUREMENTS = frozenset(one.step_id for one in cat.STEPS if one.operation == "Daily control")


def plant_facts(record: Row, rng: Random) -> Row:
    """Lists of the record that say whether people, equipment, methods and the store were fit for the batch."""
    steps = {step["step_id"]: step for step in record["steps"]}
    return {
        "certificates": [_certificate(record)],
        "methods": _methods(record, rng),
        "investigations": [],
        "qualifications": _qualifications(record, rng),
        "equipment_log": _equipment_log(record, rng),
        "clearances": _clearances(record, steps, rng),
        "storage_moves": _storage_moves(record, steps["S400"], rng),
        "storage_alarms": _storage_alarms(record, steps["S400"], rng),
    }


def _certificate(record: Row) -> Row:
    """The maker's release of the vector's lot; its day follows from the lot alone, since batches share lots."""
    plan = next(one for one in cat.MATERIALS if one.material_id == VECTOR)
    use = next(one for one in record["materials"] if one["material_id"] == VECTOR)
    received = date.fromisoformat(use["expires_on"]) - timedelta(days=plan.life_days)
    return {
        "certificate_id": f"COA-{use['lot']}",
        "material_id": VECTOR,
        "lot": use["lot"],
        "released_on": (received - timedelta(days=12)).isoformat(),
        "released_by": "qa.vector.stein",
        "replication_competent_virus": "Negative",
    }


def _methods(record: Row, rng: Random) -> list[Row]:
    day = date.fromisoformat(record["manufactured_at"][:10])
    return [
        {
            "method_id": method_id(plan),
            "test": plan.test,
            "kind": plan.method,
            "validated_on": (day - timedelta(days=rng.randint(90, 700))).isoformat(),
            "valid_until": (day + timedelta(days=rng.randint(60, 500))).isoformat(),
            "qualification": f"VR-{method_id(plan)[4:]}-2" if plan.method == "rapid" else None,
        }
        for plan in cat.TESTS
    ]


def _qualifications(record: Row, rng: Random) -> list[Row]:
    first, last = (date.fromisoformat(record["steps"][place]["started_at"][:10]) for place in (0, -1))
    return [
        {
            "qualification_id": f"Q-{one['account']}-{kind.partition(' ')[0]}",
            "account": one["account"],
            "kind": kind,
            "scope": record["master_record"],
            "valid_from": (first - timedelta(days=rng.randint(5, 300))).isoformat(),
            "valid_until": (last + timedelta(days=rng.randint(5, 180))).isoformat(),
        }
        for one in record["signatories"]
        for kind in _KINDS
    ]


def _equipment_log(record: Row, rng: Random) -> list[Row]:
    """For each piece of equipment the cleaning before its use, and the use."""
    made: list[Row] = []
    for place, one in enumerate(record["equipment"], start=1):
        used = datetime.fromisoformat(one["used_from"])
        cleaned = used - timedelta(hours=rng.uniform(2, 9))
        done, checked = rng.choice(cat.OPERATORS), rng.choice(cat.CHECKERS)
        entry = {"equipment_id": one["equipment_id"], "done_by": done, "checked_by": checked}
        times: Row = {"started_at": iso(cleaned - timedelta(minutes=40)), "ended_at": iso(cleaned)}
        until = {"clean_until": iso(cleaned + timedelta(hours=rng.choice((24, 36, 48))))}
        number = f"E-{record['batch_id'][3:]}-{place:02d}"
        made.append({"entry_id": f"{number}c", "activity": "cleaning", "batch_id": None, **entry, **times, **until})
        times = {"started_at": one["used_from"], "ended_at": one["used_to"], "clean_until": None}
        made.append({"entry_id": f"{number}u", "activity": "use", "batch_id": record["batch_id"], **entry, **times})
    return made


def _clearances(record: Row, steps: dict[str, Row], rng: Random) -> list[Row]:
    return [
        {
            "clearance_id": f"C-{record['batch_id'][3:]}-{step}",
            "step_id": step,
            "cleared_at": iso(
                datetime.fromisoformat(steps[step]["started_at"]) - timedelta(seconds=_before(step, rng))
            ),
            "cleared_by": steps[step]["performer"],
            "checked_by": steps[step]["checker"],
            "result": "Pass",
        }
        for step in cat.CLEARED_STEPS
    ]


def _before(step: str, rng: Random) -> int:
    """Seconds from a clearance to its step; before a daily measurement the check is short and always the same."""
    return 90 if step in _MEASUREMENTS else rng.randint(50, 150)


def _storage_moves(record: Row, storing: Row, rng: Random) -> list[Row]:
    """The bags on their way from the freezer into the store, and now and then an inventory."""
    made: list[Row] = []
    begun = datetime.fromisoformat(storing["started_at"])
    for bag in ("Bag 1", "Bag 2"):
        moves = [("Transfer into the store", begun + timedelta(minutes=4), rng.uniform(1.2, 3.4))]
        if rng.random() < 0.2:
            moves.append(("Inventory", begun + timedelta(hours=rng.randint(20, 60)), rng.uniform(0.5, 2.0)))
        for reason, left, minutes in moves:
            made.append(
                {
                    "move_id": f"MV-{record['batch_id'][3:]}-{len(made) + 1}",
                    "container": bag,
                    "left_at": iso(left),
                    "returned_at": iso(left + timedelta(minutes=minutes)),
                    "reason": reason,
                    "done_by": storing["performer"],
                }
            )
    return made


def _storage_alarms(record: Row, storing: Row, rng: Random) -> list[Row]:
    """One batch in seven sees a short alarm of its store, seen to and assessed."""
    if rng.random() > 1 / 7:
        return []
    begun = datetime.fromisoformat(storing["ended_at"]) + timedelta(hours=rng.randint(4, 70))
    return [
        {
            "alarm_id": f"AL-{record['batch_id'][3:]}",
            "equipment_id": next(
                e["equipment_id"] for e in record["equipment"] if e["equipment_id"].startswith("EQ-LN2")
            ),
            "started_at": iso(begun),
            "ended_at": iso(begun + timedelta(minutes=rng.randint(2, 14))),
            "peak": round(rng.uniform(-166, -152), 1),
            "acknowledged_by": rng.choice(cat.CHECKERS),
            "assessment": "Lid open during filling; the bags stayed below their limit.",
        }
    ]
