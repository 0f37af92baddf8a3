"""Ways on offer: what a courier's slot consists of, and how late each of its parts may make it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mes_core.journey.delays import DelayTable
from mes_core.journey.errors import JourneyError
from mes_core.journey.places import Place, moment, zone_of


@dataclass(frozen=True)
class Flight:
    """A flight of a way: the hub that it leaves from, and its planned departure, UTC."""

    hub: str
    leaves_at: datetime


@dataclass(frozen=True)
class Service:
    """What a courier's service consists of, as its contract says.

    Attributes:
        road_legs: drives at both ends.
        hubs: airports that it leaves from in turn; empty for a drive all the way.
        first_flight_h: hours from the pick-up to the first planned departure.
        slack_h: lateness of the first drive that the first flight forgives.
        next_flight_h: hours to the courier's next departure when it is missed.
        customs: cleared at a border.
        cut_off_h: hours before the pick-up by which it has to be booked.
    """

    name: str
    road_legs: int = 1
    hubs: tuple[str, ...] = ()
    first_flight_h: float = 3.0
    slack_h: float = 1.0
    next_flight_h: float = 24.0
    customs: bool = False
    cut_off_h: float = 2.0


@dataclass(frozen=True)
class Courier:
    """A courier: its services by name, and what its tariff says of a day."""

    name: str
    services: Mapping[str, Service]


@dataclass(frozen=True)
class Offer:
    """A slot as a portal shows it: times as text, with an offset or in the local time of their place."""

    way_id: str
    courier: str
    service: str
    pickup: str
    delivery: str
    price: float
    hold_time_h: float = 0.0


@dataclass(frozen=True)
class Way:
    """A slot that can be read: times in UTC, and what it consists of."""

    way_id: str
    courier: str
    service: Service
    pickup_at: datetime
    delivery_at: datetime
    price: float
    flights: tuple[Flight, ...]

    def hub_days(self, airports: Mapping[str, Place]) -> tuple[tuple[str, date], ...]:
        """Hub and local day of each flight."""
        return tuple((one.hub, one.leaves_at.astimezone(zone_of(airports[one.hub])).date()) for one in self.flights)


def read_offer(offer: Offer, couriers: Mapping[str, Courier], plant: Place, centre: Place) -> Way:
    """Read a slot.

    Raises:
        JourneyError: a time that can't be, a delivery that is not after the pick-up, or a service nobody described.
    """
    pickup = moment(offer.pickup, plant, "pick-up")
    delivery = moment(offer.delivery, centre, "delivery")
    if delivery <= pickup:
        raise JourneyError("The delivery is not after the pick-up: ask the courier for the right times.")
    courier = couriers.get(offer.courier)
    service = courier.services.get(offer.service) if courier else None
    if service is None:
        raise JourneyError(
            f"Nothing is known of the service {offer.service!r} of {offer.courier}: describe its legs in the"
            " courier's data."
        )
    first = pickup + timedelta(hours=service.first_flight_h)
    span = (delivery - pickup) / max(len(service.hubs), 1)
    flights = tuple(Flight(hub, first + index * span) for index, hub in enumerate(service.hubs))
    return Way(offer.way_id, offer.courier, service, pickup, delivery, offer.price, flights)


@dataclass(frozen=True)
class Kind:
    """What two ways have in common when their delays have the same law."""

    flights: tuple[tuple[str, int, str], ...]
    road_legs: int
    customs: bool
    slack_h: float
    next_flight_h: float


def kind_of(way: Way, table: DelayTable, zones: Mapping[str, Place], outlook: Mapping[tuple[str, str], str]) -> Kind:
    """The law that the delays of a way follow: hub, part of the day and outlook of each flight, and its other legs."""
    flights = []
    for one in way.flights:
        hub = zones.get(one.hub)
        if hub is None:
            raise JourneyError(f"Nothing is known of the airport {one.hub!r}: add it with its time zone.")
        local = one.leaves_at.astimezone(zone_of(hub))
        part = table.part_of(local.hour)
        flights.append((one.hub, part, outlook.get((one.hub, local.date().isoformat()), "")))
    service = way.service
    return Kind(tuple(flights), service.road_legs, service.customs, service.slack_h, service.next_flight_h)
