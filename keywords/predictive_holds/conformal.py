"""Class-conditional (Mondrian) conformal answers: for each class, how strange would this row be if it were of it?"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from keywords.predictive_holds.table import Array


class Answer(StrEnum):
    """RISK: only failure is credible; CLEAR: only success is; UNDECIDED: both are, or neither."""

    RISK = "RISK"
    CLEAR = "CLEAR"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Conformal:
    """Sorted probabilities of calibration rows that failed and that did not, and the error allowed per class.

    The promise, on rows exchangeable with these: of batches that will fail at most `alpha` are answered without
    failure in the set, and of batches that will not fail at most `alpha` are answered without success in it.
    """

    failed: Array
    passed: Array
    alpha: float

    def p_values(self, probability: Array) -> tuple[Array, Array]:
        """(p of failing, p of passing) for each row; small means that the class is not credible for it."""
        as_failed = (np.searchsorted(self.failed, probability, side="right") + 1) / (len(self.failed) + 1)
        above = len(self.passed) - np.searchsorted(self.passed, probability, side="left")
        return np.asarray(as_failed), np.asarray((above + 1) / (len(self.passed) + 1))

    def answers(self, probability: Array) -> list[Answer]:
        """The answer for each row."""
        can_fail, can_pass = self.p_values(probability)
        return [
            _answer(bool(fail), bool(good))
            for fail, good in zip(can_fail > self.alpha, can_pass > self.alpha, strict=True)
        ]


def _answer(can_fail: bool, can_pass: bool) -> Answer:
    if can_fail == can_pass:
        return Answer.UNDECIDED
    return Answer.RISK if can_fail else Answer.CLEAR


def calibrate(probability: Array, fail: Array, alpha: float) -> Conformal:
    """Conformal answers from rows that the model was not fitted to."""
    return Conformal(np.sort(probability[fail == 1]), np.sort(probability[fail == 0]), alpha)
