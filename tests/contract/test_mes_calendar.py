"""The planner's calendar: what stands on which day, what is urgent, and what it does with too many and broken ones."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from console_support import browser
from mes_support import COURIER_JOB, Plant, record, shipment

from mes_core.domain.errors import Invalid
from mes_core.messages.calendar import CalendarDay, Happening
from mes_core.services.journeys import calendar

pytestmark = pytest.mark.requirement("URS-294")


def _released(plant: Plant, name: str, infusion: str, **more: str) -> None:
    plant.rules.say("READY")
    plant.mes.submit_batch(record(name, infusion_planned_on=infusion, **more), plant.bot)
    plant.sign(plant.mes.review(name, (), plant.at(name)))


def _days(plant: Plant, day: date | None = None) -> dict[date, CalendarDay]:
    return {one.day: one for week in plant.mes.calendar(day).weeks for one in week if one.entries}


def test_pick_up_delivery_and_infusion_stand_on_their_days(plant: Plant) -> None:
    _released(plant, "B1", "2026-03-05")
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    _released(plant, "B2", "2026-03-18")
    plant.mes.submit_batch(record("WAITS", infusion_planned_on="2026-03-06"), plant.bot)
    found = plant.mes.calendar()
    assert (found.first, found.today, len(found.weeks)) == (date(2026, 2, 23), date(2026, 3, 1), 4)
    told = {
        (day.isoformat(), one.what.value, one.batch_id, one.carrier)
        for day, shown in _days(plant).items()
        for one in shown.entries
    }
    assert told == {
        ("2026-03-02", "pick-up", "B1", "CryoRun"),
        ("2026-03-03", "delivery", "B1", "CryoRun"),
        ("2026-03-05", "infusion", "B1", "CryoRun"),
        ("2026-03-18", "infusion", "B2", ""),
    }
    assert plant.mes.calendar(date(2026, 3, 4)).first == date(2026, 3, 2)


def test_a_pick_up_before_an_infusion_that_is_not_shown_is_shown(plant: Plant) -> None:
    _released(plant, "B1", "2026-03-24")
    at = {"pickup_at": "2026-03-22T08:00:00Z", "delivery_at": "2026-03-23T08:00:00Z"}
    plant.mes.record_shipment("B1", shipment(**at), plant.at("B1", COURIER_JOB))
    assert [one.what for one in _days(plant)[date(2026, 3, 22)].entries] == [Happening.PICKUP]
    assert date(2026, 3, 24) not in _days(plant)


def test_days_are_those_of_the_plant(plant: Plant) -> None:
    _released(plant, "B1", "2026-03-05")
    at = {"pickup_at": "2026-03-01T22:30:00Z", "delivery_at": "2026-03-03T08:00:00Z"}
    plant.mes.record_shipment("B1", shipment(**at), plant.at("B1", COURIER_JOB))
    assert date(2026, 3, 1) in _days(plant)
    plant.mes.zone = ZoneInfo("Europe/Helsinki")
    assert plant.mes.calendar().zone == "Europe/Helsinki"
    assert date(2026, 3, 1) not in _days(plant)
    assert _days(plant)[date(2026, 3, 2)].entries[0].what is Happening.PICKUP


def test_what_nobody_has_booked_is_urgent_once_time_is_short(plant: Plant) -> None:
    _released(plant, "B1", "2026-03-10")
    assert not _days(plant)[date(2026, 3, 10)].entries[0].urgent
    assert "no courier booked" not in browser(plant).get("/shipments/calendar").text
    plant.now += timedelta(days=6)
    assert _days(plant)[date(2026, 3, 10)].entries[0].urgent
    assert "no courier booked" in browser(plant).get("/shipments/calendar").text


def test_a_full_day_says_how_many_more_and_so_do_full_weeks(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        _released(plant, f"F{number}", "2026-03-12")
    day = _days(plant)[date(2026, 3, 12)]
    assert (len(day.entries), day.more) == (6, 2)
    monkeypatch.setattr(calendar, "_MOST_BATCHES", 5)
    assert plant.mes.calendar().left_out == 3
    assert "3 batches more" in browser(plant).get("/shipments/calendar").text


def test_broken_documents_leave_the_calendar_as_it_is_and_wrong_days_are_refused(plant: Plant) -> None:
    _released(plant, "B1", "2026-03-05", treatment_centre="<i>Centre</i>")
    _released(plant, "B2", "2026-03-06")
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.meddle("UPDATE shipments SET document = '{broken'", "UPDATE batches SET record = '{' WHERE batch_id = 'B2'")
    web = browser(plant)
    page = web.get("/shipments/calendar")
    assert page.status_code == 200
    assert "&lt;i&gt;Centre&lt;/i&gt;" in page.text
    assert {date(2026, 3, 5), date(2026, 3, 6)} <= set(_days(plant))
    for wrong in ("0001-01-01", "9999-12-31"):
        with pytest.raises(Invalid, match="There is no calendar"):
            plant.mes.calendar(date.fromisoformat(wrong))
        assert web.get(f"/shipments/calendar?from={wrong}").status_code == 422
    assert web.get("/shipments/calendar?from=yesterday").status_code == 422
    assert web.get("/shipments/calendar?from=2026-07-01").status_code == 200
