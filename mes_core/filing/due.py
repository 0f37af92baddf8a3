"""When a filing is due: one function for each due rule, and the plant's own day before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mes_core.filing import model as m
from mes_core.filing.calendars import (
    AUTHORITIES,
    DAY,
    day_in,
    end_of_day,
    is_working_day,
    months_from,
    working_days_from,
    years_kept,
)
from mes_core.filing.events import Event, Licence

_MONTHS = {"quarters": 3, "half_years": 6, "years": 12}
_QUARTERS_A_YEAR = 4
_PLAN_DAYS = 2


@dataclass(frozen=True)
class Due:
    """One time: `occurrence` tells filings of one clock and unit apart.

    Attributes:
        due_at: the end of the time, UTC; None where the clause names none.
        day_zero: the day from which it counts, where the person was; None for periods.
        begins, ends: first and last day of a period.
    """

    occurrence: str
    due_at: datetime | None
    day_zero: date | None = None
    begins: date | None = None
    ends: date | None = None


def of_event(clock: m.Clock, event: Event, as_of: datetime) -> Iterator[Due]:
    """The times that an event starts, those included that begin up to `as_of`."""
    rule, zero, key = clock.due, _day_zero(event), event.event_id
    if isinstance(rule, m.Repeating):
        yield from _repeating(clock, rule, event, as_of)
        return
    days = {one.day for one in event.reports} or {event.day}
    yield Due(key, min(filter(None, (_single(clock, event, zero, day) for day in days)), default=None), zero)


def _day_zero(event: Event) -> date:
    """The first day on which anybody knew, on their own calendar: a later moment elsewhere may be the day before."""
    return min(day_in(one.aware_at, one.zone) for one in event.reports or (event,))


def _single(clock: m.Clock, event: Event, zero: date, day: date | None) -> datetime | None:
    """When it is due if the thing itself is of a day, or of one that nobody knows."""
    rule = clock.due
    match rule:
        case m.CalendarDays():
            start = day if rule.of == "day" and day else zero
            return end_of_day(start + rule.days * DAY, clock.authority)
        case m.WorkingDays():
            return end_of_day(working_days_from(zero, rule.days, clock.authority), clock.authority)
        case m.Hours():
            return event.aware_at + timedelta(hours=rule.hours)
        case m.AtOnce():
            return event.aware_at
        case m.Ahead():
            return end_of_day(_ahead(clock.authority, rule, day, zero), clock.authority)
        case m.YearsKept():
            return end_of_day(years_kept(event.day, rule.years), clock.authority) if event.day else None
        case _:
            return None


def _ahead(authority: str, rule: m.Ahead, day: date | None, zero: date) -> date:
    soon = working_days_from(zero, rule.else_working_days, authority)
    if day is None:
        return soon
    ahead = months_from(day, -rule.months)
    return ahead if ahead >= zero else min(soon, working_days_from(day, rule.else_working_days, authority))


def _repeating(clock: m.Clock, rule: m.Repeating, event: Event, as_of: datetime) -> Iterator[Due]:
    zero, every = _day_zero(event), rule.days * DAY
    today = day_in(as_of, AUTHORITIES[clock.authority].zone)
    number, begins = 1, zero
    while begins <= today and not (event.closed_on and begins >= event.closed_on):
        due_at = end_of_day(begins + every, clock.authority)
        yield Due(f"{event.event_id}/{number}", due_at, zero, begins, begins + every)
        number, begins = number + 1, begins + every


def of_licence(clock: m.Clock, licence: Licence, as_of: datetime) -> Iterator[Due]:
    """The periods of a licence that have begun by `as_of`."""
    rule = clock.due
    if not isinstance(rule, m.Periods):
        return
    today = day_in(as_of, AUTHORITIES[clock.authority].zone)
    for number, begins, following in _periods(rule, licence.granted_on):
        if begins > today or (licence.ended_on and begins > licence.ended_on):
            return
        year = 1 + number // _QUARTERS_A_YEAR if rule.rule == "quarters" else 1 + number
        if rule.rule != "half_years" and rule.last_year and year > rule.last_year:
            return
        if rule.rule != "half_years" and year < rule.first_year:
            continue
        close = following - DAY
        if licence.tracked_from and close < licence.tracked_from:
            continue
        counted = close if rule.after == "close" else following
        yield Due(close.isoformat(), end_of_day(counted + rule.days * DAY, clock.authority), None, begins, close)


def _periods(rule: m.Periods, granted_on: date) -> Iterator[tuple[int, date, date]]:
    """Number, first day, and first day of the next period; each is counted from the licence, so that none drifts."""
    step = _MONTHS[rule.rule]
    start = granted_on
    if rule.rule == "half_years":
        start = date(granted_on.year, 1 if granted_on.month <= step else 1 + step, 1)
    number = 0
    while True:
        begins = months_from(start, number * step)
        yield number, max(begins, granted_on), months_from(start, (number + 1) * step)
        number += 1


def plan_by(clock: m.Clock, due_at: datetime | None, earliest: date | None = None) -> datetime | None:
    """The plant's own time: two working days of the authority before the day it is due, and never after it.

    Nothing is planned on a day to which a last day might roll (Reg. 1182/71), or before `earliest`: the day on which
    it is known, or the last day of the period that a report tells of. Times in hours and at once have no day before
    them.
    """
    if due_at is None or isinstance(clock.due, m.Hours | m.AtOnce | m.YearsKept):
        return due_at
    day = day_in(due_at, AUTHORITIES[clock.authority].zone)
    if not is_working_day(day, clock.authority):
        day = working_days_from(day, -1, clock.authority)
    planned = end_of_day(working_days_from(day, -_PLAN_DAYS, clock.authority), clock.authority)
    return planned if earliest is None else max(planned, min(due_at, end_of_day(earliest, clock.authority)))
