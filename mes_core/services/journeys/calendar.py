"""Shipments by day: pick-ups and deliveries that are booked, and the infusions they are for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

import orjson

from mes_core.domain.due import COURIER_BEFORE_INFUSION
from mes_core.domain.errors import Invalid
from mes_core.domain.states import LEFT, SUPPLIED, State
from mes_core.messages.calendar import Calendar, CalendarDay, CalendarEntry, Happening
from mes_core.services import aside, shipments
from mes_core.services.core import Core
from mes_core.services.ports import any_table
from mes_core.services.ports.rows import BatchRow

WEEKS = 4
_AHEAD = timedelta(days=10)
"""Pick-ups come before infusions: those of the days after the last one shown are looked at too."""
_MOST_BATCHES, _MOST_OF_A_DAY = 200, 6
_SHOWN = tuple(sorted(state.value for state in (State.READY, *SUPPLIED, *LEFT)))
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)
_SHORT = timedelta(days=2) + COURIER_BEFORE_INFUSION


class Calendars(Core):
    """Four weeks at a glance."""

    def calendar(self, day: date | None = None) -> Calendar:
        """The weeks from the Monday before a day on.

        Args:
            day: any day of the first week; default: today.

        Raises:
            Invalid: no plant has a calendar for that day.
        """
        zone: tzinfo = self.zone or UTC
        today = self.now().astimezone(zone).date()
        day = day or today
        if not _EARLIEST <= day <= _LATEST:
            raise Invalid(f"There is no calendar for {day}: choose a day between {_EARLIEST} and {_LATEST}.")
        first = day - timedelta(days=day.weekday())
        days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
        rows, sent, left_out = self._read(first, days[-1] + _AHEAD)
        found: dict[date, list[CalendarEntry]] = {}
        for row in rows:
            for one in _entries(row, sent.get(row["batch_id"]), zone, today):
                found.setdefault(one.day, []).append(one)
        whole = [_day(one, found.get(one, [])) for one in days]
        weeks = tuple(tuple(whole[number : number + 7]) for number in range(0, len(whole), 7))
        name = self.zone.key if self.zone else "UTC"
        return Calendar(first=first, today=today, zone=name, weeks=weeks, left_out=left_out)

    def _read(self, first: date, last: date) -> tuple[list[BatchRow], dict[str, str], int]:
        """Batches whose infusion is planned on these days, their shipments, and how many more there are."""
        span = (last - first).days + 1
        on = [(first + timedelta(days=number)).isoformat() for number in range(span)]
        with self._store.read() as work:
            within = {"infusion_on": on, "state": list(_SHOWN)}
            rows = work.find("batches", within=within, order=("infusion_on", "batch_id"), limit=_MOST_BATCHES)
            sent = shipments.latest(work, [row["batch_id"] for row in rows])
            total = 0
            if len(rows) == _MOST_BATCHES:
                table = any_table(work)
                counts = [table.counts("batches", "infusion_on", state=state) for state in _SHOWN]
                total = sum(one.get(day, 0) for one in counts for day in on)
        return rows, sent, max(0, total - len(rows))


def _entries(row: BatchRow, shipment: str | None, zone: tzinfo, today: date) -> Iterator[CalendarEntry]:
    """What happens with a batch; of documents that can't be read, what columns say."""
    record = aside.readable(f"batch {row['batch_id']}", lambda: dict(orjson.loads(row["record"])), lambda _: {})
    told = aside.fields(shipment) if shipment is not None else None
    centre = str(record.get("treatment_centre") or "")
    carrier, booking = (str((told or {}).get(name, "")) for name in ("carrier", "booking_reference"))
    about = {"batch_id": row["batch_id"], "state": row["state"], "centre": centre}
    about |= {"carrier": carrier, "booking": booking}
    for what, name in ((Happening.PICKUP, "pickup_at"), (Happening.DELIVERY, "delivery_at")):
        at = _moment((told or {}).get(name))
        if at is not None:
            yield CalendarEntry.model_validate({**about, "day": at.astimezone(zone).date(), "what": what, "at": at})
    day = _date(row["infusion_on"])
    if day is not None:
        urgent = shipment is None and State(row["state"]) not in LEFT and day - today <= _SHORT
        yield CalendarEntry.model_validate({**about, "day": day, "what": Happening.INFUSION, "urgent": urgent})


def _day(day: date, entries: list[CalendarEntry]) -> CalendarDay:
    """What is urgent first, then by time, infusions last."""
    at_last = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(entries, key=lambda one: (not one.urgent, one.at or at_last, one.batch_id))
    return CalendarDay(day=day, entries=tuple(ordered[:_MOST_OF_A_DAY]), more=max(0, len(ordered) - _MOST_OF_A_DAY))


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
