"""What is due to authorities as a calendar file (iCalendar): the day on which it is due, and the plant's own before."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from mes_core.messages.filing import FilingView

_HOUR = timedelta(hours=1)


def calendar_of(filings: Iterable[FilingView], made_at: datetime) -> bytes:
    """A calendar with an entry for each filing that has a time; the same filings at the same time: the same bytes.

    Args:
        filings: filings, due ones and others.
        made_at: when the calendar is made, zone-aware.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Batchwright//Filings//EN")
    calendar.add("version", "2.0")
    for one in filings:
        if one.due_at is None:
            continue
        event = Event()
        event.add("uid", f"{one.filing_id}@batchwright")
        event.add("dtstamp", made_at)
        event.add("dtstart", one.due_at - _HOUR)
        event.add("dtend", one.due_at)
        event.add("summary", f"{one.form} ({one.unit}) is due")
        doubt = f" Not known and counted as yes: {', '.join(one.undecided)}." if one.undecided else ""
        event.add("description", f"{one.filing_id}, {one.clause}, {one.authority}: {one.status}. {one.why}{doubt}")
        if one.plan_by is not None and one.plan_by < one.due_at:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", f"{one.form} ({one.unit}): the plant's own day")
            alarm.add("trigger", one.plan_by)
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
