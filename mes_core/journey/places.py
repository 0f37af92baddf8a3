"""Places with their own clock and calendar: local times, opening hours, holidays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import numpy as np
from numpy.typing import NDArray

from mes_core.journey.errors import JourneyError

Array = NDArray[np.float64]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Hours:
    """When a place works, in its own time. `weekdays` counts Monday as 0; `closes` 00:00 is the end of the day."""

    opens: time = time(8)
    closes: time = time(17)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    on_holidays: bool = False


ALWAYS = Hours(time(0), time(0), (0, 1, 2, 3, 4, 5, 6), on_holidays=True)


@dataclass(frozen=True)
class Place:
    """A plant, a treatment centre or a customs office.

    Attributes:
        zone: IANA name of the time zone, such as `Europe/Paris`.
        country: ISO 3166 code; `subdivision` the code of a state, where holidays are its own.
        hub: IATA code of the airport that serves it.
        closed: further days on which nobody is there.
    """

    name: str
    zone: str
    country: str
    subdivision: str = ""
    hub: str = ""
    hours: Hours = field(default_factory=Hours)
    closed: tuple[date, ...] = ()


def zone_of(place: Place) -> ZoneInfo:
    """The time zone of a place.

    Raises:
        JourneyError: it has none, or one that nobody knows.
    """
    if not place.zone:
        raise JourneyError(f"{place.name} has no time zone: add it to the place's data before anything is planned.")
    try:
        return ZoneInfo(place.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise JourneyError(
            f"{place.name} has the time zone {place.zone!r}, which does not exist: correct it to a name such as"
            " 'Europe/Paris'."
        ) from None


def at_local(place: Place, day: date, clock: time) -> datetime:
    """A local time of a place, in UTC.

    Raises:
        JourneyError: daylight saving skips this hour or has it twice, so that it names no one moment.
    """
    zone = zone_of(place)
    first = datetime.combine(day, clock, zone)
    second = first.replace(fold=1)
    if first.utcoffset() != second.utcoffset():
        # An offset that falls from the first reading to the second is an hour that comes twice; one that rises, a gap.
        twice = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
        told = "comes twice" if twice else "does not exist"
        raise JourneyError(
            f"{day} {clock:%H:%M} {told} at {place.name}, where the clocks change that day: ask for the time in UTC."
        )
    return first.astimezone(UTC)


def moment(text: str, place: Place, what: str) -> datetime:
    """A time as a courier writes it, in UTC: with its offset, or without one in the place's own time.

    Raises:
        JourneyError: it can't be read, or names no one moment there.
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise JourneyError(f"The {what} {text!r} is no time: ask the courier for it, as 2026-12-07T14:00.") from None
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    try:
        return at_local(place, read.date(), read.time())
    except JourneyError as wrong:
        raise JourneyError(f"The {what} can't be: {wrong}") from None


def closed_because(place: Place, when: datetime) -> str:
    """Why nobody is there at this moment, or an empty text."""
    local = when.astimezone(zone_of(place))
    if local.date() in place.closed:
        return f"{place.name} is closed on {local.date()}"
    feast = _holidays(place.country, place.subdivision, local.year).get(local.date(), "")
    if feast and not place.hours.on_holidays:
        return f"{local.date()} is a holiday at {place.name} ({feast})"
    opens, closes = place.hours.opens, place.hours.closes
    late = closes != time(0) and local.time() > closes
    if local.weekday() not in place.hours.weekdays or local.time() < opens or late:
        return f"{place.name} receives nothing on {local:%A} at {local:%H:%M} local time"
    return ""


def _opening(place: Place, first: datetime, last: datetime) -> tuple[Array, Array]:
    """Opening and closing times as hours after `first`, in order; a span that the clock change cuts keeps its ends."""
    zone = zone_of(place)
    day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    opened, closed = [], []
    while day <= end:
        feasts = _holidays(place.country, place.subdivision, day.year)
        works = place.hours.on_holidays or day not in feasts
        if works and day not in place.closed and day.weekday() in place.hours.weekdays:
            closes = place.hours.closes
            until = day + timedelta(days=1) if closes == time(0) else day
            opened.append((datetime.combine(day, place.hours.opens, zone).astimezone(UTC) - first) / _HOUR)
            closed.append((datetime.combine(until, closes, zone).astimezone(UTC) - first) / _HOUR)
        day += timedelta(days=1)
    return np.asarray(opened, dtype=float), np.asarray(closed, dtype=float)


def received_at(place: Place, first: datetime, hours: Array) -> Array:
    """When what arrives is taken in: at once while the place is open, else at its next opening.

    Args:
        first: what `hours` counts from, UTC.
        hours: arrivals, hours after `first`; any shape.

    Returns:
        Hours after `first` of the same shape; infinite where the place does not open within four weeks.
    """
    span = float(np.max(hours, initial=0.0)) + 28 * 24
    opened, closed = _opening(place, first - timedelta(days=1), first + timedelta(hours=span))
    if not opened.size:
        return np.full_like(hours, np.inf)
    opened, closed = opened - 24, closed - 24
    next_close = np.searchsorted(closed, hours, side="left")
    inside = next_close < closed.size
    starts = opened[np.minimum(next_close, opened.size - 1)]
    return np.where(inside, np.maximum(hours, starts), np.inf)


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str, year: int) -> dict[date, str]:
    """Public holidays of a year.

    Raises:
        JourneyError: no calendar is known for this country or part of it.
    """
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except (NotImplementedError, KeyError):
        known = f"{country}-{subdivision}" if subdivision else country
        raise JourneyError(
            f"No calendar of holidays is known for {known!r}: correct the country of the place (ISO 3166)."
        ) from None
    return dict(found.items())


def local_day(place: Place, when: datetime) -> date:
    """The day that it is at a place."""
    return when.astimezone(zone_of(place)).date()


def working_days(place: Place, days: Sequence[date]) -> tuple[bool, ...]:
    """Which of these days the place works on."""
    noon = place.hours.opens
    zone = zone_of(place)
    return tuple(not closed_because(place, datetime.combine(day, noon, zone)) for day in days)
