"""A model against the rule that it is to replace: hold the batches in which one measured value is furthest out."""

from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.hold_rule import Flags
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.checks import Learnable, separation
from keywords.predictive_holds.training.measures import interval, paired_difference, pr_auc


def against_rule(
    column: str, development: Learnable, test: Learnable, probability: Array, held: Flags
) -> dict[str, Any]:
    """Both on the test rows: PR-AUC with the paired difference, and failures caught with as many holds as the model's.

    Which way the value goes with failing, and what stands for a missing one, is learnt from the development rows.
    `worse` says that the whole interval of the difference lies below zero.

    Raises:
        ModelRefused: there is no such column, or it holds no numbers.
    """
    known = rule_values(development.table, column)
    values = test.table.readings(column, "what the model replaces").values
    if np.isnan(values).all():
        raise ModelRefused(
            f"Column {column!r} of {test.table.source} holds no numbers to hold batches by: name another."
        )
    way = 1.0 if separation(known, development.fail) >= 0.5 else -1.0
    score = way * np.where(np.isnan(values), float(np.nanmedian(known)), values)
    by_rule = np.argsort(-score, kind="stable")[: int(held.sum())]
    failures, caught = int(test.fail.sum()), int(test.fail[by_rule].sum())
    gain = paired_difference(test.fail, probability, score, np.zeros(len(score), int), seed=1)
    return {
        "column": column,
        "holds_when": "high" if way > 0 else "low",
        "pr_auc": pr_auc(test.fail, score),
        "held": len(by_rule),
        "caught": caught,
        "recall_interval": list(interval(caught, failures)),
        "difference": gain,
        "worse": bool(gain["high"] < 0),
    }


def rule_values(table: Table, column: str) -> Array:
    """The numbers of the column that batches are held by so far, NaN where there is none.

    Raises:
        ModelRefused: there is no such column, or it holds no numbers.
    """
    values = table.readings(column, "what the model replaces").values
    if np.isnan(values).all():
        raise ModelRefused(f"Column {column!r} of {table.source} holds no numbers to hold batches by: name another.")
    return values
