"""Days as the clauses count them, at the seats of the agencies; nothing of `mes_core.filing`."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

SEATS = {
    "US": ZoneInfo("America/New_York"),
    "EU": ZoneInfo("Europe/Amsterdam"),
    "UK": ZoneInfo("Europe/London"),
    "CH": ZoneInfo("Europe/Zurich"),
}
_FREE_DAYS = {
    "US": holidays.country_holidays("US"),
    "EU": holidays.country_holidays("NL"),
    "UK": holidays.country_holidays("GB", subdiv="ENG"),
    "CH": holidays.country_holidays("CH", subdiv="BE"),
}


def months_on(day: date, months: int) -> date:
    """The same date some months on; where the month has no such day, its last (1182/71 Art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_working_day(day: date, place: str) -> bool:
    """Whether the agency of ``place`` works on ``day``."""
    return day.weekday() < calendar.SATURDAY and day not in _FREE_DAYS[place]


def working_days_on(day: date, count: int, place: str) -> date:
    """The ``count``-th working day after ``day``; negative counts go back. ``day`` itself is never counted."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, place)
    return day


def day_ends(day: date, place: str) -> datetime:
    """The last second of ``day`` where the agency of ``place`` sits, in UTC."""
    return datetime.combine(day, time(23, 59, 59), SEATS[place]).astimezone(UTC)
