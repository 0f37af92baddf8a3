"""Measures for parts of the test rows: a model that is right on the whole may fail one site or product."""

from typing import Any

import numpy as np

from keywords.predictive_holds.hold_rule import Flags
from keywords.predictive_holds.table import Array, numbers
from keywords.predictive_holds.training.checks import Learnable
from keywords.predictive_holds.training.measures import interval, pr_auc

MOST_LEVELS = 12


def by_subgroup(test: Learnable, probability: Array, held: Flags, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows, failures, caught and held of every value of every column, with exact 95 % intervals.

    A number with many values is cut at its thirds. `worse` says that the interval of a part's recall lies below the
    recall of all test rows: with few failures it rarely can, and the interval says how little is known.

    Args:
        test: The test rows.
        probability: (n,) of failure.
        held: (n,) which rows the rule holds.
        columns: Names of the columns.

    Raises:
        ModelRefused: There is no such column.
    """
    failed = test.fail == 1
    overall = float(held[failed].mean()) if failed.any() else float("nan")
    found = []
    for name in columns:
        values = _levels(test.table.column(name, "the subgroup"))
        for value in sorted(set(values)):
            part = np.array([one == value for one in values])
            found.append({"column": name, "value": value} | _measures(part, failed, held, probability, overall))
    return found


def _measures(part: Flags, failed: Flags, held: Flags, probability: Array, overall: float) -> dict[str, Any]:
    own, caught = int((part & failed).sum()), int((part & failed & held).sum())
    stopped = int((part & held).sum())
    low, high = interval(caught, own)
    worth = pr_auc(failed[part].astype(float), probability[part])
    return {
        "rows": int(part.sum()),
        "failures": own,
        "caught": caught,
        "recall": caught / own if own else None,
        "recall_interval": [low, high],
        "held": stopped,
        "precision": caught / stopped if stopped else None,
        "precision_interval": list(interval(caught, stopped)),
        "pr_auc": None if np.isnan(worth) else worth,
        "worse": bool(own and high < overall),
    }


def _levels(values: list[str]) -> list[str]:
    """Values as they stand, or thirds where they are numbers of many values; a missing one is a part of its own."""
    known = [value.strip() or "missing" for value in values]
    if len(set(known)) <= MOST_LEVELS:
        return known
    parsed = numbers(values)
    if parsed is None:
        return known
    low, high = np.nanquantile(parsed, [1 / 3, 2 / 3])
    names = (f"to {low:g}", f"{low:g} to {high:g}", f"above {high:g}")
    return ["missing" if np.isnan(one) else names[int(one > low) + int(one > high)] for one in parsed]
