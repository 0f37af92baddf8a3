"""Two models on the same rows."""

from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Table
from keywords.predictive_holds.training.checks import target_of
from keywords.predictive_holds.training.measures import paired_difference, summary


def compare_models(champion: Model, challenger: Model, table: Table, target: str) -> dict[str, Any]:
    """PR-AUC of both and the paired difference; raises `ModelRefused` when the rows hold one class only."""
    fail = target_of(table, target)
    if fail.sum() in (0, len(fail)):
        raise ModelRefused(f"{table.source} holds one class only: give rows with failures and without.")
    old, new = (model.probabilities(model.matrix(table)) for model in (champion, challenger))
    gain = paired_difference(fail, new, old, np.zeros(len(fail), int), seed=1)
    return {
        "champion": {"hash": champion.hash} | summary(fail, old),
        "challenger": {"hash": challenger.hash} | summary(fail, new),
        "difference": gain,
        "says": better(gain),
    }


def better(gain: dict[str, float]) -> str:
    """What an interval of the difference says."""
    if gain["low"] > 0:
        return "the challenger is better"
    return "no proof that the challenger is better: keep the champion"
