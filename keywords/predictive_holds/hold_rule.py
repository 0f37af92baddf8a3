"""The one rule by which a batch is proposed for a hold: card, approval, evidence and the MES all count by it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keywords.predictive_holds.conformal import Answer, Conformal
from keywords.predictive_holds.table import Array

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class HoldRule:
    """RISK where only failing is credible and the probability of failure is at or above `threshold`.

    CLEAR where only passing is credible; UNDECIDED otherwise, and always where the model has shown no `skill`: what
    can't tell batches apart may neither warn nor reassure.
    """

    conformal: Conformal
    threshold: float
    skill: bool = True

    def answers(self, probability: Array, noted: Flags | None = None) -> list[Answer]:
        """The answer for each probability of failure, shape (n,); UNDECIDED for rows that are `noted`, shape (n,), as
        those that can't be asked about."""
        can_fail, can_pass = self.conformal.p_values(probability)
        fails, passes = can_fail > self.conformal.alpha, can_pass > self.conformal.alpha
        asked = np.full(len(probability), self.skill) if noted is None else self.skill & ~noted
        risk = asked & fails & ~passes & (probability >= self.threshold)
        clear = asked & ~fails & passes
        return [
            Answer.RISK if warned else Answer.CLEAR if good else Answer.UNDECIDED
            for warned, good in zip(risk.tolist(), clear.tolist(), strict=True)
        ]

    def held(self, probability: Array, noted: Flags | None = None) -> Flags:
        """Which rows are RISK, shape (n,)."""
        return np.array([one is Answer.RISK for one in self.answers(probability, noted)], bool)
