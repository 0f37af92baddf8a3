"""Whole populations of patients at once: the same donors as `draw_donor`, with the patient mix as an input.

A preset is a different mix of patients, of handling and of assays; failure and potency follow from the kinetics.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # type: ignore[import-untyped]

from twin.model.chance import normals
from twin.model.culture import Plan, standard_plan
from twin.model.donors import Donors
from twin.model.errors import TwinError
from twin.model.outcome import LATE_NOISE

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

PATIENTS, HANDLING, SENSORS, SENSORS_LATER = 1, 2, 3, 7
"""Purposes of random numbers (see `twin.model.chance`)."""
RUN_IN = 1 << 40
"""Batch numbers from here on belong to the batches that fill the line before counting starts."""
_DRAWN = 18
_HANDLED = 4 + LATE_NOISE


@dataclass(frozen=True)
class Population:
    """Inputs of a preset. Medians and spreads (standard deviation of the logarithm) of what patients bring; shares are
    fractions; `fitness_shift` moves the logarithm of how fit all cells are; `assay_sd` in percentage points."""

    pretreated_share: float = 0.16
    pretreated_effect: float = 0.35
    fitness_shift: float = 0.0
    fitness_spread: float = 0.14
    age_mean: float = 58.0
    lines_mean: float = 1.6
    cd3_median: float = 2.6
    cd3_spread: float = 0.72
    transduced_median: float = 0.27
    transduced_spread: float = 0.36
    effector_mean: float = 0.90
    effector_spread: float = 0.05
    impure_median: float = 0.034
    seeding_spread: float = 0.06
    volume_spread: float = 0.02
    assay_sd: float = 2.5
    contamination: float = 0.003
    culture_days: int = 10

    def __post_init__(self) -> None:
        for name in ("pretreated_share", "contamination"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise TwinError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        for name in ("fitness_spread", "cd3_median", "transduced_median", "assay_sd", "effector_mean", "lines_mean"):
            if getattr(self, name) < 0:
                raise TwinError(f"{name} is {getattr(self, name)}: it can't be negative.")


@dataclass(frozen=True)
class People:
    """Patients of one preset: `donors`, the `plan` as it was really carried out (seeding and volumes vary), `late`
    standard normal numbers (n, LATE_NOISE) for the harvest, and which batches a germ got into."""

    donors: Donors
    plan: Plan
    late: Array
    contaminated: Flags

    @property
    def count(self) -> int:
        """How many batches there are."""
        return self.donors.count


def _poisson(uniform: Array, mean: float) -> Array:
    """Counts 0 to 5 with a Poisson distribution (the rest counts as 5), by inverting its distribution function."""
    counts = np.zeros(uniform.shape)
    term = total = float(np.exp(-mean))
    for k in range(1, 6):
        counts += uniform > total
        term *= mean / k
        total += term
    return counts


def donors_from(z: Array, mix: Population) -> Donors:
    """Donors from standard normal numbers `z` of shape (n, 18): columns 0 to 15 as in `draw_donor`, then the number of
    earlier therapies and the earlier treatment that harms T cells."""
    column = z.T
    age = np.clip(mix.age_mean + 13 * column[0], 18, 84)
    lines = 1 + _poisson(ndtr(column[16]), mix.lines_mean)
    treated = (ndtr(column[17]) < mix.pretreated_share).astype(float)
    fitness = np.exp(
        mix.fitness_shift
        + mix.fitness_spread * column[1]
        - 0.0035 * (age - 58)
        - 0.035 * (lines - 2.6)
        - mix.pretreated_effect * treated
    )
    rows = [
        age,
        lines,
        treated,
        np.clip(76 + 15 * column[2], 42, 130),
        np.clip(mix.cd3_median * np.exp(mix.cd3_spread * column[3]), 0.25, 14.0),
        0.86 * fitness,
        np.clip(np.exp(0.15 * column[4]), 0.5, 2.0),
        0.105 * np.exp(0.12 * column[5]),
        np.clip(0.028 * np.exp(0.34 * column[6]) / fitness**2, 0.005, 0.11),
        np.clip(3.6 * np.exp(0.10 * column[7]), 2.0, 6.0),
        np.clip(0.85 * np.exp(0.12 * column[8]), 0.4, 1.6),
        np.clip(1.65 + 0.10 * column[9], 1.3, 2.0),
        np.clip(mix.transduced_median * np.exp(mix.transduced_spread * column[10]), 0.03, 0.75),
        0.05 + 0.02 * column[11],
        np.clip(mix.effector_mean * fitness + mix.effector_spread * column[12], 0.1, 1.2),
        0.030 * np.exp(0.30 * column[13]),
        np.clip(1 - mix.impure_median * np.exp(0.70 * column[14]), 0.6, 0.998),
        np.exp(0.22 * column[15]),
    ]
    return Donors(np.stack(rows))


def draw_people(seed: int, first: int, count: int, mix: Population) -> People:
    """The patients of batches `first` to `first + count - 1`; each depends on the seed and its own number alone.

    Raises `TwinError` for a culture shorter than the master record's.
    """
    donors = donors_from(normals(seed, PATIENTS, first, count, _DRAWN), mix)
    handled = normals(seed, HANDLING, first, count, _HANDLED)
    plan = standard_plan(count, mix.culture_days)
    # 55 % of what is collected comes through thaw and selection; a poor collection seeds fewer cells.
    wanted = np.full(count, 200.0)
    available = 550.0 * donors["apheresis_cd3_1e9"]
    volume = plan.volume_ml * np.exp(mix.volume_spread * handled[:, 1])
    seeded = np.minimum(wanted, available) * np.exp(mix.seeding_spread * handled[:, 0])
    feeds = plan.feed_ml * np.exp(mix.volume_spread * handled[:, 2])[:, None]
    carried = Plan(plan.days, seeded / volume, volume, feeds, plan.exchange, plan.harvest_day, plan.doses)
    late = handled[:, 4:].copy()
    late[:, 0] *= mix.assay_sd / 2.5
    return People(donors, carried, late, ndtr(handled[:, 3]) < mix.contamination)
