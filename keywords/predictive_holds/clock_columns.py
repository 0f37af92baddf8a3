"""Times in a table: order of the rows, and columns that were recorded after the decision."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import Array, Table, as_number, is_missing
from mes_core.spelling.times import no_date, read_day, read_time

RECORDED_AT = "_recorded_at"
"""Suffix of a companion column that says when the value of a column was recorded."""
_DAY = re.compile(r"_d(\d{1,3})$")
_SECONDS_A_DAY = 86_400.0
_ZONES_S = 14 * 3600.0
"""No clock on earth is further from UTC."""
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DAY_FIRST = {8: ("%d%m%Y", "%m%d%Y"), 6: ("%d%m%y", "%m%d%y")}


def row_times(table: Table, name: str) -> Array:
    """The time of each row as a number (seconds for dates, otherwise the number itself, as a batch number).

    Raises:
        ModelRefused: the column is missing, or a cell is neither a date and time (ISO 8601) nor a number; some times
            name a zone and others none; digits are dates in an order that isn't theirs as numbers.
    """
    cells = table.column(name, "the time")
    _refuse_two_kinds(table.source, name, cells)
    if all(as_number(cell) is not None for cell in cells):
        return _running(table.source, name, cells)
    return np.array([at.timestamp() for at in _dated(table.source, name, cells)])


def _refuse_two_kinds(source: str, name: str, cells: list[str]) -> None:
    """Running numbers and dates in one column have no common order."""
    dated = [as_number(cell) is None for cell in cells]
    if any(dated) and not all(dated) and not any(is_missing(cell) for cell in cells):
        odd = dated.index(not dated[0])
        raise ModelRefused(
            f"{source}, row {odd + 1}: {name} holds {cells[odd][:40]!r} and row 1 {cells[0][:40]!r}; give times or"
            " running numbers, not both."
        )


def _running(source: str, name: str, cells: list[str]) -> Array:
    """Numbers; digits that are all dates, year first, as times."""
    dates = _all_as(cells, _DIGITS.get(len(cells[0]), ""))
    if dates is not None:
        return np.array([one.replace(tzinfo=UTC).timestamp() for one in dates])
    values = np.array([float(cell) for cell in cells])
    if bool((np.diff(values) < 0).any()):
        for form in _DAY_FIRST.get(len(cells[0]), ()):
            found = _all_as(cells, form)
            if found is not None and all(one <= other for one, other in pairwise(found)):
                raise ModelRefused(
                    f"{source}, row 1: {name} holds {cells[0]!r}, which seems to be a date that doesn't begin with its"
                    " year, so that it has no order as a number; give ISO 8601 times or running numbers."
                )
    return values


def _all_as(cells: list[str], form: str) -> list[datetime] | None:
    """Cells of digits as dates; None where one is no date of our time."""
    if not form or any(len(cell) != len(cells[0]) or not cell.isdecimal() for cell in cells):
        return None
    try:
        found = [datetime.strptime(cell, form) for cell in cells]  # noqa: DTZ007 - such digits name no zone
    except ValueError:
        return None
    return None if any(no_date(one) for one in found) else found


def _dated(source: str, name: str, cells: list[str]) -> list[datetime]:
    """Times of a column, all with a zone or all without; those without are of one clock, taken as UTC."""
    found = [_moment(cell, source, name, row) for row, cell in enumerate(cells, start=1)]
    zoned = [one.tzinfo is not None for one in found]
    if any(zoned) and not all(zoned):
        odd = zoned.index(not zoned[0])
        raise ModelRefused(
            f"{source}, row {odd + 1}: {name} holds {cells[odd][:40]!r} and row 1 {cells[0][:40]!r}; give all times"
            " with their zone, or none."
        )
    return [one if one.tzinfo else one.replace(tzinfo=UTC) for one in found]


def _moment(cell: str, source: str, name: str, row: int) -> datetime:
    try:
        found = read_time(cell) if len(cell) > 10 else datetime.combine(read_day(cell), datetime.min.time())
    except ValueError:
        what = "is empty" if is_missing(cell) else f"holds {cell[:40]!r}"
        raise ModelRefused(f"{source}, row {row}: {name} {what}; give an ISO 8601 time or a running number.") from None
    if no_date(found):
        raise ModelRefused(f"{source}, row {row}: {name} holds {cell[:40]!r}, which stands for no date: give its time.")
    return found


def day_of(name: str) -> int | None:
    """The day that the name of a column ends in, as 3 in `glucose_d03`; None without one."""
    found = _DAY.search(name)
    return int(found.group(1)) if found else None


def refuse_late_columns(table: Table, time: str, early_days: float | None, ignore: set[str]) -> None:
    """Refuse a column that did not exist yet when the model would have been asked.

    A column is late when its companion `<name>_recorded_at` lies more than `early_days` (3 when not given) after the
    row's time, or, with `early_days` given, when its name ends in `_dNN` with a later day.
    """
    days = 3.0 if early_days is None else early_days
    for name, cells in table.columns.items():
        if name in ignore:
            continue
        day = day_of(name)
        if early_days is not None and day is not None and day > early_days:
            raise ModelRefused(
                f"Column {name!r} of {table.source} is of day {day} and the model decides on day "
                f"{early_days:g}, so it would leak the answer: leave it out."
            )
        if name.endswith(RECORDED_AT) and name.removesuffix(RECORDED_AT) in table.columns:
            _refuse_late(table, name, cells, time, days)


def _refuse_late(table: Table, name: str, cells: list[str], time: str, days: float) -> None:
    starts = table.column(time, "the time")
    rows = [row for row, cell in enumerate(cells) if not is_missing(cell)]
    begun = _days_of(table.source, time, {row: starts[row] for row in rows}, name)
    recorded = _days_of(table.source, name, {row: cells[row] for row in rows}, time)
    for row, at, start in zip(rows, recorded, begun, strict=True):
        late = (at.replace(tzinfo=at.tzinfo or UTC) - start.replace(tzinfo=start.tzinfo or UTC)).total_seconds()
        # Where only one of the two names its zone, the other may be of any.
        late = (late + (_ZONES_S if (at.tzinfo is None) != (start.tzinfo is None) else 0.0)) / _SECONDS_A_DAY
        if late > days:
            raise ModelRefused(
                f"Column {name.removesuffix(RECORDED_AT)!r} of {table.source} was recorded {late:.1f} days after "
                f"{time} in row {row + 1} and the model decides on day {days:g}, so it would leak the answer: leave it"
                " out."
            )


def _days_of(source: str, name: str, cells: dict[int, str], other: str) -> list[datetime]:
    """Times of a column, by row, that is compared with another: numbers (of a spreadsheet, a clock) say no days."""
    texts = list(cells.values())
    if not texts or any(as_number(cell) is None for cell in texts):
        return [_moment(cell, source, name, row + 1) for row, cell in cells.items()]
    dates = _all_as(texts, _DIGITS.get(len(texts[0]), ""))
    if dates is None:
        raise ModelRefused(
            f"{source}: {name} holds numbers such as {texts[0][:40]!r}, so nobody can say how many days lie between it"
            f" and {other}; give both as ISO 8601 times."
        )
    return dates
