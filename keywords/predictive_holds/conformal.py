"""Class-conditional (Mondrian) conformal answers: for each class, how strange would this row be if it were of it?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from keywords.predictive_holds.table import Array


class Answer(StrEnum):
    """What is said of a batch; `hold_rule.HoldRule` says when."""

    RISK = "RISK"
    CLEAR = "CLEAR"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Conformal:
    """Sorted probabilities of calibration rows that failed and that did not, and the error allowed per class.

    The promise, on rows exchangeable with these: of batches that will fail at most `alpha` lose failing from what is
    credible, and of batches that will not fail at most `alpha` lose passing.
    """

    failed: Array
    passed: Array
    alpha: float

    def p_values(self, probability: Array) -> tuple[Array, Array]:
        """(p of failing, p of passing) for each row; small means that the class is not credible for it."""
        as_failed = (np.searchsorted(self.failed, probability, side="right") + 1) / (len(self.failed) + 1)
        above = len(self.passed) - np.searchsorted(self.passed, probability, side="left")
        return np.asarray(as_failed), np.asarray((above + 1) / (len(self.passed) + 1))


def calibrate(probability: Array, fail: Array, alpha: float) -> Conformal:
    """Conformal answers from rows that the model was not fitted to."""
    return Conformal(np.sort(probability[fail == 1]), np.sort(probability[fail == 0]), alpha)
