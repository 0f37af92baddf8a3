"""Files of temperature loggers: read by a column map of the maker, checked, and judged by minutes above limits.

Mean kinetic temperature means nothing at -150 C; what counts is how long it was warmer than each limit of the product's
stability data. Nothing here says that a product may be used: that is quality assurance's to sign.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mes_core.journey.errors import JourneyError

_MINUTE = timedelta(minutes=1)
_LOWEST_C = -200.0


@dataclass(frozen=True)
class ColumnMap:
    """Where a maker's file holds what: names of columns (CSV) or keys (JSON), and its unit.

    Attributes:
        serial, shipper: of the logger and the shipper, where the file names them.
        time, temperature: of each point; `points` is the key of their list in JSON.
        unit: "C" or "F"; `interval_min` is how often it measures.
    """

    maker: str
    time: str
    temperature: str
    serial: str = ""
    shipper: str = ""
    points: str = "points"
    unit: str = "C"
    interval_min: float = 10.0


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
    """What a logger saw of a journey: readings in order, and its serial and shipper as the file names them."""

    logger: str
    shipper: str
    points: tuple[Point, ...]

    def minutes_above(self, limit_c: float) -> float:
        """Minutes above a limit; a reading counts until the next one."""
        warm = [(second.at - first.at) / _MINUTE for first, second in pairwise(self.points) if first.celsius > limit_c]
        return float(sum(warm))


def read_trip(
    content: str,
    words: ColumnMap,
    *,
    logger: str,
    shipper: str,
    charged_at: datetime,
    unloaded_at: datetime,
) -> Trip:
    """Read a file, and see that it is of this journey.

    Args:
        content: CSV, or JSON that begins with a brace.
        words: the maker's column map.
        logger, shipper: serials of the packing record.
        charged_at, unloaded_at: the journey, UTC; the file has to cover it.

    Raises:
        JourneyError: it can't be read, is of another logger or shipper, has gaps, is in another unit than its map says,
            or its clock is off.
    """
    rows, about = _rows(content, words)
    if not rows:
        raise JourneyError(f"The file of logger {logger} holds no reading: read the logger out again.")
    for what, key, expected in (("logger", words.serial, logger), ("shipper", words.shipper, shipper)):
        found = str(rows[0].get(key) or about.get(key) or "") if key else expected
        if found != expected:
            told = found or "none"
            raise JourneyError(f"The file is of {what} {told}, not of {expected}: find the file of this journey.")
    points = tuple(_point(row, words, logger, number) for number, row in enumerate(rows, start=1))
    trip = Trip(logger, shipper, points)
    _check(trip, words, charged_at, unloaded_at)
    return trip


def excursions(trip: Trip, budget: Mapping[float, float]) -> dict[float, float]:
    """Limits whose minutes are over the stability budget: minutes above, by limit in Celsius."""
    found = {limit: trip.minutes_above(limit) for limit in budget}
    return {limit: minutes for limit, minutes in found.items() if minutes > budget[limit]}


def _rows(content: str, words: ColumnMap) -> tuple[Sequence[Mapping[str, object]], Mapping[str, object]]:
    try:
        if content.lstrip().startswith("{"):
            whole = json.loads(content)
            return list(whole[words.points]), whole
        rows: list[Mapping[str, object]] = [dict(row) for row in csv.DictReader(io.StringIO(content))]
    except (ValueError, KeyError, TypeError) as wrong:
        raise JourneyError(
            f"The logger file can't be read as {words.maker} writes it ({wrong}): see the map."
        ) from None
    return rows, {}


def _point(row: Mapping[str, object], words: ColumnMap, logger: str, number: int) -> Point:
    try:
        at = datetime.fromisoformat(str(row[words.time]).strip())
        value = float(str(row[words.temperature]).strip())
    except (KeyError, ValueError):
        raise JourneyError(
            f"Reading {number} of logger {logger} has no time or temperature under {words.time!r} and"
            f" {words.temperature!r}: check the maker's column map."
        ) from None
    if at.tzinfo is None:
        raise JourneyError(f"Reading {number} of logger {logger} has a time without its offset: export it with one.")
    return Point(at.astimezone(UTC), (value - 32) / 1.8 if words.unit == "F" else value)


def _check(trip: Trip, words: ColumnMap, charged_at: datetime, unloaded_at: datetime) -> None:
    logger, points = trip.logger, trip.points
    coldest = min(one.celsius for one in points)
    if coldest < _LOWEST_C:
        raise JourneyError(
            f"Logger {logger} shows {coldest:.0f} C, colder than liquid nitrogen: it is in Fahrenheit, or broken;"
            " correct the map, or read it out again."
        )
    step = timedelta(minutes=words.interval_min)
    for first, second in pairwise(points):
        if second.at <= first.at:
            raise JourneyError(
                f"Logger {logger} goes back in time at {second.at:%Y-%m-%d %H:%M} UTC: read it out again."
            )
        if second.at - first.at > 2 * step:
            gap = (second.at - first.at) / _MINUTE
            raise JourneyError(
                f"Logger {logger} has a gap of {gap:.0f} minutes from {first.at:%Y-%m-%d %H:%M} UTC: nothing is known"
                " of it; quality assurance decides."
            )
    off = max(points[0].at - charged_at, unloaded_at - points[-1].at)
    if off > 2 * step:
        raise JourneyError(
            f"Logger {logger} covers {points[0].at:%Y-%m-%d %H:%M} to {points[-1].at:%Y-%m-%d %H:%M} UTC, and the"
            f" journey went from {charged_at:%Y-%m-%d %H:%M} to {unloaded_at:%Y-%m-%d %H:%M}: its clock is off by"
            f" {off / timedelta(hours=1):.0f} h, or it is the file of another journey."
        )
