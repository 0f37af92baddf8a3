"""What is booked is looked at from its pick-up on; each event moves the forecast, and a silence is said."""

from datetime import timedelta
from typing import Any

import pytest
from journey_plant import DATA, sign_data, step, way
from mes_support import SYSTEM, Plant
from rebooking_support import book, gate_comes_nearer, rebookings

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import BotPrincipal
from mes_core.messages import journeys as j
from mes_core.messages import views as v

pytestmark = pytest.mark.requirement("URS-079")
TRACKING_JOB = "courier_tracking"
LOOK = j.TrackingLook(booking_reference="CR-1", source="courier_cryorun, tracking of CR-1", events=0)


def looks(plant: Plant) -> list[v.WorkItemView]:
    return [one for one in plant.mes.work_items(batch_id="B1") if one.job == TRACKING_JOB]


def under_way(plant: Plant, *, hours: float = 20) -> None:
    """An air freight, picked up in time by what the courier says, at the moment of its pick-up."""
    book(plant, way(plant, "AIR", "Air", hours=hours))
    plant.later(hours=24)
    plant.mes.tick(SYSTEM)


def event(plant: Plant, bot: BotPrincipal, name: str, what: str = "", place: str = "Plant", **more: Any) -> None:
    """What the tracking shows, noted by the bot."""
    details = {"event": what or name, **{key: str(value) for key, value in more.items()}}
    about = {"step": name, "at": plant.now, "place": place, "by": "courier_cryorun", "source": LOOK.source}
    plant.mes.note_custody("B1", j.NewCustody.model_validate({**about, "details": details}), bot)


def finish(plant: Plant, bot: BotPrincipal) -> None:
    assert bot.lease is not None
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)


class TestLooks:
    def test_from_the_pick_up_on_every_two_hours_until_it_has_come(self, ready: Plant) -> None:
        book(ready, way(ready, "AIR", "Air", hours=20))
        ready.later(hours=23, minutes=59)
        ready.mes.tick(SYSTEM)
        assert looks(ready) == []
        ready.later(minutes=1)
        for _ in range(2):
            ready.mes.tick(SYSTEM)
        (first,) = looks(ready)
        assert (first.business_key, first.payload) == ("track:B1:1", {"booking": "CR-1", "site": "courier"})
        bot = ready.at("B1", TRACKING_JOB)
        ready.later(minutes=1)
        finish(ready, bot)
        ready.later(hours=1, minutes=59)
        ready.mes.tick(SYSTEM)
        assert len(looks(ready)) == 1
        ready.later(minutes=1)
        ready.mes.tick(SYSTEM)
        assert [one.business_key for one in looks(ready)] == ["track:B1:1", "track:B1:2"]
        bot = ready.at("B1", TRACKING_JOB)
        event(ready, bot, "picked_up")
        event(ready, bot, "delivered", place="Centre A")
        finish(ready, bot)
        ready.later(hours=5)
        ready.mes.tick(SYSTEM)
        assert len(looks(ready)) == 2


