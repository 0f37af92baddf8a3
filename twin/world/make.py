"""The pretend world of a run: batches, the rows that LIMS, ERP and courier show, and what was planted in them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from twin.defects import DEMO_OPERATORS, Bundle, NotApplicableError, PlantedDefect, mutate
from twin.model import TwinError
from twin.world.chance import seeded
from twin.world.clean import make_clean_bundles
from twin.world.courier import courier_slots
from twin.world.supply import Supply

Row = dict[str, Any]

_GIVEN = ("Ada", "Bram", "Clara", "Dario", "Edith", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Lars", "Mina")
_FAMILY = ("Abelson", "Bertrand", "Castell", "Dorfman", "Elling", "Fontane", "Grieve", "Holm", "Ivory", "Jansen")


@dataclass(frozen=True)
class World:
    """Everything that a run starts from. Tables are lists of rows whose cells are text.

    `truth` names, for each batch with something planted, what it was; batches that are not in it are clean. It must
    not reach the systems under test.
    """

    now: datetime
    seed: int
    records: list[Row]
    lims_samples: list[Row]
    lims_results: list[Row]
    erp_stock: list[Row]
    erp_consumption: list[Row]
    courier_slots: list[Row]
    patients: list[Row]
    truth: dict[str, list[PlantedDefect]] = field(default_factory=dict)


def make_world(*, seed: int, batches: int, defect_rate: float, now: datetime, biology_failures: bool = False) -> World:
    """A world of `batches` batches that are ready for review at `now`.

    Each batch is defective with probability `defect_rate` (0 to 1), drawn by its number. With `biology_failures` the
    cells may also miss the specification, which then stands in `truth` under the operator "out_of_specification".
    The same arguments give the same world. Raises `TwinError` for a rate outside 0 to 1, a negative number of batches
    or a time without a zone.
    """
    if not 0.0 <= defect_rate <= 1.0:
        raise TwinError(f"A defect rate of {defect_rate} is not a probability: give a number from 0 to 1.")
    clean = make_clean_bundles(batches, seed, now=now, biology_failures=biology_failures)
    bundles: list[Bundle] = []
    truth: dict[str, list[PlantedDefect]] = {}
    for number, bundle in enumerate(clean, start=1):
        planted = _biology(bundle) if biology_failures else []
        rng = np.random.default_rng([seed & 0xFFFFFFFF, number, 29])
        if rng.random() < defect_rate:
            bundle, more = _damage(bundle, rng)
            planted += more
        if planted:
            truth[bundle.batch_id] = planted
        bundles.append(bundle)
    return World(
        now=now,
        seed=seed,
        records=[bundle.record for bundle in bundles],
        lims_samples=[row for bundle in bundles for row in bundle.lims_samples],
        lims_results=[row for bundle in bundles for row in bundle.lims_results],
        erp_stock=_stock(bundles, Supply(seed), now),
        erp_consumption=[row for bundle in bundles for row in bundle.erp_consumption],
        courier_slots=courier_slots(seed, now),
        patients=[_patient(seed, number, bundle) for number, bundle in enumerate(clean, start=1)],
        truth=truth,
    )


def _damage(bundle: Bundle, rng: np.random.Generator) -> tuple[Bundle, list[PlantedDefect]]:
    """One defect, or two in one batch out of six; an operator that does not fit this batch is drawn again."""
    planted: list[PlantedDefect] = []
    wanted = 2 if rng.random() < 1 / 6 else 1
    for place in rng.permutation(len(DEMO_OPERATORS)):
        try:
            bundle, defect = mutate(bundle, DEMO_OPERATORS[place], rng)
        except NotApplicableError:
            continue
        planted.append(defect)
        if len(planted) == wanted:
            break
    return bundle, planted


def _biology(bundle: Bundle) -> list[PlantedDefect]:
    """Results and readings out of their limits because the cells did badly; nothing was falsified."""
    found = []
    for row in bundle.lims_results:
        limits = (_number(row["lower"]), _number(row["upper"]))
        if _outside(_number(row["result"]), *limits):
            what = f"{row['test']} is {row['result']} {row['unit']}"
            found.append((what, f"lims.results/{row['result_id']}/result", "21 CFR 211.165(f)"))
    for one in bundle.record["parameters"]:
        if _outside(one["value"], one["low"], one["high"]):
            what = f"{one['name']} is {one['text']} {one['unit']}"
            found.append((what, f"parameters/{one['name']}/value", "21 CFR 211.110(b)"))
    return [
        PlantedDefect("out_of_specification", True, clause, f"{what}: the cells did not do what they should.", (path,))
        for what, path, clause in found
    ]


def _number(text: str) -> float | None:
    try:
        return float(text.removeprefix("< "))
    except ValueError:
        return None


def _outside(value: float | None, low: float | None, high: float | None) -> bool:
    return value is not None and ((low is not None and value < low) or (high is not None and value > high))


def _stock(bundles: list[Bundle], supply: Supply, now: datetime) -> list[Row]:
    """One row for each material and lot, sorted; raises `TwinError` when two batches tell two stories of one lot."""
    rows: dict[tuple[str, str], Row] = {}
    for row in [*(row for bundle in bundles for row in bundle.erp_stock), *supply.coming(now.date())]:
        known = rows.setdefault((row["material"], row["lot"]), row)
        if (known["expires_on"], known["status"]) != (row["expires_on"], row["status"]):
            lot = f"Lot {row['lot']} of {row['material']}"
            raise TwinError(f"{lot} has two expiry dates or states: a defect must use a lot of its own.")
    return [rows[key] for key in sorted(rows)]


def _patient(seed: int, number: int, bundle: Bundle) -> Row:
    rng = seeded("patient", seed, number)
    day = date(1946, 1, 1) + timedelta(days=rng.randrange(20_000))
    return {
        "patient_code": bundle.record["patient_code"],
        "name": f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}",
        "birth_date": day.isoformat(),
        "batch": bundle.batch_id,
    }
