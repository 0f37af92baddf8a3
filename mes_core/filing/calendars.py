"""Days as an authority counts them: its zone, its working days, the end of its day, months and anniversaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from mes_core.domain.errors import Invalid

DAY = timedelta(days=1)
_EARLIEST = timezone(timedelta(hours=-12))
"""Where the calendar shows the earliest date: what an unknown zone counts as."""
_SATURDAY = 5
_MONTHS = 12


@dataclass(frozen=True)
class Authority:
    """An authority: where its day ends, and whose public holidays it keeps.

    `country` and `part` are those of the package `holidays`. Days on which an authority is closed besides the public
    holidays of its seat are not known here: leaving one out makes a time end earlier, never later.
    """

    name: str
    zone: str
    country: str
    part: str | None = None


AUTHORITIES: Mapping[str, Authority] = {
    "FDA": Authority("Food and Drug Administration", "America/New_York", "US"),
    "EMA": Authority("European Medicines Agency and the competent authority", "Europe/Amsterdam", "NL"),
    "MHRA": Authority("Medicines and Healthcare products Regulatory Agency", "Europe/London", "GB", "ENG"),
    "Swissmedic": Authority("Swissmedic, the Swiss Agency for Therapeutic Products", "Europe/Zurich", "CH", "BE"),
}
"""By the name that clocks give."""


def zone(name: str) -> ZoneInfo:
    """A zone by its IANA name.

    Raises:
        Invalid: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"There is no time zone {name!r}: write it like America/New_York.") from None


def day_in(moment: datetime, zone_name: str | None) -> date:
    """The date of a moment in a zone; an unknown zone is the one whose date is earliest."""
    return moment.astimezone(zone(zone_name) if zone_name else _EARLIEST).date()


def end_of_day(day: date, authority: str) -> datetime:
    """The last second of a day at the seat of an authority, in UTC."""
    local = datetime.combine(day, time(23, 59, 59), zone(AUTHORITIES[authority].zone))
    return local.astimezone(UTC)


def is_working_day(day: date, authority: str) -> bool:
    """Whether an authority works on a day: no weekend, and no public holiday of its seat."""
    return day.weekday() < _SATURDAY and day not in _free(authority, day.year)


def working_days_from(day: date, count: int, authority: str) -> date:
    """The working day that is `count` after a day, or before it where `count` is negative; the day is not counted."""
    step = DAY if count > 0 else -DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day, authority):
            day += step
    return day


@cache
def _free(authority: str, year: int) -> frozenset[date]:
    known = AUTHORITIES[authority]
    return frozenset(holidays.country_holidays(known.country, subdiv=known.part, years=year))


def months_from(day: date, count: int) -> date:
    """The same day of another month, or the month's last day where it has no such day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + count, _MONTHS)
    first = date(year, month + 1, 1)
    length = ((first.replace(day=28) + timedelta(days=4)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))


def years_kept(day: date, years: int) -> date:
    """Until when something is kept that is kept for years after a day; from 29 February on: 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
