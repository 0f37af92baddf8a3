"""Files of temperature loggers: read by a column map of the maker, checked, and judged by minutes above limits.

Mean kinetic temperature means nothing at -150 C; what counts is how long it was warmer than each limit of the product's
stability data. Nothing here says that a product may be used: that is quality assurance's to sign.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf, isfinite
from typing import Any, NamedTuple

from mes_core.journey.errors import JourneyError, TripUnknown
from mes_core.spelling.csv_text import NoTable, decoded, read_grid, records
from mes_core.spelling.numbers import NoNumbers, Notation, plain_number, read_column
from mes_core.spelling.times import in_utc, read_time

_MINUTE = timedelta(minutes=1)
_LOWEST_C = -199.0
"""Nitrogen boils at -195.8 C at sea level and at about -198.6 C at 70 kPa, the air of 3,000 m: colder is no reading."""
NOTHING_MEASURED = (-127.0, -200.0, -999.0)
"""What common sensors and loggers write where none is connected: one reading of it says nothing of how cold it was."""


@dataclass(frozen=True)
class ColumnMap:
    """Where a maker's file holds what: names of columns (CSV) or keys (JSON), and its unit.

    Attributes:
        serial, shipper: of the logger and the shipper, where the file names them.
        time, temperature: of each point; `points` is the key of their list in JSON.
        unit: "C" or "F"; `interval_min` is how often it measures.
        decimal: which mark stands before the decimals; None: the readings tell, or the file is refused.
        errors: readings, in the file's unit, that the maker writes where nothing was measured.

    Raises:
        JourneyError: the interval is no time.
    """

    maker: str
    time: str
    temperature: str
    serial: str = ""
    shipper: str = ""
    points: str = "points"
    unit: str = "C"
    interval_min: float = 10.0
    decimal: Notation | None = None
    errors: tuple[float, ...] = NOTHING_MEASURED

    def __post_init__(self) -> None:
        """See that gaps can be found by the interval."""
        if not 0 < self.interval_min < inf:
            raise JourneyError(
                f"A reading every {self.interval_min} minutes is no interval: correct the column map of {self.maker}."
            )


MAPS: Mapping[str, ColumnMap] = {
    "plain": ColumnMap("plain", "time", "temperature_c", "logger", "shipper"),
}
"""Makers' formats are not public: a plant adds a map for each of its own."""


@dataclass(frozen=True)
class Point:
    """One reading, Celsius, UTC."""

    at: datetime
    celsius: float


@dataclass(frozen=True)
class Trip:
    """What a logger saw of a journey: readings in order, its serial and shipper as the file names them, and when.

    Attributes:
        since, until: when the shipper was charged and unloaded, UTC.
    """

    logger: str
    shipper: str
    points: tuple[Point, ...]
    since: datetime
    until: datetime

    def minutes_above(self, limit_c: float) -> float:
        """Minutes of the journey above a limit: between two readings it was as warm as the warmer one, at the ends as
        the nearest. What the logger saw before and afterwards is not the product's."""
        first, last = self.points[0], self.points[-1]
        reached = [Point(min(self.since, first.at), first.celsius), *self.points]
        reached.append(Point(max(self.until, last.at), last.celsius))
        return sum(
            max(min(after.at, self.until) - max(before.at, self.since), timedelta()) / _MINUTE
            for before, after in pairwise(reached)
            if max(before.celsius, after.celsius) > limit_c
        )

    def seen(self) -> tuple[Point, ...]:
        """The readings of the journey alone."""
        return tuple(one for one in self.points if self.since <= one.at <= self.until)


def read_trip(
    content: bytes | str,
    words: ColumnMap,
    *,
    logger: str,
    shipper: str,
    charged_at: datetime,
    unloaded_at: datetime,
) -> Trip:
    """Read a file, and see that it is of this journey.

    Args:
        content: CSV (comma, semicolon or tab; UTF-8), or JSON that begins with a brace.
        words: the maker's column map.
        logger, shipper: serials of the packing record.
        charged_at, unloaded_at: the journey, UTC; the file has to cover it.

    Raises:
        JourneyError: it can't be read in one way only, is of another logger or shipper, has gaps, is in another unit
            than its map says, or its clock is off; `TripUnknown` where it is the file of this journey, and does not
            tell how warm it was all the time.
    """
    trip = Trip(logger, shipper, _points(content, words, logger, shipper), charged_at, unloaded_at)
    _check(trip, words)
    return trip


