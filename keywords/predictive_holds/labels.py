"""Channels whose labels seem wrong: two that are swapped, or one that does not fit with all the others.

Each channel is brought to a common scale by its own quantiles in training, and the channels together are described by
their correlations there. For a new row every pair is exchanged in thought: where one exchange fits far better than what
the labels say (twice the gain in log-likelihood, a closed form), the two are probably swapped. A single channel that
its peers speak against as strongly is named as well. How strongly is enough was learnt on rows of training that the
description had not seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from keywords.predictive_holds.prepare import Column
from keywords.predictive_holds.table import Array, Table

MOST_CHANNELS = 1500
_NORMAL = np.array([-1.2816, -0.8416, -0.5244, -0.2533, 0.0, 0.2533, 0.5244, 0.8416, 1.2816])
"""Normal scores of the deciles."""
_FURTHEST = 12.0


@dataclass(frozen=True)
class Labels:
    """What was learnt: quantiles of the channels, shape (channels, 9), precision of their normal scores, limits.

    `pair_limit` is the gain of an exchange, `single_limit` the squared distance of one channel from what its peers
    expect, above which a label counts as wrong.
    """

    names: list[str]
    deciles: Array
    scales: Array
    precision: Array
    pair_limit: float
    single_limit: float

    def to_dict(self) -> dict[str, Any]:
        """For the model file."""
        return vars(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Labels":
        """What `to_dict` described."""
        return cls(**data)

    def notes(self, table: Table, *, singles: bool = True) -> list[str]:
        """One sentence a row on a label that seems wrong; empty where none does. Without `singles` of swaps alone."""
        rows = raw_values(table, self.names)
        scores = self.scores_of(rows)
        most = self._most_any_pair_gains(scores)
        return [
            self._note(row, own, bool(limit > self.pair_limit), singles=singles)
            for row, own, limit in zip(rows, scores, most, strict=True)
        ]

    def _most_any_pair_gains(self, scores: Array) -> Array:
        """For each row a bound that no exchange can exceed: what the two channels would gain if both could take any
        value. It is cheap, and hardly any row reaches the limit with it."""
        own, pulls = np.diag(self.precision), scores @ self.precision
        below = np.outer(own, own) - self.precision**2
        np.fill_diagonal(below, np.inf)
        most = np.empty(len(scores))
        for place, pull in enumerate(pulls):
            part = pull[:, None] ** 2 * own[None, :]
            gains = (part + part.T - 2 * np.outer(pull, pull) * self.precision) / below
            most[place] = gains.max(initial=0.0) + 1e-6
        return most

    def _note(self, row: Array, scores: Array, pairs: bool, *, singles: bool) -> str:
        gain, (first, second) = self.best_exchange(row, scores) if pairs else (-np.inf, (0, 0))
        distance, odd = self.oddest(row, scores)
        if gain > self.pair_limit and gain > distance:
            one, other = (self._reading(place, row) for place in (first, second))
            return (
                f"the labels of {one} and {other} seem to be swapped, as both fit when they are exchanged: look at the"
                " channels before the answer is used"
            )
        if singles and distance > self.single_limit:
            return (
                f"{self._reading(odd, row)} does not fit with the other channels: look whether it is labelled right and"
                " in its usual unit"
            )
        return ""

    def _reading(self, place: int, row: Array) -> str:
        return f"{self.names[place].replace('_', ' ')} ({row[place]:g}, usual {self.deciles[place][4]:g})"

    def scores_of(self, rows: Array) -> Array:
        """Normal scores of rows by channels, of the same shape; 0, the usual, where a channel is absent."""
        columns = [self._score(place, rows[:, place]) for place in range(len(self.names))]
        found: Array = np.where(np.isnan(rows), 0.0, np.column_stack(columns))
        return found

    def scores(self, row: Array) -> Array:
        """Normal scores of the channels of a row; 0, the usual, where one is absent."""
        return np.where(np.isnan(row), 0.0, [self._score(place, row[[place]])[0] for place in range(len(row))])

    def _score(self, place: int, values: Array) -> Array:
        """Normal scores that values would have in a channel."""
        known, scale = self.deciles[place], self.scales[place]
        middle = np.interp(values, known, _NORMAL)
        with np.errstate(over="ignore"):  # clipped below
            low, high = (values - known[0]) / scale, (values - known[-1]) / scale
        scores = np.where(low < 0, _NORMAL[0] + low, np.where(high > 0, _NORMAL[-1] + high, middle))
        clipped: Array = np.clip(scores, -_FURTHEST, _FURTHEST)
        return clipped

    def best_exchange(self, row: Array, scores: Array | None = None) -> tuple[float, tuple[int, int]]:
        """Twice the gain in log-likelihood of the exchange that fits best, and the two channels; `scores` of the row
        where they are known."""
        absent, scores = np.isnan(row), self.scores(row) if scores is None else scores
        filled = np.where(absent, 0.0, row)
        moved = np.array([self._score(place, filled) for place in range(len(row))]) - scores[:, None]
        pull, own = self.precision @ scores, np.diag(self.precision)
        one = 2 * moved * pull[:, None] + moved**2 * own[:, None]
        gains = -(one + one.T + 2 * moved * moved.T * self.precision)
        gains[absent, :] = gains[:, absent] = -np.inf
        np.fill_diagonal(gains, -np.inf)
        best = int(np.argmax(gains))
        return float(gains.flat[best]), divmod(best, len(row))

    def oddest(self, row: Array, scores: Array | None = None) -> tuple[float, int]:
        """Squared distance, in spreads, of the channel furthest from what its peers expect, and its place."""
        pull = self.precision @ (self.scores(row) if scores is None else scores)
        distances = np.where(np.isnan(row), 0.0, pull**2 / np.diag(self.precision))
        place = int(np.argmax(distances))
        return float(distances[place]), place


def raw_values(table: Table, names: list[str]) -> Array:
    """Rows by channels; NaN where a cell is empty, or is no number."""
    absent = np.full(table.rows, np.nan)
    return np.column_stack([table.readings(name).values if name in table.columns else absent for name in names])


def channels(columns: list[Column]) -> list[Column]:
    """Columns that can be looked at: measured ones with more than one value."""
    return [one for one in columns if one.is_number and one.deciles and one.deciles[-1] > one.deciles[0]]


def frame(columns: list[Column]) -> Labels:
    """Names and quantiles of channels, without what is learnt of them together."""
    deciles = np.array([one.deciles[1:10] for one in columns])
    scales = np.array([one.scale for one in columns])
    # Equal quantiles of channels with few values are drawn apart a little: an interpolation needs a rising line.
    deciles = deciles + scales[:, None] * 1e-9 * np.arange(9)
    return Labels([one.name for one in columns], deciles, scales, np.eye(len(columns)), np.inf, np.inf)
