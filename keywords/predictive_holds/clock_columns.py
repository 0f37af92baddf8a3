"""Times in a table: order of the rows, and columns that were recorded after the decision."""

import re
from datetime import UTC, datetime

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import Array, Table, as_number, is_missing

RECORDED_AT = "_recorded_at"
"""Suffix of a companion column that says when the value of a column was recorded."""
_DAY = re.compile(r"_d(\d{1,3})$")
_SECONDS_A_DAY = 86_400.0


def row_times(table: Table, name: str) -> Array:
    """The time of each row as a number (seconds for dates, otherwise the number itself, as a batch number).

    Raises:
        ModelRefused: the column is missing, or a cell is neither a date and time (ISO 8601) nor a number.
    """
    cells = table.column(name, "the time")
    _refuse_two_kinds(table.source, name, cells)
    return np.array([_moment(cell, table.source, name, row) for row, cell in enumerate(cells, start=1)])


def _refuse_two_kinds(source: str, name: str, cells: list[str]) -> None:
    """Running numbers and dates in one column have no common order."""
    dated = [as_number(cell) is None for cell in cells]
    if any(dated) and not all(dated) and not any(is_missing(cell) for cell in cells):
        odd = dated.index(not dated[0])
        raise ModelRefused(
            f"{source}, row {odd + 1}: {name} holds {cells[odd][:40]!r} and row 1 {cells[0][:40]!r}; give times or"
            " running numbers, not both."
        )


def _moment(cell: str, source: str, name: str, row: int) -> float:
    value = as_number(cell)
    if value is not None:
        return value
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        what = "is empty" if is_missing(cell) else f"holds {cell[:40]!r}"
        raise ModelRefused(f"{source}, row {row}: {name} {what}; give an ISO 8601 time or a running number.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def refuse_late_columns(table: Table, time: str, early_days: float | None, ignore: set[str]) -> None:
    """Refuse a column that did not exist yet when the model would have been asked.

    A column is late when its companion `<name>_recorded_at` lies more than `early_days` (3 when not given) after the
    row's time, or, with `early_days` given, when its name ends in `_dNN` with a later day.
    """
    days = 3.0 if early_days is None else early_days
    for name, cells in table.columns.items():
        if name in ignore:
            continue
        day = _DAY.search(name)
        if early_days is not None and day and int(day.group(1)) > early_days:
            raise ModelRefused(
                f"Column {name!r} of {table.source} is of day {int(day.group(1))} and the model decides on day "
                f"{early_days:g}, so it would leak the answer: leave it out."
            )
        if name.endswith(RECORDED_AT) and name.removesuffix(RECORDED_AT) in table.columns:
            _refuse_late(table, name, cells, time, days)


def _refuse_late(table: Table, name: str, cells: list[str], time: str, days: float) -> None:
    starts = row_times(table, time)
    for row, (cell, start) in enumerate(zip(cells, starts, strict=True), start=1):
        if is_missing(cell):
            continue
        late = (_moment(cell, table.source, name, row) - start) / _SECONDS_A_DAY
        if late > days:
            raise ModelRefused(
                f"Column {name.removesuffix(RECORDED_AT)!r} of {table.source} was recorded {late:.1f} days after "
                f"{time} in row {row} and the model decides on day {days:g}, so it would leak the answer: leave it out."
            )