def budget_of(stability: Mapping[str, float], longest_min: float) -> dict[float, float]:
    """A product's stability budget: minutes that it may be above each limit in Celsius, the coldest first.

    Args:
        stability: minutes by limit, as the product's data say them.
        longest_min: minutes that a journey may last; so many above a limit would be no limit.

    Raises:
        JourneyError: a limit is no temperature of a frozen product, stands twice, or allows what a colder one forbids.
    """
    found: dict[float, float] = {}
    for text, minutes in stability.items():
        limit = plain_number(text)
        if limit is None or not _LOWEST_C < limit < 0:
            raise JourneyError(f"The stability budget's limit {text[:40]!r} is no temperature in Celsius below zero.")
        if limit in found:
            raise JourneyError(f"The stability budget has the limit {limit:g} C twice: keep one.")
        if not (isfinite(minutes) and 0 <= minutes < longest_min):
            raise JourneyError(
                f"The stability budget allows {minutes:g} minutes above {limit:g} C, which is no limit: a journey lasts"
                f" {longest_min:g} minutes at most."
            )
        found[limit] = minutes
    ordered = dict(sorted(found.items()))
    for (colder, more), (warmer, less) in pairwise(ordered.items()):
        if less > more:
            raise JourneyError(f"The stability budget allows longer above {warmer:g} C than above {colder:g} C.")
    return ordered


def excursions(trip: Trip, budget: Mapping[float, float]) -> dict[float, float]:
    """Limits whose minutes are over the stability budget: minutes above, by limit in Celsius.

    Raises:
        JourneyError: the budget holds no limits, or one that is no figure: nothing could be over it.
    """
    if not budget or not all(isfinite(limit) and isfinite(minutes) for limit, minutes in budget.items()):
        raise JourneyError("The stability budget holds no limit, or one that is no figure: correct the product's data.")
    found = {limit: trip.minutes_above(limit) for limit in budget}
    return {limit: minutes for limit, minutes in found.items() if minutes > budget[limit]}


