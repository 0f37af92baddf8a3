"""From the text of a table to the matrix a model sees. Everything learnt here is learnt from training rows only.

The state is plain data (numbers, text, lists), so that it can be stored with the model, hashed and read by a person.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import Array, Table, is_missing
from mes_core.spelling.csv_text import letters_form, name_form

CLIP = 4.0
"""A standardised value further out than this counts as this: one broken sensor must not decide."""
_INDICATED = 0.02
_FADING = 0.5 ** (1 / 30)
_SHRINK = 8.0
"""Weight of the overall mean in a level's recent failure rate, in rows."""


@dataclass
class Column:
    """What was learnt of one input column. `kind` is number, code (a number that names something) or category;
    `bounds` is the share of values in training that were bounds, such as `<0.05`; `words` are those that stood for no
    value among the numbers of training, such as `ERR`."""

    name: str
    kind: str
    missing: float
    median: float = 0.0
    low: float = 0.0
    high: float = 0.0
    scale: float = 1.0
    deciles: list[float] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    overall: float = 0.0
    bounds: float = 0.0
    words: list[str] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        """Whether the column is measured rather than named."""
        return self.kind == "number"


@dataclass
class Preparation:
    """The columns in use, in order, and the text of what was left out and why."""

    columns: list[Column]
    left_out: dict[str, str]

    @property
    def names(self) -> list[str]:
        """Input columns that a row must have."""
        return [one.name for one in self.columns]

    def features(self) -> list[tuple[str, str]]:
        """For each column of the matrix: the input column it comes from, and what it says in words."""
        made: list[tuple[str, str]] = []
        for one in self.columns:
            if one.is_number:
                made.append((one.name, one.name))
                if one.missing > _INDICATED:
                    made.append((one.name, f"{one.name} is missing"))
            else:
                made += [(one.name, f"{one.name} is {level}") for level in one.levels]
                made.append((one.name, f"{one.name}: failures in the past"))
        return made

    def to_dict(self) -> dict[str, Any]:
        """Plain data; `from_dict` gives the same preparation back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Preparation":
        """The preparation that `to_dict` described."""
        columns = [Column(**one) for one in data["columns"]]
        for one in columns:  # models of before were trained on letters as they came
            one.name, one.levels = name_form(one.name), [letters_form(level) for level in one.levels]
        return cls(columns, dict(data["left_out"]))

    def matrix(self, table: Table, past: Array | None = None, *, texts_missing: bool = False) -> Array:
        """Rows by features, standardised, without NaN.

        `past` (rows by named columns) replaces the levels' failure rates; training uses it so that a row only ever
        sees the outcomes of earlier rows. With `texts_missing`, a text where a number was in training counts as no
        value, for a caller who says so to the person (`unread_notes`). Raises `ModelRefused` when a column is missing
        or of another kind.
        """
        parts: list[Array] = []
        named = 0
        for one in self.columns:
            cells = table.column(one.name, "an input of the model")
            if one.is_number:
                parts += self._number(one, table, texts_missing=texts_missing)
            else:
                rates = self._rates(one, cells) if past is None else past[:, named]
                parts += self._levels(one, cells, rates)
                named += 1
        return np.column_stack(parts)

    def _number(self, one: Column, table: Table, *, texts_missing: bool) -> list[Array]:
        read, cells = table.readings(one.name), table.columns[one.name]
        values = read.values
        texts = [row for row in np.flatnonzero(read.words).tolist() if cells[row] not in one.words]
        if texts and (not texts_missing or (len(cells) > 1 and len(texts) == len(cells))):
            raise ModelRefused(
                f"{table.source}, row {texts[0] + 1}: {one.name} holds {cells[texts[0]][:40]!r} and was a number in"
                " training; give the number that was measured."
            )
        gone = np.isnan(values)
        with np.errstate(over="ignore"):  # what is too large for a number is clipped like anything far out
            scaled = np.clip((np.where(gone, one.median, values) - one.median) / one.scale, -CLIP, CLIP)
        return [scaled, gone.astype(float)] if one.missing > _INDICATED else [scaled]

    def _levels(self, one: Column, cells: list[str], rates: Array) -> list[Array]:
        flags = [np.array([float(level_of(one.kind, cell) == level) for cell in cells]) for level in one.levels]
        spread = max(0.02, (one.overall * (1 - one.overall)) ** 0.5)
        return [*flags, np.clip((rates - one.overall) / spread, -CLIP, CLIP)]

    def _rates(self, one: Column, cells: list[str]) -> Array:
        known = dict(zip(one.levels, one.rates, strict=True))
        return np.array([known.get(level_of(one.kind, cell), one.overall) for cell in cells])


_CODE = re.compile(r"0*([0-9]+)(?:\.0*)?")
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")


def level_of(kind: str, cell: str) -> str:
    """The name of a level: numbers that name something are the same whether written 1, 1.0 or 001, to the last digit.

    Raises:
        ModelRefused: a spreadsheet wrote a long code as 1.23457E+12, and its digits are lost.
    """
    if is_missing(cell):
        return "(missing)"
    if kind == "code":
        if _SHORTENED.fullmatch(cell):
            raise ModelRefused(
                f"The code {cell!r} was shortened by a spreadsheet and its digits are lost: format its column as text"
                " and export again."
            )
        whole = _CODE.fullmatch(cell)
        return whole[1] if whole else cell
    return cell


def learn_number(name: str, values: Array, bounds: float = 0.0, words: Iterable[str] = ()) -> Column:
    """Centre, spread and range of a measured column, robust against a few wrong readings; `bounds` of them were
    bounds, which count as what they name, and `words` stood for no value."""
    known = values[~np.isnan(values)]
    deciles = np.quantile(known, np.linspace(0, 1, 11))
    spread = (deciles[9] - deciles[1]) / 2.563
    scale = float(spread if spread > 0 else (known.std() or 1.0))
    return Column(
        name,
        "number",
        float(np.isnan(values).mean()),
        median=float(np.median(known)),
        low=float(known.min()),
        high=float(known.max()),
        scale=scale,
        deciles=[float(one) for one in deciles],
        bounds=bounds,
        words=sorted(set(words)),
    )


def learn_levels(name: str, kind: str, cells: list[str], outcome: Array) -> Column:
    """Levels of a naming column with their share and their recent failure rate, shrunk towards the overall one."""
    named = [level_of(kind, cell) for cell in cells]
    levels = sorted(set(named))
    rows = np.arange(len(named))
    overall = float(outcome.mean())
    rates, shares = [], []
    for level in levels:
        own = rows[[one == level for one in named]]
        shares.append(len(own) / len(named))
        rates.append(_recent_rate(own, outcome, overall))
    missing = sum(is_missing(cell) for cell in cells) / len(cells)
    return Column(name, kind, missing, levels=levels, shares=shares, rates=rates, overall=overall)


def _recent_rate(rows: np.ndarray, outcome: Array, overall: float) -> float:
    """Mean outcome of these rows, a row counting half as much when thirty more of its level have passed."""
    if len(rows) == 0:
        return overall
    weights = _FADING ** np.arange(len(rows))[::-1]
    return float((weights @ outcome[rows] + _SHRINK * overall) / (weights.sum() + _SHRINK))


def past_rates(preparation: Preparation, table: Table, outcome: Array, gap: int) -> Array:
    """For each training row (in time order) and naming column: the level's rate from rows at least `gap` earlier."""
    made = []
    for one in preparation.columns:
        if one.is_number:
            continue
        named = [level_of(one.kind, cell) for cell in table.columns[one.name]]
        told: dict[str, tuple[float, float]] = {}
        """Of each level the sum of its outcomes and of their weights, as `_recent_rate` would find them."""
        rates = np.empty(len(named))
        for place, level in enumerate(named):
            if place >= gap:
                earlier = named[place - gap]
                failed, weight = told.get(earlier, (0.0, 0.0))
                told[earlier] = (_FADING * failed + float(outcome[place - gap]), _FADING * weight + 1.0)
            failed, weight = told.get(level, (0.0, 0.0))
            rates[place] = (failed + _SHRINK * one.overall) / (weight + _SHRINK)
        made.append(rates)
    return np.column_stack(made) if made else np.empty((table.rows, 0))


def unread_notes(preparation: Preparation, table: Table) -> list[str]:
    """One sentence a row on a cell that can't be used as the number that training held; empty where all can.

    A word that stood for no value in training does so here too, as an empty cell does.
    """
    notes = [""] * table.rows
    for one in preparation.columns:
        if not one.is_number:
            continue
        cells, read = table.columns[one.name], table.readings(one.name)
        name = one.name.replace("_", " ")
        for place in np.flatnonzero(read.words | (read.bounds & (one.bounds == 0))).tolist():
            cell = cells[place]
            if notes[place] or cell in one.words:
                continue
            if read.words[place]:
                notes[place] = f"{name} holds {cell[:40]!r}, which is no number"
            else:
                notes[place] = f"{name} is only known as {cell[:40]!r}, and the model has learnt from numbers alone"
    return notes
