"""What is left of a way by what was heard: legs behind it can't make it later, those before it can."""

from datetime import UTC, datetime, timedelta

import pytest

from mes_core.journey.tracking import Heard, way_left
from mes_core.journey.ways import Flight, Service, Way

pytestmark = pytest.mark.requirement("URS-079")
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def way(*hubs: str, road_legs: int = 2) -> Way:
    """A way of thirty hours: the first flight after three, the second after fifteen."""
    service = Service("Air", road_legs=road_legs, hubs=hubs, slack_h=1.0, next_flight_h=24.0, customs=True)
    flights = tuple(Flight(hub, at(3 + 12 * number)) for number, hub in enumerate(hubs))
    return Way("W", "c", service, START, at(30), 900, flights)


def test_a_departure_leaves_the_rest_as_late_as_it_was() -> None:
    left = way_left(way("AMS", "JFK"), [Heard("picked_up", at(0.2)), Heard("departed", at(5), "AMS")], at(5))
    assert [one.hub for one in left.flights] == ["JFK"]
    assert left.flights[0].leaves_at == at(15 + 2)
    assert (left.service.road_legs, left.delivery_at) == (1, at(32))


def test_a_late_pick_up_within_the_slack_costs_nothing_and_one_beyond_it_a_flight() -> None:
    assert way_left(way("AMS"), [Heard("picked_up", at(0.9))], at(1)).delivery_at == at(30)
    late = way_left(way("AMS"), [Heard("picked_up", at(1.5))], at(2))
    assert (late.delivery_at, late.flights[0].leaves_at) == (at(54), at(27))
    assert way_left(way(), [Heard("picked_up", at(1.5))], at(2)).delivery_at == at(31.5)


def test_what_the_courier_expects_counts_until_it_says_otherwise() -> None:
    heard = [Heard("picked_up", at(0)), Heard("delayed", at(4), "AMS", at(41))]
    assert way_left(way("AMS"), heard, at(5)).delivery_at == at(41)
    heard.append(Heard("departed", at(4.5), "AMS", at(33)))
    assert way_left(way("AMS"), heard, at(5)).delivery_at == at(33)


def test_a_border_behind_it_is_no_risk_and_a_delivery_is_the_end() -> None:
    cleared = way_left(way("AMS"), [Heard("picked_up", at(0)), Heard("import_cleared", at(20))], at(20))
    assert not cleared.service.customs
    come = way_left(way("AMS"), [Heard("delivered", at(28)), Heard("picked_up", at(0))], at(40))
    assert (come.delivery_at, come.flights, come.service.road_legs, come.service.customs) == (at(28), (), 0, False)


def test_what_has_not_come_by_now_comes_now_at_the_earliest() -> None:
    heard = [Heard("picked_up", at(0)), Heard("departed", at(3), "AMS")]
    assert way_left(way("AMS"), heard, at(29)).delivery_at == at(30)
    assert way_left(way("AMS"), heard, at(35)).delivery_at == at(35)
