"""Times and days as texts, the day that it is somewhere, and the dates that systems write where there is none.

A time is `2027-03-01T08:00:00Z`: date, `T` or a blank, clock, zone. Digits alone are no time: `20270301` is a day to
one system, seconds since 1970 to another and a number to a third.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
_ZONES = timedelta(hours=14)
"""No clock on earth is further from UTC."""
BEGINS_FIRST = timezone(_ZONES)
"""Where a day begins first on earth: its calendar shows the latest date. Dates that are `until` run out there first."""
BEGINS_LAST = timezone(-timedelta(hours=12))
"""Where a day begins last: its calendar shows the earliest date."""
_OLDEST = date(1980, 1, 1)
"""0001, 1601, 1753, 1899, 1900, 1904, 1970 and 1980 are where calendars of systems begin; none noted a time then."""
_NEWEST = 2100
_OPEN_ENDS = frozenset({date(2078, 12, 31), date(2079, 6, 6), date(2099, 12, 31)})
"""Last days of narrower calendars, and the favourite of those who type one."""


class NoDate(Enum):
    """What a date that is none stands for."""

    UNKNOWN = "the beginning of a calendar"
    NEVER = "the end of a calendar"


def read_time(text: str) -> datetime:
    """A time, with its zone where it names one; finer digits than microseconds are cut.

    Raises:
        ValueError: it is none; the message says what form one has.
    """
    plain = text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z")
    return _read(text, _TIME, "time", "2027-03-01T08:00:00Z", lambda: datetime.fromisoformat(plain))


def read_clock(text: str) -> time:
    """A time of the day, `02:30` or `02:30:15`.

    Raises:
        ValueError: it is none; the message says what form one has.
    """
    return _read(text, _CLOCK, "time of the day", "02:30", lambda: time.fromisoformat(text))


def read_day(text: str) -> date:
    """A day.

    Raises:
        ValueError: it is none; the message says what form one has.
    """
    return _read(text, _DAY, "day", "2027-03-01", lambda: date.fromisoformat(text))


def _read(text: str, form: re.Pattern[str], what: str, example: str, read: Callable[[], T]) -> T:
    if not form.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no {what}: write it like {example}")
    try:
        return read()
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no {what} ({error})") from None


def no_date(value: datetime | date) -> NoDate | None:
    """What a date stands for that is none (1900-01-01, 9999-12-31, ...); None for a date.

    Also where it was moved to another zone on its way: the end of Chicago's calendar is a morning in UTC.
    """
    if value.year >= _NEWEST:
        return NoDate.NEVER
    days = [value]
    if isinstance(value, datetime):
        wall = value.replace(tzinfo=None)
        days = [wall.date(), (wall + _ZONES).date()]
    if days[0] <= _OLDEST:
        return NoDate.UNKNOWN
    return NoDate.NEVER if days[-1].year >= _NEWEST or not _OPEN_ENDS.isdisjoint(days) else None


def in_utc(value: datetime) -> datetime:
    """An aware time in UTC.

    Raises:
        ValueError: there it would lie outside the years 1 to 9999.
    """
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this time lies outside the years 1 to 9999") from None


def zone_of(name: str | None, unknown: tzinfo) -> tzinfo:
    """A zone by its IANA name; `unknown` where none is named, or one that nobody knows."""
    try:
        return ZoneInfo(name) if name else unknown
    except (LookupError, ValueError, OSError):
        return unknown


def day_in(moment: datetime, zone: tzinfo) -> date:
    """The day that it is in a zone at an aware moment; at an end of all calendars, the day that it is in UTC."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return moment.date()


def day_begins(day: date, zone: tzinfo) -> datetime:
    """When a day begins in a zone, in UTC; at the beginning of all calendars, when it does in UTC."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), UTC)
