"""The cells of each batch: drawn, grown by the process model, and read at the end as what the laboratory will find."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.model import DONOR_FIELDS, Culture, TwinError, draw_donor, grow, stack_donors, standard_plan
from twin.model.culture import DEAD, EFFECTOR, GLUCOSE, LACTATE, TRANSDUCED, VIABLE

_TRIES = 6


@dataclass(frozen=True)
class Biology:
    """What one patient's cells did. Series have one entry a day (0 to 10), read before that day's feed."""

    donor: dict[str, float]
    density: list[float]
    viability: list[float]
    glucose: list[float]
    lactate: list[float]
    volume: list[float]
    car_fraction: float
    cd3_purity: float
    vcn: float
    survival: float
    recovery: float
    harvest_viability: float

    def in_specification(self) -> bool:
        """Whether the product meets its release specification with some room, so that noise can't undo it."""
        harvest = self.density[-1] * self.volume[-1] * self.recovery
        return (
            harvest * self.car_fraction > 90.0
            and self.harvest_viability > 0.86
            and min(self.viability[1:]) > 0.74
            and 0.125 < self.car_fraction < 0.75
            and self.cd3_purity > 0.88
            and self.vcn < 4.4
            and self.survival < 64.0
            and min(self.glucose) > 4.0
            and max(self.lactate) < 24.0
            and self.donor["apheresis_cd3_1e9"] > 0.65
        )


def grow_all(seed: int, first: int, count: int, *, failures: bool) -> list[Biology]:
    """The biology of `count` batches from number `first` on; the same seed and number give the same cells.

    Without `failures` each batch is the first of several donors whose product is in specification. Raises `TwinError`
    when none of them is.
    """
    tries = 1 if failures else _TRIES
    rngs = [np.random.default_rng([seed & 0xFFFFFFFF, number, 11]) for number in range(first, first + count)]
    donors = stack_donors([draw_donor(rng) for rng in rngs for _ in range(tries)])
    culture = grow(donors, standard_plan(donors.count))
    late = [rng.standard_normal((tries, 3)) for rng in rngs]
    rows = _arrays(culture)
    chosen = []
    for index in range(count):
        for attempt in range(tries):
            column = index * tries + attempt
            one = _one(donors.values[:, column], {k: v[..., column] for k, v in rows.items()}, late[index][attempt])
            if failures or one.in_specification():
                chosen.append(one)
                break
        else:
            chosen.append(_more(rngs[index], seed))
    return chosen


def _more(rng: np.random.Generator, seed: int) -> Biology:
    """Further donors for a batch whose first ones were all out of specification (rare)."""
    for _ in range(20):
        donors = stack_donors([draw_donor(rng) for _ in range(8)])
        rows = _arrays(grow(donors, standard_plan(8)))
        for column in range(8):
            noise = rng.standard_normal(3)
            one = _one(donors.values[:, column], {k: v[..., column] for k, v in rows.items()}, noise)
            if one.in_specification():
                return one
    raise TwinError(f"No donor in specification was found for seed {seed}: choose another seed.")


def _arrays(culture: Culture) -> dict[str, Any]:
    before = culture.before
    volume = np.concatenate([culture.volume_ml[:1], culture.volume_ml[:-1]])
    return {
        "density": before[:, VIABLE],
        "viability": before[:, VIABLE] / (before[:, VIABLE] + before[:, DEAD]),
        "glucose": before[:, GLUCOSE],
        "lactate": before[:, LACTATE],
        "volume": volume,
        "car": before[-1, TRANSDUCED],
        "effector": before[-1, EFFECTOR],
    }


def _one(donor: Any, rows: dict[str, Any], noise: Any) -> Biology:
    named = dict(zip(DONOR_FIELDS, donor.tolist(), strict=True))
    car = float(rows["car"])
    poisson = -float(np.log1p(-min(car, 0.95))) / max(car, 0.01)
    effector = float(rows["effector"])
    ending = float(rows["viability"][-1])
    return Biology(
        donor=named,
        density=rows["density"].tolist(),
        viability=rows["viability"].tolist(),
        glucose=rows["glucose"].tolist(),
        lactate=rows["lactate"].tolist(),
        volume=rows["volume"].tolist(),
        car_fraction=car,
        cd3_purity=named["cd3_purity"],
        vcn=1.35 * poisson * named["vector_copies"],
        survival=100.0 / (1.0 + (effector / 0.46) ** 2.2) + 2.5 * float(noise[0]),
        recovery=min(0.86, max(0.42, 0.62 + 0.07 * float(noise[1]))),
        harvest_viability=min(0.985, ending + 0.012 + 0.006 * float(noise[2])),
    )
