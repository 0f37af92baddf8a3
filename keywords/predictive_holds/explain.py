"""Reasons for one prediction: Shapley values of the inputs, from the usual batch to this one, in log-odds of failing.

The players are input columns, and a column that is not played has its usual value (the median of training). A value is
the mean gain of its column over random orders, each walked forwards and backwards (antithetic pairs), so that what a
pair of columns does together is shared evenly within each pair of orders. Every order adds up exactly to the difference
in log-odds between this batch and the usual one, so the mean does too. The orders follow from a fixed seed: the same
batch has the same reasons always.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Array, Table

PAIRS = 16
"""Random orders, each with its reverse."""
_SEED = 20_260
_MOST_CELLS = 4_000_000
"""Numbers of one matrix that the model is asked about at a time: memory stays flat however wide a table is."""


@dataclass(frozen=True)
class Reason:
    """An input, its value in this batch, the usual value, and what it adds to the log-odds of failing."""

    name: str
    value: str
    usual: str
    share: float

    @property
    def words(self) -> str:
        """The reason as a person reads it."""
        way = "raises" if self.share > 0 else "lowers"
        return f"{self.name.replace('_', ' ')} is {self.value} (usual {self.usual}), which {way} the risk"


def explain(model: Model, table: Table, row: int, top: int = 5) -> list[Reason]:
    """The strongest reasons for the answer on one row (from 1), strongest first."""
    matrix = model.matrix(table.take(np.array([row - 1])))
    shares = attributions(model, matrix[0])
    columns = model.preparation.columns
    strongest = sorted(range(len(columns)), key=lambda place: -abs(shares[place]))[:top]
    return [
        Reason(
            columns[place].name,
            table.columns[columns[place].name][row - 1] or "missing",
            f"{columns[place].median:g}" if columns[place].is_number else _commonest(columns[place]),
            float(shares[place]),
        )
        for place in strongest
        if shares[place] != 0.0
    ]


def _commonest(column: Any) -> str:
    return str(column.levels[int(np.argmax(column.shares))])


def attributions(model: Model, features: Array, pairs: int = PAIRS) -> Array:
    """Shapley value of each input column in the log-odds of this row less those of the usual row, shape (columns,).

    Args:
        model: The model.
        features: One row of its matrix, shape (features,).
        pairs: Random orders of the columns, each walked forwards and backwards; the error falls with their root.
    """
    usual = np.asarray(model.reference["usual"], float)
    origin = [name for name, _ in model.preparation.features()]
    own = [np.flatnonzero([one == name for one in origin]) for name in model.preparation.names]
    moved = [place for place, its in enumerate(own) if (features[its] != usual[its]).any()]
    shares = np.zeros(len(own))
    if not moved:
        return shares
    rng = np.random.default_rng(_SEED)
    drawn = [rng.permutation(moved) for _ in range(pairs)]
    ways = [way for order in drawn for way in (order, order[::-1])]
    at_once = max(1, _MOST_CELLS // (len(usual) * (len(moved) + 1)))  # one call costs as much as hundreds of rows
    for first in range(0, len(ways), at_once):
        part = ways[first : first + at_once]
        rows = np.concatenate([_rows_along(usual, features, [own[place] for place in way]) for way in part])
        gains = np.diff(model.log_odds(rows).reshape(len(part), -1), axis=1)
        for way, gain in zip(part, gains, strict=True):
            shares[way] += gain
    return shares / len(ways)


def _rows_along(usual: Array, features: Array, groups: list[Any]) -> Array:
    """The usual row and those on the way to this one, a group of features after the other; (groups + 1, features)."""
    rows = np.tile(usual, (len(groups) + 1, 1))
    for step, group in enumerate(groups, start=1):
        rows[step:, group] = features[group]
    return rows
