"""Tracking: what is left of a way once something was heard of it, and tracking that goes silent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mes_core.journey.ways import Way

_NONE = timedelta(0)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Heard:
    """One thing that was heard of a shipment on its way.

    Attributes:
        what: `picked_up`, `departed` (from a hub), `arrived`, `delayed`, `export_cleared`, `import_cleared` or
            `delivered`.
        at: when it happened, UTC.
        place: where; the code of the hub for a departure.
        expected_at: when the courier now expects to deliver, where it says so.
    """

    what: str
    at: datetime
    place: str = ""
    expected_at: datetime | None = None


def way_left(way: Way, heard: Sequence[Heard], now: datetime) -> Way:
    """The part of a way that is still to come, as late as it is by what was heard.

    Legs that are behind it can make it no later; a late drive that misses the first flight waits for the next one.
    What was not delivered by now is delivered now at the earliest. A flight of whose departure nothing was heard is
    taken as still to come at its time: couriers tell of it late.

    Args:
        way: the booked way.
        heard: in any order.
        now: the moment.
    """
    left, late = way, _NONE
    for one in sorted(heard, key=lambda each: each.at):
        left, late = _after(way, left, late, one)
        if one.what == "delivered":
            return left
    delivery = max(way.delivery_at + late, now)
    late = delivery - way.delivery_at if not left.flights else late
    flights = tuple(replace(one, leaves_at=one.leaves_at + late) for one in left.flights)
    return replace(left, delivery_at=delivery, flights=flights)


def _after(way: Way, left: Way, late: timedelta, one: Heard) -> tuple[Way, timedelta]:
    """What is left, and how late it is, once one more thing was heard."""
    service = left.service
    if one.what == "delivered":
        service = replace(service, road_legs=0, customs=False)
        return replace(left, service=service, flights=(), pickup_at=one.at, delivery_at=one.at), _NONE
    if one.what == "picked_up":
        late = max(one.at - way.pickup_at, _NONE)
        if way.flights and late > service.slack_h * _HOUR:
            late = _next_flight(late, service.slack_h, service.next_flight_h)
        elif way.flights:
            late = _NONE
    if one.what == "departed":
        flown = next((n for n, flight in enumerate(left.flights) if flight.hub == one.place), None)
        if flown is not None:
            late = max(one.at - left.flights[flown].leaves_at, _NONE)
            left = replace(left, flights=left.flights[flown + 1 :])
            service = replace(service, road_legs=max(way.service.road_legs - 1, 1))
    if one.what == "import_cleared":
        service = replace(service, customs=False)
    if one.expected_at is not None:
        late = max(one.expected_at - way.delivery_at, _NONE)
    return replace(left, service=service), late


def _next_flight(late: timedelta, slack_h: float, next_h: float) -> timedelta:
    missed = -((slack_h * _HOUR - late) // (next_h * _HOUR))
    return missed * next_h * _HOUR
