"""Whose day it is: the plant's, the treatment centre's; a moment of each test lies on another day in UTC."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from journey_support import AIRPORTS, CENTRE, CONDITIONS, COURIER, NOW, OPEN, PLANT, UNIT, shipment

from keywords import courier as bot
from mes_core.domain.filing import kept_until
from mes_core.domain.lists import infusion_begins
from mes_core.exchange.product_review import in_period
from mes_core.journey.greedy import greedy
from mes_core.journey.never import way_refusals
from mes_core.journey.places import Place
from mes_core.journey.plan import plan
from mes_core.journey.ways import Offer, read_offer
from mes_core.journey.week import Limits, Wanted
from mes_core.journey.week_ways import Pool, wanted
from mes_core.messages import BatchRecord
from mes_core.messages import journeys as j
from mes_core.services.journeys.week_plan import _in_week
from mes_core.spelling.times import BEGINS_FIRST, BEGINS_LAST, day_begins, day_in, zone_of
from rules.kinds.expression import Expression, check

TOKYO = ZoneInfo("Asia/Tokyo")
EAST = Place("East, Tokyo", "Asia/Tokyo", "JP")
LATE = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
"""The last day of February in Greenwich, the first of March in Tokyo."""


def _record(**more: Any) -> BatchRecord:
    names = ("product", "product_code", "master_record", "master_record_version", "procedure")
    return BatchRecord.model_validate({**dict.fromkeys(names, "x"), "batch_id": "B-1", "kind": "car_t", **more})


@pytest.mark.requirement("URS-112")
def test_a_day_and_its_beginning_are_those_of_a_zone() -> None:
    """An unknown name counts as the caller says; the ends of all calendars break nothing."""
    assert (day_in(LATE, TOKYO), day_begins(date(2026, 3, 1), TOKYO)) == (date(2026, 3, 1), LATE - timedelta(hours=8.5))
    assert [zone_of(name, UTC) for name in (None, "", "Mars/Olympus", "../etc")] == [UTC] * 4
    assert day_in(datetime(9999, 12, 31, 23, tzinfo=UTC), BEGINS_FIRST) == date.max
    assert day_begins(date.min, BEGINS_FIRST) == datetime(1, 1, 1, tzinfo=UTC)
    assert day_begins(date(2026, 3, 1), BEGINS_LAST) - day_begins(date(2026, 3, 1), BEGINS_FIRST) == timedelta(hours=26)


@pytest.mark.requirement("URS-112")
def test_a_year_of_batches_begins_and_ends_at_the_plant() -> None:
    made = _record(manufactured_at=LATE.isoformat())
    march = (date(2026, 3, 1), date(2026, 3, 31))
    assert [in_period(made, *march, zone) for zone in (TOKYO, UTC, None)] == [True, False, None]
    assert in_period(made, date(2026, 1, 1), march[1], None) is True
    assert in_period(_record(), *march, None) is False


@pytest.mark.requirement("URS-112")
def test_what_is_kept_for_years_is_kept_from_the_expiry_at_the_plant_on() -> None:
    """And where nobody said where that is, no shorter than anywhere."""
    found = [kept_until(LATE, zone).isoformat() for zone in (TOKYO, ZoneInfo("America/Chicago"), None)]
    assert found == ["2056-03-01", "2056-02-28", "2056-03-01"]


@pytest.mark.requirement("URS-112")
def test_the_day_of_the_infusion_begins_where_the_patient_is() -> None:
    day = {"infusion_planned_on": "2026-03-10"}
    for zone, at in (("America/Los_Angeles", "10T07:00"), ("Asia/Tokyo", "09T15:00"), (None, "09T10:00")):
        assert infusion_begins(day | {"treatment_zone": zone}) == datetime.fromisoformat(f"2026-03-{at}:00+00:00")
    assert infusion_begins({"infusion_planned_on": None}) is None


@pytest.mark.requirement("URS-112")
def test_a_bot_searches_until_the_day_of_the_infusion_begins_at_the_centre() -> None:
    found = [
        bot._last_day(_record(infusion_planned_on="2026-03-10", treatment_zone=zone)).isoformat()
        for zone in ("America/Los_Angeles", None)
    ]
    assert found == ["2026-03-10T07:00:00+00:00", "2026-03-10T12:00:00+00:00"]


@pytest.mark.requirement("URS-112")
def test_certificates_of_shipper_and_logger_end_on_a_day_of_the_plant() -> None:
    """The parcel arrives on the evening of their last day in Greenwich, and on the morning after in Tokyo."""
    arrives = NOW.replace(hour=16) + timedelta(days=2)
    last = arrives.date()
    one = shipment(logger_calibrated_until=last)
    pickup = (arrives - timedelta(hours=24)).isoformat()
    way = read_offer(Offer("W", "CryoRun", "Air", pickup, arrives.isoformat(), 1), {"CryoRun": COURIER}, PLANT, CENTRE)
    unit = replace(UNIT, qualified_until=last, charged_at=way.pickup_at - timedelta(hours=2))
    more = {"latest": arrives, "earliest_pickup": NOW, "longest_charged_h": 240, "centre": CENTRE, "shipper": unit}
    assert way_refusals(way, one.standing, plant=PLANT, **more) == ()  # type: ignore[arg-type]
    told = "; ".join(way_refusals(way, one.standing, plant=EAST, **more))  # type: ignore[arg-type]
    assert f"logger LG-1 ends on {last}" in told
    assert f"shipper DS-1 ends on {last}" in told


@pytest.mark.requirement("URS-112")
def test_a_courier_s_shipments_of_a_day_are_those_of_the_plant_s_day() -> None:
    """Two pick-ups on two days in Greenwich are two on one day in Tokyo."""
    first = NOW.replace(hour=20) + timedelta(days=1)
    ships: list[Wanted] = []
    for number, start in enumerate((first, first + timedelta(hours=8))):
        slot = Offer(f"W{number}", "CryoRun", "Drive", start.isoformat(), (start + timedelta(hours=30)).isoformat(), 1)
        one = replace(shipment(plant=EAST, centre=OPEN), batch_id=f"B-{number}")
        ships.append(wanted(one, [slot], replace(CONDITIONS, airports=AIRPORTS), [Pool("long", UNIT, 72.0)]))
    assert [len(one.options) for one in ships] == [1, 1]
    limits = Limits(0.5, hub_share=1.0, others=9, courier_day={"CryoRun": 1}, units={"long": (NOW, NOW)})
    assert len(greedy(ships, limits)) == 1
    assert len(plan(ships, limits, None, seconds=5).chosen) == 1


@pytest.mark.requirement("URS-112")
def test_a_week_of_pick_ups_is_the_plant_s_week() -> None:
    monday = date(2026, 3, 2)
    slots = [
        j.OfferedWay(way_id=at, courier="c", service="s", pickup=at, delivery=at, price=1)
        for at in ("2026-03-01T16:00:00+00:00", "2026-03-08T16:00:00+00:00", "2026-03-02T01:00", "soon")
    ]
    kept = [one.way_id for one in _in_week(slots, monday, EAST)]
    assert kept == ["2026-03-01T16:00:00+00:00", "2026-03-02T01:00", "soon"]


def _judged(check_: str, facts: dict[str, Any], **types: str) -> bool:
    rule = Expression.model_validate(
        {
            **{"id": "EX-EXPR-01", "kind": "expression", "title": "An example", "clause": "none, an example"},
            **{"severity": "major", "text": "{item}: it is not so.", "next_step": "Correct it.", "check": check_},
            "facts": {name.replace("__", "."): type_ for name, type_ in types.items()},
            "examples": {"passing": [{"a": 1}], "failing": [{"a": 2}]},
        }
    )
    return not list(check(rule, facts))


@pytest.mark.requirement("URS-112")
def test_an_expression_asks_the_plant_s_calendar_and_no_other_clock() -> None:
    """`day(x)` is the plant's; hours between two times are hours, also in the night in which clocks are set."""
    at = {"shipment": {"delivery_at": LATE.isoformat()}, "packing": {"until": "2026-02-28"}}
    source, types = "day(shipment.delivery_at) <= packing.until", {"shipment__delivery_at": "time"}
    found = [
        _judged(source, {**at, "plant": {"zone": zone}}, packing__until="date", **types)
        for zone in ("Asia/Tokyo", "UTC", "America/Chicago")
    ]
    assert found == [False, True, True]
    night = {"a": "2026-03-28T12:00:00Z", "b": "2026-03-29T11:30:00Z"}
    for zone in ("Europe/Amsterdam", "UTC"):
        facts = {**night, "plant": {"zone": zone}}
        assert _judged("b - a <= hours(24)", facts, a="time", b="time")
        assert _judged("b == a + hours(23.5)", facts, a="time", b="time")
    twice = {"a": "2026-10-25T00:30:00Z", "b": "2026-10-25T01:10:00Z", "plant": {"zone": "Europe/Amsterdam"}}
    assert _judged("a < b", twice, a="time", b="time")