class TestEvents:
    def test_each_event_moves_the_forecast_and_the_same_page_again_changes_nothing(self, ready: Plant) -> None:
        sign_data(ready, **{"product__EX1": {**DATA["product", "EX1"], "threshold": 0.9, "floor": 0.8}})
        gate_comes_nearer(ready, 24 + 20 + 4 + 6)
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        event(ready, bot, "picked_up")
        picked_up = ready.mes.forecasts("B1")[-1]
        ready.later(hours=3)
        event(ready, bot, "in_transit", "departed", "AMS")
        departed = ready.mes.forecasts("B1")[-1]
        assert picked_up.p is not None
        assert departed.p is not None
        assert departed.p > picked_up.p, "the flight left in time: it can't be late any more"
        before = ready.dump()
        event(ready, bot, "in_transit", "departed", "AMS")
        assert ready.dump() == before
        ready.later(minutes=30)
        late = ready.now + timedelta(hours=24)
        event(ready, bot, "in_transit", "delayed", "AMS", expected_at=late.isoformat())
        delayed = ready.mes.forecasts("B1")[-1]
        assert (delayed.p, delayed.below, delayed.picked_up) == (pytest.approx(0, abs=0.01), True, True)
        assert rebookings(ready) == []
        (hold,) = [one for one in ready.mes.get_batch("B1").holds if "call the courier" in one.reason]
        assert "not changed by itself any more, as it was picked up" in hold.reason

    def test_what_has_come_in_time_is_as_good_as_its_shipper(self, ready: Plant) -> None:
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        event(ready, bot, "picked_up")
        ready.later(hours=20)
        event(ready, bot, "delivered", place="Centre A")
        came = ready.mes.forecasts("B1")[-1]
        assert came.late == 0
        assert came.p is not None
        assert came.p > 0.99

    @pytest.mark.requirement("URS-073")
    def test_an_event_that_can_not_be_is_refused_and_changes_nothing(self, ready: Plant) -> None:
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        before, now = ready.dump(), ready.now
        for hours, told in ((1, "lies in the future"), (-48, "it was packed at")):
            ready.now = now + timedelta(hours=hours)
            about = {"step": "picked_up", "at": ready.now, "place": "Plant", "by": "c", "source": LOOK.source}
            ready.now = now
            with pytest.raises(Invalid, match=told):
                ready.mes.note_custody("B1", j.NewCustody.model_validate(about), bot)
            assert ready.dump() == before

    def test_the_tracking_of_another_booking_says_nothing_of_this_one(self, ready: Plant) -> None:
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        before = ready.dump()
        with pytest.raises(Conflict, match="The tracking is of booking 'CR-9', and that of batch B1 is CR-1"):
            ready.mes.tracking_looked_at("B1", LOOK.model_copy(update={"booking_reference": "CR-9"}), bot)
        assert ready.dump() == before


class TestSilence:
    def test_a_silence_is_said_once_and_the_batch_is_kept_where_it_is(self, ready: Plant) -> None:
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        event(ready, bot, "picked_up")
        heard = ready.now
        assert ready.mes.tracking_looked_at("B1", LOOK, bot).silent == ""
        finish(ready, bot)
        ready.later(hours=12, minutes=30)
        ready.mes.tick(SYSTEM)
        state, steps = ready.mes.get_batch("B1").state, ready.mes.custody("B1")
        bot = ready.at("B1", TRACKING_JOB)
        for _ in range(2):
            view = ready.mes.tracking_looked_at("B1", LOOK, bot)
        assert view.last_heard_at == heard
        assert "has said nothing of batch B1 for 12 h: call the courier" in view.silent
        (hold,) = [one for one in ready.mes.get_batch("B1").holds if one.reason == view.silent]
        assert hold.kind == "logistics"
        assert (ready.mes.get_batch("B1").state, ready.mes.custody("B1")) == (state, steps)
        assert view.forecast is not None

    def test_a_pick_up_of_which_nothing_is_heard_is_a_silence_too(self, ready: Plant) -> None:
        data = {**DATA["courier", "cryorun"], "silent_after_h": 3}
        sign_data(ready, **{"courier__cryorun": data})
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        ready.later(minutes=1)
        assert ready.mes.tracking_looked_at("B1", LOOK, bot).silent == ""
        finish(ready, bot)
        ready.later(hours=3, minutes=30)
        ready.mes.tick(SYSTEM)
        view = ready.mes.tracking_looked_at("B1", LOOK, ready.at("B1", TRACKING_JOB))
        assert (view.last_heard_at, "for 4 h" in view.silent) == (None, True)

    def test_what_has_come_is_not_silent(self, ready: Plant) -> None:
        under_way(ready)
        bot = ready.at("B1", TRACKING_JOB)
        event(ready, bot, "picked_up")
        event(ready, bot, "delivered", place="Centre A")
        finish(ready, bot)
        assert looks(ready)[-1].state == "done"
        step(ready, "received", identifier="B1", seal="S-1", temperature_c=-180)
        with pytest.raises(Conflict, match="was received"):
            ready.mes.forecast("B1", ready.operator)

    def test_only_a_bot_with_a_look_in_hand_says_that_it_looked(self, ready: Plant) -> None:
        under_way(ready)
        for who in (ready.operator, ready.bot, ready.at("B1")):
            with pytest.raises(Forbidden):
                ready.mes.tracking_looked_at("B1", LOOK, who)