def _points(content: bytes | str, words: ColumnMap, logger: str, shipper: str) -> tuple[Point, ...]:
    """The readings of a file, every row of which is of this logger and shipper."""
    try:
        text = decoded(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
        listed = _of_json(text, words) if text.lstrip().startswith("{") else _of_table(text, words)
    except NoTable as wrong:
        raise JourneyError(f"The file of logger {logger} {wrong}") from None
    except _Unfit as wrong:
        raise JourneyError(
            f"The logger file can't be read as {words.maker} writes it ({wrong}): see the map."
        ) from None
    if not listed.rows:
        raise JourneyError(f"The file of logger {logger} holds no reading: read the logger out again.")
    for what, key, expected in (("logger", words.serial, logger), ("shipper", words.shipper, shipper)):
        for row in listed.rows if key else ():
            if (told := row.get(key, "") or listed.about.get(key, "")) != expected:
                told = told or "none"
                raise JourneyError(
                    f"The file is of {what} {told[:40]}, not of {expected}: find the file of this journey."
                )
    times = [_time(row, words, logger, number) for number, row in enumerate(listed.rows, start=1)]
    try:
        values = read_column(
            [row[words.temperature] for row in listed.rows], listed.decimal or words.decimal, separator=listed.separator
        )
    except NoNumbers as wrong:
        cell = listed.rows[wrong.place][words.temperature]
        if not any(one.isdigit() for one in cell):
            raise TripUnknown(
                f"Reading {wrong.place + 1} of logger {logger}: {words.temperature!r} {wrong}: how warm it was then"
                " nobody knows; quality assurance decides."
            ) from None
        raise JourneyError(
            f"Reading {wrong.place + 1} of logger {logger}: {words.temperature!r} {wrong}; say in the maker's"
            " column map which mark stands before the decimals, or read the logger out again."
        ) from None
    for number, value in enumerate(values, start=1):
        if value in words.errors:
            raise TripUnknown(
                f"Reading {number} of logger {logger} is {value:g}, which stands for nothing measured: how warm it was"
                " then nobody knows; quality assurance decides."
            )
    cold = [(value - 32) / 1.8 if words.unit == "F" else value for value in values]
    return tuple(Point(at, celsius) for at, celsius in zip(times, cold, strict=True))


class _Unfit(ValueError):  # noqa: N818 - it says what happened
    """A file is none of its maker's."""


class _Listed(NamedTuple):
    """Readings as texts, what the file says of all of them, its separator, and its notation where the form has one."""

    rows: list[dict[str, str]]
    about: dict[str, str]
    separator: str = ""
    decimal: Notation | None = None


def _of_table(text: str, words: ColumnMap) -> _Listed:
    grid = read_grid(text)
    _needed(grid.header, words, "the header")
    return _Listed([row for _, row in records(grid, (words.time, words.temperature))], {}, grid.separator)


def _of_json(text: str, words: ColumnMap) -> _Listed:
    """Readings of a JSON file; its numbers stay the texts that they are, to be read as those of a table."""
    try:
        whole = json.loads(text, parse_int=_Figure, parse_float=_Figure, parse_constant=str, object_pairs_hook=_once)
    except RecursionError:
        raise _Unfit("it is nested too deep") from None
    except ValueError as wrong:
        raise _Unfit(str(wrong)) from None
    listed = whole.get(words.points)
    if not isinstance(listed, list):
        raise _Unfit(f"there is no list {words.points!r}")
    rows = []
    for number, one in enumerate(listed, start=1):
        if not isinstance(one, dict):
            raise _Unfit(f"entry {number} of {words.points!r} is no reading")
        row = _texts(one)
        _needed(row, words, f"reading {number}")
        rows.append(row)
    figures = all(isinstance(one[words.temperature], _Figure) for one in listed)
    return _Listed(rows, _texts(whole), decimal=Notation.POINT if figures else None)


class _Figure(str):
    """A number of a JSON file, as it stands there."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _texts(found: dict[str, Any]) -> dict[str, str]:
    texts = {name: value.strip() for name, value in found.items() if isinstance(value, str)}
    return {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}  # JSON can halve a letter


def _needed(there: Container[str], words: ColumnMap, where: str) -> None:
    missing = next((name for name in (words.time, words.temperature) if name not in there), None)
    if missing is not None:
        raise _Unfit(f"{where} has no time or temperature under {words.time!r} and {words.temperature!r}")


def _time(row: dict[str, str], words: ColumnMap, logger: str, number: int) -> datetime:
    try:
        at = read_time(row[words.time])
        if at.tzinfo is not None:
            return in_utc(at)
    except ValueError as wrong:
        raise JourneyError(f"Reading {number} of logger {logger}: {wrong}; check the maker's column map.") from None
    raise JourneyError(f"Reading {number} of logger {logger} has a time without its offset: export it with one.")


def _check(trip: Trip, words: ColumnMap) -> None:
    """See that a file of this logger covers this journey, and tells how warm it was all the time."""
    logger, points, step = trip.logger, trip.points, timedelta(minutes=words.interval_min)
    if trip.until <= trip.since:
        raise TripUnknown(
            f"The receipt ({trip.until:%Y-%m-%d %H:%M} UTC) lies before the packing ({trip.since:%Y-%m-%d %H:%M} UTC):"
            " what the logger saw of the journey nobody can say; sign the receipt again with its time."
        )
    _check_order(trip, step)
    off = max(points[0].at - trip.since, trip.until - points[-1].at)
    covers = (
        f"Logger {logger} covers {points[0].at:%Y-%m-%d %H:%M} to {points[-1].at:%Y-%m-%d %H:%M} UTC, and the journey"
        f" went from {trip.since:%Y-%m-%d %H:%M} to {trip.until:%Y-%m-%d %H:%M}"
    )
    if not trip.seen():
        raise JourneyError(
            f"{covers}: its clock is off by {off / timedelta(hours=1):.0f} h, or it is the file of another journey."
        )
    if off > 2 * step:
        raise TripUnknown(
            f"{covers}: its clock is off by {off / timedelta(hours=1):.0f} h, or of so long nothing is known; quality"
            " assurance decides."
        )
    coldest = min(one.celsius for one in trip.seen())
    if coldest < _LOWEST_C:
        raise TripUnknown(
            f"Logger {logger} shows {coldest:.0f} C, colder than liquid nitrogen: it is in Fahrenheit, or broken;"
            " correct the map and read it out again, or quality assurance decides."
        )


def _check_order(trip: Trip, step: timedelta) -> None:
    """See that the readings follow one another, within the journey without a gap."""
    for first, second in pairwise(trip.points):
        if second.at <= first.at:
            raise TripUnknown(
                f"Logger {trip.logger} goes back in time at {second.at:%Y-%m-%d %H:%M} UTC: what it saw when nobody"
                " knows; read it out again, or quality assurance decides."
            )
        if second.at - first.at > 2 * step and second.at > trip.since and first.at < trip.until:
            gap = (second.at - first.at) / _MINUTE
            raise TripUnknown(
                f"Logger {trip.logger} has a gap of {gap:.0f} minutes from {first.at:%Y-%m-%d %H:%M} UTC: nothing is"
                " known of it; quality assurance decides."
            )
