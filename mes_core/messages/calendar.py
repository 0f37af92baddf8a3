"""The calendar of shipments: what is fetched, delivered and infused on which day."""

from datetime import date
from enum import StrEnum

from mes_core.messages.record import Instant, View


class Happening(StrEnum):
    """What happens on a day."""

    PICKUP = "pick-up"
    DELIVERY = "delivery"
    INFUSION = "infusion"


class CalendarEntry(View):
    """One thing on one day, at a time where there is one. `urgent`: no courier is booked, and time is short."""

    day: date
    what: Happening
    batch_id: str
    state: str
    at: Instant | None = None
    centre: str = ""
    booking: str = ""
    carrier: str = ""
    urgent: bool = False


class CalendarDay(View):
    """A day: what is shown of it, and how many things more there are."""

    day: date
    entries: tuple[CalendarEntry, ...] = ()
    more: int = 0


class Calendar(View):
    """Whole weeks from a Monday on. `zone` is the one in which pick-ups and deliveries have their day."""

    first: date
    today: date
    zone: str
    weeks: tuple[tuple[CalendarDay, ...], ...]
    left_out: int = 0
    """Batches of these days that were not looked at, as there are too many."""
