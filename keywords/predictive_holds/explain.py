"""Reasons for one prediction: each input's share in moving the answer from the usual to this batch.

Linear members: exact Shapley values against the training mean. Other members: the path between the usual row and this
one is walked in both directions in order of distance, and the two changes of the score are averaged, a Shapley value
over two orders. Both add up exactly to the difference in log-odds, so the reasons of the ensemble do too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keywords.predictive_holds.ensemble import raw_score
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Array, Table

_MOVED = 12
"""Inputs walked one by one; the others, each less unusual than these, are moved together."""


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
    origin = [name for name, _ in model.preparation.features()]
    by_column: dict[str, float] = {}
    for name, share in zip(origin, shares, strict=True):
        by_column[name] = by_column.get(name, 0.0) + float(share)
    strongest = sorted(by_column, key=lambda name: -abs(by_column[name]))[:top]
    columns = {one.name: one for one in model.preparation.columns}
    return [
        Reason(
            name,
            table.columns[name][row - 1] or "missing",
            f"{columns[name].median:g}" if columns[name].is_number else _commonest(columns[name]),
            by_column[name],
        )
        for name in strongest
        if by_column[name] != 0.0
    ]


def _commonest(column: Any) -> str:
    return str(column.levels[int(np.argmax(column.shares))])


def attributions(model: Model, features: Array) -> Array:
    """Share of each feature in the log-odds of this row less those of the usual row, shape (features,)."""
    usual = np.asarray(model.reference["usual"], float)
    total = np.zeros(len(features))
    for name, member in model.members.items():
        scale = model.scales[name]
        if hasattr(member, "coef_"):
            slope = scale.slope / scale.spread
            total += slope * np.ravel(member.coef_) * (features - usual)
        else:
            total += _walk(lambda rows, one=member, line=scale: line.logit(raw_score(one, rows)), usual, features)
    factor = model.final.slope / model.final.spread
    return total * factor / len(model.members)


def _walk(score: Any, usual: Array, features: Array) -> Array:
    apart = np.abs(features - usual)
    order = np.argsort(-apart)
    groups = [np.array([place]) for place in order[:_MOVED] if apart[place] > 0]
    rest = order[_MOVED:][apart[order[_MOVED:]] > 0]
    if len(rest):
        groups.append(rest)
    if not groups:
        return np.zeros(len(features))
    rows = []
    for way in (groups, groups[::-1]):
        row = usual.copy()
        rows.append(row.copy())
        for group in way:
            row[group] = features[group]
            rows.append(row.copy())
    steps = score(np.array(rows)).reshape(2, -1)
    shares = np.zeros(len(features))
    for change, way in zip(np.diff(steps, axis=1), (groups, groups[::-1]), strict=True):
        for gain, group in zip(change, way, strict=True):
            shares[group] += 0.5 * gain * apart[group] / apart[group].sum()
    return shares
