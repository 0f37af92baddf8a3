"""From the ensemble's score to a probability that comes true: a rising line through what became of rows out of time."""

from dataclasses import dataclass

import numpy as np

from keywords.predictive_holds.ensemble import probability
from keywords.predictive_holds.table import Array

_FLAT = 1e-3
"""Slope that is added everywhere: on a step, and beyond the knots, where nothing is known, rows keep their order."""


@dataclass(frozen=True)
class Calibration:
    """Knots of the line: rising `scores` and the log-odds of failing there, each (k,); and its error.

    `edges` (b - 1,) divide the scores into bins in which the calibration rows' own share of failures is known with the
    exact 95 % interval from `low` to `high`, each (b,).
    """

    scores: Array
    odds: Array
    edges: Array
    low: Array
    high: Array

    def log_odds(self, score: Array) -> Array:
        """Calibrated log-odds of failing for scores of any shape; strictly rising."""
        middle = (self.scores[0] + self.scores[-1]) / 2
        found: Array = np.interp(score, self.scores, self.odds) + _FLAT * (score - middle)
        return found

    def probability(self, score: Array) -> Array:
        """Probability of failure for scores of any shape."""
        return probability(self.log_odds(score))

    def bounds(self, score: Array) -> tuple[Array, Array]:
        """Ends of the 95 % interval of the share that failed among rows with scores like these; widened, where the
        line runs outside of it, to hold the probability itself."""
        place, own = np.searchsorted(self.edges, score, side="right"), self.probability(score)
        return np.minimum(self.low[place], own), np.maximum(self.high[place], own)
