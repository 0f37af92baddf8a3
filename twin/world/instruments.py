"""Files of the plant's instruments for some batches: results as the MES holds them once it has taken a file in."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from twin.world.chance import seeded

Row = dict[str, Any]
_SHARE = 0.5
"""Of the batches: the other instruments print on paper."""
_COUNTER, _ANALYSER = "EQ-COUNT", "EQ-BGA"
_RUNS: tuple[tuple[str, str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "In-process day 5",
        "S205",
        _COUNTER,
        (
            ("viability (cell counter)", "viability_pct_d05", "%"),
            ("viable cell density (cell counter)", "viable_density_d05", "10^6 cells/mL"),
        ),
    ),
    (
        "In-process day 5",
        "S205",
        _ANALYSER,
        (
            ("pH", "ph_d05", "pH"),
            ("glucose molar concentration", "glucose_d05", "mmol/L"),
            ("lactate molar concentration", "lactate_d05", "mmol/L"),
        ),
    ),
    ("Harvest", "S330", _COUNTER, (("viability (cell counter)", "harvest_viability_pct", "%"),)),
)
"""Sample, the step in which it was measured, instrument, and what it measured: quantity, parameter, unit."""


def instrument_results(record: Row) -> list[Row]:
    """The results of the files of one batch, in the words of the Allotrope Simple Model; nothing for half of them.

    Each value is the one that the operator wrote into the record, measured between the sample and the end of the step.
    """
    rng = seeded("instruments", record["batch_id"], record["donation_number"])
    if rng.random() >= _SHARE:
        return []
    rows: list[Row] = []
    for number, (purpose, step_id, instrument, quantities) in enumerate(_RUNS, start=1):
        run = _run(record, purpose, step_id, instrument, rng)
        run["file"] = f"{record['batch_id']}-run-{number}.json"
        run["file_sha256"] = f"{rng.getrandbits(256):064x}"
        texts = {one["name"]: one["text"] for one in record["parameters"]}
        for place, (test, parameter, unit) in enumerate(quantities, start=1):
            rows.append(
                {"row": len(rows) + 1, **run, "test": test, "result": texts[parameter], "unit": unit, "place": place}
            )
    return rows


def _run(record: Row, purpose: str, step_id: str, instrument: str, rng: Random) -> Row:
    sample = next(one for one in record["samples"] if one["purpose"] == purpose)
    step = next(one for one in record["steps"] if one["step_id"] == step_id)
    taken, ended = (datetime.fromisoformat(text) for text in (sample["taken_at"], step["ended_at"]))
    measured = taken + (ended - taken) * rng.uniform(0.2, 0.8)
    return {
        "batch": record["batch_id"],
        "sample_id": sample["sample_id"],
        "measured_at": (measured - timedelta(microseconds=measured.microsecond)).isoformat(),
        "analyst": step["performer"],
        "device": next(one for one in step["equipment_ids"] if one.startswith(instrument)),
        "about": "",
        "error": "",
    }
