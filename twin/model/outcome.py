"""What the cells amount to at harvest: yield, identity, strength, and which part of the specification they miss."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.model.culture import DEAD, EFFECTOR, TRANSDUCED, VIABLE, Culture, Plan
from twin.model.donors import Donors
from twin.model.errors import TwinError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LATE_NOISE = 3
"""How many standard normal numbers the harvest takes for each batch: potency assay, recovery, bead removal."""

LIMITS: Final = {
    "viability": (0.80, None),
    "cd3_purity": (0.80, None),
    "car_fraction": (0.10, None),
    "vcn": (None, 5.0),
    "potency": (None, 70.0),
    "dose": (60.0, None),
}
"""Release specification (fractions; copies per cell; % survival of targets at 1:1; 1e6 viable CAR-positive cells)."""

_FILLED = 0.95
"""Share of the harvest that can be filled; the rest are samples and hold-up."""


@dataclass(frozen=True)
class Outcome:
    """One entry for each batch, shape (n,): fractions for viability and purity, cells in 1e6, survival in %."""

    viability: Array
    car_fraction: Array
    cd3_purity: Array
    vcn: Array
    potency: Array
    recovery: Array
    harvest_1e6: Array
    dose: Array

    def misses(self) -> dict[str, Flags]:
        """For each release test, which batches miss its limit."""
        flags = {}
        for name, (low, high) in LIMITS.items():
            values = getattr(self, name)
            flags[name] = np.zeros(values.shape, bool)
            if low is not None:
                flags[name] |= values < low
            if high is not None:
                flags[name] |= values > high
        return flags

    def failed(self) -> Flags:
        """Which batches miss any part of the specification."""
        flags: Flags = np.logical_or.reduce(list(self.misses().values()))
        return flags


def harvest(donors: Donors, plan: Plan, culture: Culture, noise: Array) -> Outcome:
    """The product of each batch, read on its own harvest day; `noise` has shape (n, LATE_NOISE), standard normal.

    Where the plan splits the dose, `dose` is that of one of the parts. Raises `TwinError` for noise of another shape.
    """
    n = donors.count
    if noise.shape != (n, LATE_NOISE):
        raise TwinError(f"The harvest of {n} batches takes noise of shape ({n}, {LATE_NOISE}), not {noise.shape}.")
    batch = np.arange(n)
    last = culture.before[plan.harvest_day, :, batch].T
    volume = culture.volume_before()[plan.harvest_day, batch]
    viability = last[VIABLE] / (last[VIABLE] + last[DEAD])
    car = last[TRANSDUCED]
    recovery = np.clip(0.62 + 0.07 * noise[:, 1], 0.42, 0.86)
    cells = last[VIABLE] * volume * recovery
    poisson = -np.log1p(-np.minimum(car, 0.95)) / np.maximum(car, 0.01)
    return Outcome(
        viability=np.minimum(0.985, viability + 0.012 + 0.006 * noise[:, 2]),
        car_fraction=car,
        cd3_purity=donors["cd3_purity"],
        vcn=1.35 * poisson * donors["vector_copies"],
        potency=100.0 / (1.0 + (last[EFFECTOR] / 0.46) ** 2.2) + 2.5 * noise[:, 0],
        recovery=recovery,
        harvest_1e6=cells,
        dose=cells * _FILLED * car / plan.doses,
    )
