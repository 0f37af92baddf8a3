"""How members become one score, which `calibration` makes a probability: the mean of their log-odds, on one scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keywords.predictive_holds.table import Array

_FAR = 12.0


@dataclass(frozen=True)
class Scale:
    """Log-odds of failure = `offset + slope * (score - centre) / spread`; a slope is never negative."""

    centre: float
    spread: float
    offset: float
    slope: float

    def logit(self, score: Array) -> Array:
        """Log-odds for these scores."""
        value: Array = np.clip(self.offset + self.slope * (score - self.centre) / self.spread, -_FAR, _FAR)
        return value


def raw_score(member: Any, matrix: Array) -> Array:
    """What a fitted member says of each row: log-odds of a classifier's probability, or its regression value."""
    if hasattr(member, "predict_proba"):
        sure = np.clip(member.predict_proba(matrix)[:, 1], 1e-3, 1 - 1e-3)
        return np.asarray(np.log(sure / (1 - sure)), float)
    return np.asarray(member.predict(matrix), float)


def mean_log_odds(scales: Mapping[str, Scale], scores: Mapping[str, Array]) -> Array:
    """Score of each row: the mean of the members' log-odds, not calibrated yet; shape (n,)."""
    mean: Array = np.mean([scale.logit(scores[name]) for name, scale in scales.items()], axis=0)
    return mean


def probability(logit: Array) -> Array:
    """Probability for log-odds."""
    value: Array = 1.0 / (1.0 + np.exp(-logit))
    return value
