"""Donors: what a patient's cells bring with them, drawn from age, earlier therapy and the yield of the apheresis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DONOR_FIELDS = (
    "age",
    "prior_lines",
    "bendamustine",
    "weight_kg",
    "apheresis_cd3_1e9",
    "mu_max",
    "lag_rate",
    "stimulus_decay",
    "death_rate",
    "glucose_per_cell",
    "glucose_upkeep",
    "lactate_yield",
    "transduced",
    "transduced_gain",
    "effector",
    "exhaustion",
    "cd3_purity",
    "vector_copies",
)
"""Names of the rows of a donor matrix; rates are per day, glucose in mmol per 1e9 cells, lactate in mol per mol."""


@dataclass(frozen=True)
class Donors:
    """`values` has shape (len(DONOR_FIELDS), n)."""

    values: Array

    def __getitem__(self, name: str) -> Array:
        row: Array = self.values[DONOR_FIELDS.index(name)]
        return row

    @property
    def count(self) -> int:
        """How many donors there are."""
        return int(self.values.shape[1])


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def draw_donor(rng: np.random.Generator) -> Array:
    """One donor, shape (len(DONOR_FIELDS),).

    Collected CD3 cells: median 2.6e9 with an interquartile range of 1.2-4.1; transduction: median 17 % at day 5 and
    more later in closed processes; growth 0.28/d averaged over 12 days. Age and earlier therapy lower growth.
    """
    z = rng.standard_normal(16)
    age = _clip(58 + 13 * z[0], 18, 84)
    lines = float(1 + min(5, rng.poisson(1.6)))
    bendamustine = float(rng.random() < 0.16)
    fitness = exp(0.14 * z[1] - 0.0035 * (age - 58) - 0.035 * (lines - 2.6) - 0.35 * bendamustine)
    return np.array(
        [
            age,
            lines,
            bendamustine,
            _clip(76 + 15 * z[2], 42, 130),
            _clip(exp(log(2.6) + 0.72 * z[3]), 0.25, 14.0),
            0.86 * fitness,
            _clip(1.0 * exp(0.15 * z[4]), 0.5, 2.0),
            0.105 * exp(0.12 * z[5]),
            _clip(0.028 * exp(0.34 * z[6]) / fitness**2, 0.005, 0.11),
            _clip(3.6 * exp(0.10 * z[7]), 2.0, 6.0),
            _clip(0.85 * exp(0.12 * z[8]), 0.4, 1.6),
            _clip(1.65 + 0.10 * z[9], 1.3, 2.0),
            _clip(0.27 * exp(0.36 * z[10]), 0.03, 0.75),
            0.05 + 0.02 * z[11],
            _clip(0.90 * fitness + 0.05 * z[12], 0.1, 1.2),
            0.030 * exp(0.30 * z[13]),
            _clip(1 - 0.034 * exp(0.70 * z[14]), 0.6, 0.998),
            exp(0.22 * z[15]),
        ]
    )


def stack_donors(donors: Sequence[Array]) -> Donors:
    """Donors side by side, for a model that computes them together."""
    return Donors(np.stack(donors, axis=1))
