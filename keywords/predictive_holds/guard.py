"""Checks of a table before a model answers: it must speak of the same columns, in the same units, as in training."""

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import Column, Preparation, level_of
from keywords.predictive_holds.table import Array, Table, is_missing

FACTORS = (1e3, 1e6, 1e2, 60.0, 24.0, 10.0, 25.4, 2.2046, 18.016)
"""Ratios between units of the same quantity; the last one turns mmol/L of glucose into mg/dL."""
_SHARE = 0.9
_TEMPERATURE = 2.0
"""A column that spans more than this ratio is no temperature of a process."""
_ALL_GONE = 1e-6
_ENOUGH_ROWS = 10


def check_inputs(preparation: Preparation, table: Table) -> None:
    """Refuse a table that the model can't answer for.

    Raises:
        ModelRefused: a column is missing or empty although it hardly ever was, no row's category was ever seen, or the
            numbers of a column look as if their unit had changed.
    """
    absent = [name for name in preparation.names if name not in table.columns]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise ModelRefused(f"{table.source} has no column {absent[0]!r}{more}, which the model needs: add it.")
    for one in preparation.columns:
        cells = table.columns[one.name]
        if one.is_number:
            read = table.readings(one.name)
            values = read.values
            if np.isnan(values).all() and read.words.any():
                continue  # texts alone: refused by row and cell where the matrix is made
            _refuse_empty(one, values, table)
            _refuse_units(one, values, table)
        elif one.kind == "category":
            _refuse_unseen(one, cells, table)


def _refuse_empty(one: Column, values: Array, table: Table) -> None:
    if table.rows >= _ENOUGH_ROWS and np.isnan(values).all() and one.missing**table.rows < _ALL_GONE:
        raise ModelRefused(
            f"Column {one.name!r} of {table.source} is empty in all {table.rows} rows, in training in "
            f"{one.missing:.0%}: look for the lost sensor."
        )


def _refuse_unseen(one: Column, cells: list[str], table: Table) -> None:
    """Refuse a column of which no cell is known: it is another column, or another plant's table."""
    levels = [level_of(one.kind, cell) for cell in cells if not is_missing(cell)]
    if levels and not set(levels) & set(one.levels):
        raise ModelRefused(
            f"{table.source}, row 1: {one.name} is {levels[0][:40]!r}, which the model has never seen (it knows "
            f"{', '.join(one.levels[:8])}), nor any of the other rows' values: train a model that has."
        )


def unseen_notes(preparation: Preparation, table: Table) -> list[str]:
    """One sentence a row on a category that training did not hold; empty where all are known."""
    notes = [""] * table.rows
    for one in preparation.columns:
        if one.kind != "category":
            continue
        known = set(one.levels)
        for place, cell in enumerate(table.columns[one.name]):
            level = level_of(one.kind, cell)
            if level not in known and not notes[place]:
                notes[place] = f"{one.name.replace('_', ' ')} is {level[:40]!r}, which the model has never seen"
    return notes


def _refuse_units(one: Column, values: Array, table: Table) -> None:
    known = values[~np.isnan(values)]
    if len(known) == 0 or _inside(one, known) >= 1 - _SHARE:
        return
    for factor in FACTORS:
        if not _distinct(one, factor, len(known)):
            continue
        for scaled, way in ((known / factor, f"{factor:g} times"), (known * factor, f"1/{factor:g} of")):
            if _inside(one, scaled, wide=False) >= _SHARE:
                raise ModelRefused(
                    f"Column {one.name!r} of {table.source} is about {way} what it was in training (median "
                    f"{np.median(known):g}, then {one.median:g}): its unit seems to have changed."
                )
    if not _distinct(one, _TEMPERATURE, len(known)):
        return
    for scaled in ((known - 32) / 1.8, known * 1.8 + 32, known - 273.15, known + 273.15):
        if _inside(one, scaled, wide=False) >= _SHARE:
            raise ModelRefused(
                f"Column {one.name!r} of {table.source} reads like a temperature in another unit than in training "
                f"(median {np.median(known):g}, then {one.median:g}): convert it."
            )


def _distinct(one: Column, factor: float, rows: int) -> bool:
    """Whether another unit would show: the column spans less than the factor, or there are rows enough to judge."""
    if one.low > 0:
        return one.high / one.low < factor
    return factor != _TEMPERATURE and rows >= _ENOUGH_ROWS


def _inside(one: Column, values: Array, *, wide: bool = True) -> float:
    """Share of values within the training range, widened by its own width (on a log scale for positive columns)."""
    low, high = one.low, one.high
    if low > 0:
        if wide:
            margin = max(np.log(high / low), np.log(1.3))
            return float(
                np.mean((values > 0) & (np.abs(np.log(np.maximum(values, 1e-300)) - _middle(one)) < margin * 1.5))
            )
        return float(np.mean((values >= low / 1.1) & (values <= high * 1.1)))
    margin = (high - low) * (1.0 if wide else 0.05)
    return float(np.mean((values >= low - margin) & (values <= high + margin)))


def _middle(one: Column) -> float:
    return float((np.log(one.low) + np.log(one.high)) / 2)
