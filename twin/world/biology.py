"""The cells of each batch: drawn, grown by the process model, and read at the end as what the laboratory will find."""

from dataclasses import dataclass

import numpy as np

from twin.model import (
    DONOR_FIELDS,
    LATE_NOISE,
    TwinError,
    draw_donor,
    grow,
    harvest,
    stack_donors,
    standard_plan,
)
from twin.model.culture import DEAD, GLUCOSE, LACTATE, VIABLE

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
    found = _grow([rng for rng in rngs for _ in range(tries)])
    chosen = []
    for place, rng in enumerate(rngs):
        own = found[place * tries : (place + 1) * tries]
        good = next((one for one in own if failures or one.in_specification()), None)
        chosen.append(good or _more(rng, seed))
    return chosen


def _more(rng: np.random.Generator, seed: int) -> Biology:
    """A further donor for a batch whose first ones were all out of specification (rare)."""
    for _ in range(20):
        for one in _grow([rng] * 8):
            if one.in_specification():
                return one
    raise TwinError(f"No donor in specification was found for seed {seed}: choose another seed.")


def _grow(rngs: list[np.random.Generator]) -> list[Biology]:
    """One donor and the noise of one harvest from each generator, grown together."""
    drawn = [(draw_donor(rng), rng.standard_normal(LATE_NOISE)) for rng in rngs]
    donors, plan = stack_donors([donor for donor, _ in drawn]), standard_plan(len(rngs))
    culture = grow(donors, plan)
    product = harvest(donors, plan, culture, np.stack([noise for _, noise in drawn]))
    before, volume = culture.before, culture.volume_before()
    viability = before[:, VIABLE] / (before[:, VIABLE] + before[:, DEAD])
    return [
        Biology(
            donor=dict(zip(DONOR_FIELDS, donors.values[:, n].tolist(), strict=True)),
            density=before[:, VIABLE, n].tolist(),
            viability=viability[:, n].tolist(),
            glucose=before[:, GLUCOSE, n].tolist(),
            lactate=before[:, LACTATE, n].tolist(),
            volume=volume[:, n].tolist(),
            car_fraction=float(product.car_fraction[n]),
            cd3_purity=float(product.cd3_purity[n]),
            vcn=float(product.vcn[n]),
            survival=float(product.potency[n]),
            recovery=float(product.recovery[n]),
            harvest_viability=float(product.viability[n]),
        )
        for n in range(len(rngs))
    ]
