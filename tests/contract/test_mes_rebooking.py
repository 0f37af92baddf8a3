"""A booked way that falls below its limit: another one is booked before the pick-up, a person is called after it."""

from datetime import timedelta

import pytest
from journey_plant import DATA, ask, sign_data, step, way
from mes_support import COURIER_JOB, PASSWORD, Plant
from rebooking_support import (
    REBOOKING_JOB,
    act,
    book,
    done,
    effect,
    gate_comes_nearer,
    rebookings,
    shipment_of,
    slow,
)

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import journeys as j
from mes_core.messages import views as v
from mes_core.messages.genealogy import Traced

pytestmark = pytest.mark.requirement("URS-078")


class TestForecast:
    def test_a_booked_way_that_falls_is_replaced_by_one_item_and_no_second(self, ready: Plant) -> None:
        book(ready, slow(ready))
        fine = ready.mes.forecast("B1", ready.operator)
        assert (fine.below, fine.rebooking) == (False, "")
        assert rebookings(ready) == []
        gate_comes_nearer(ready)
        newest = ready.mes.forecasts("B1")[-1]
        assert newest.below
        assert newest.p is not None
        assert fine.p is not None
        assert newest.p < newest.limit <= fine.p
        assert newest.late == pytest.approx(1 - newest.p, abs=0.01)
        (item,) = rebookings(ready)
        assert (item.state, item.business_key, newest.rebooking) == ("queued", "rebook:B1:1", "rebook:B1:1")
        assert (item.payload["booking"], item.payload["site"], item.payload["way_id"]) == ("CR-1", "courier", "SLOW")
        ready.mes.forecast("B1", ready.operator)
        assert len(rebookings(ready)) == 1
        told = [one for one in ready.mes.audit("B1") if one.action == "arrival forecast"]
        assert len(told) == len(ready.mes.forecasts("B1"))
        assert f"{newest.p:.2%}, below 99.50%" in str(told[-1].why)

    def test_weather_that_is_signed_reaches_what_is_booked(self, ready: Plant) -> None:
        """Data that change are put to every booked way at once."""
        gate_comes_nearer(ready, 24 + 20 + 4 + 3)
        sign_data(ready, **{"product__EX1": {**DATA["product", "EX1"], "threshold": 0.8}})
        book(ready, way(ready, "AIR", "Air", hours=20))
        before = ready.mes.forecast("B1", ready.operator)
        day = (ready.now + timedelta(hours=27)).date().isoformat()
        storm = {"outlook__week": {"days": [["AMS", day, "storm"]]}}
        sign_data(ready, **{"product__EX1": {**DATA["product", "EX1"], "threshold": 0.8}}, **storm)
        after = ready.mes.forecasts("B1")[-1]
        assert before.p is not None
        assert after.p is not None
        assert after.p < before.p - 0.02
        assert [one.state for one in rebookings(ready)] == (["queued"] if after.below else [])

    def test_a_way_that_a_person_signed_for_is_held_against_what_they_saw(self, ready: Plant) -> None:
        """Below the threshold, and as good as it was: nothing is booked anew."""
        gate_comes_nearer(ready)
        options = ask(ready, slow(ready))
        assert options.decides == "person"
        decision = j.DecideWay(
            assessment_id=options.assessment_id, way_id="SLOW", reason="No other day is left.", password=PASSWORD
        )
        ready.mes.decide_way("B1", decision, ready.qp)
        book(ready, slow(ready))
        found = ready.mes.forecast("B1", ready.operator)
        assert (found.below, found.limit < 0.995) == (False, True)
        assert rebookings(ready) == []
        gate_comes_nearer(ready, 24 + 30 + 4 + 0.1)
        assert [one.state for one in rebookings(ready)] == ["queued"]

    def test_who_may_not_and_what_is_not_booked(self, ready: Plant) -> None:
        with pytest.raises(Conflict, match="Nothing is booked"):
            ready.mes.forecast("B1", ready.operator)
        book(ready, slow(ready))
        with pytest.raises(Forbidden):
            ready.mes.forecast("B1", ready.bot)


class TestAnotherWay:
    def test_the_bot_is_offered_the_others_and_the_booking_stays_until_then(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        asked = j.AskOptions(offers=(slow(ready), way(ready, "DRIVE", start_h=26)), pickup_site="Plant")
        options = ready.mes.assess_ways("B1", asked, bot)
        assert (options.chosen, options.decides, options.replaces) == ("DRIVE", "bot", "CR-1")
        assert [one.way_id for one in options.ways] == ["DRIVE"]
        assert options.never == ()
        assert "replaces it (booking CR-1)" in options.why
        none = ready.mes.assess_ways("B1", j.AskOptions(offers=(slow(ready),), pickup_site="Plant"), bot)
        assert (none.chosen, none.keep) == (None, False)
        assert "booking CR-1 stands until a person decides" in none.why

    def test_a_way_that_has_recovered_is_kept_and_looked_at_again_when_it_falls(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        gate_comes_nearer(ready, 24 * 8)
        asked = j.AskOptions(offers=(way(ready, "DRIVE", start_h=26),), pickup_site="Plant")
        options = ready.mes.assess_ways("B1", asked, bot)
        assert (options.chosen, options.keep) == (None, True)
        assert "Booking CR-1 is kept" in options.why
        assert bot.lease is not None
        ready.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)
        gate_comes_nearer(ready)
        assert [one.state for one in rebookings(ready)] == ["queued"]

    def test_what_is_booked_instead_is_recorded_once_the_old_booking_is_gone(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        asked = j.AskOptions(offers=(way(ready, "DRIVE", start_h=26),), pickup_site="Plant")
        options = ready.mes.assess_ways("B1", asked, bot)
        new = shipment_of(options, "DRIVE", booking_reference="CR-2", customer_reference="rebook:B1:1")
        second = effect(ready, bot, "booking", "rebook:B1:1")
        with pytest.raises(Conflict, match="it is cancelled"):
            act(ready, bot, second)
        with pytest.raises(Conflict, match="not the only one that stands"):
            ready.mes.record_rebooking("B1", new, bot)
        act(ready, bot, effect(ready, bot, "cancellation", "cancel:courier:CR-1"))
        with pytest.raises(Conflict, match="it is cancelled, and that is read back"):
            act(ready, bot, second)
        done(ready, bot, "cancellation", "cancel:courier:CR-1", "CX-1")
        with pytest.raises(Conflict, match="none does"):
            ready.mes.record_rebooking("B1", new, bot)
        assert ready.mes.assess_ways("B1", asked, bot).replaced
        done(ready, bot, "booking", "rebook:B1:1", "CR-2")
        with pytest.raises(Invalid, match="posted once"):
            ready.mes.record_rebooking("B1", new.model_copy(update={"erp_posting": "P-2"}), bot)
        view = ready.mes.record_rebooking("B1", new, bot)
        assert view.shipment == new
        assert view.holds == ()
        before = ready.dump()
        assert ready.mes.record_rebooking("B1", new, bot) == view
        assert ready.dump() == before
        assert ready.mes.get_batch("B1").shipment == new
        for booking in ("CR-1", "CR-2"):
            assert ready.mes.trace(Traced.SHIPMENT, booking).batches == 1
        assert ready.mes.forecast("B1", ready.operator).booking_reference == "CR-2"
        gate_comes_nearer(ready, 26 + 9 + 4 + 0.2)
        assert [one.business_key for one in rebookings(ready)] == ["rebook:B1:1", "rebook:B1:2"]

    def test_a_bot_cancels_and_records_a_booking_of_its_own_batch_alone(self, ready: Plant) -> None:
        options = ask(ready, slow(ready))
        bot = ready.at("B1", COURIER_JOB)
        done(ready, bot, "booking", "ship:B1", "CR-1")
        with pytest.raises(Conflict, match="The shipment is of booking 'CR-7', and that of batch B1 is CR-1"):
            ready.mes.record_shipment("B1", shipment_of(options, "SLOW", booking_reference="CR-7"), bot)
        ready.mes.record_shipment("B1", shipment_of(options, "SLOW"), bot)
        assert bot.lease is not None
        ready.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        for site, key in (("courier", "cancel:courier:CR-7"), ("other", "cancel:courier:CR-1"), ("courier", "ship:B1")):
            with pytest.raises(Forbidden, match="replaces booking CR-1 at courier: under it no other one is cancelled"):
                act(ready, bot, effect(ready, bot, "cancellation", key, site))
        act(ready, bot, effect(ready, bot, "cancellation", "cancel:courier:CR-1"))

    def test_a_signature_for_another_way_lets_what_waits_go_on(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        worse = way(ready, "WORSE", start_h=25, hours=29.2)
        options = ready.mes.assess_ways("B1", j.AskOptions(offers=(worse,), pickup_site="Plant"), bot)
        assert (options.chosen, options.decides) == (None, "person")
        assert bot.lease is not None
        failed = v.ItemFailed(epoch=bot.lease.epoch, family=v.Family.BUSINESS, code="A_PERSON_DECIDES", message="x")
        ready.mes.fail(bot.lease.item_id, failed, bot)
        assert [one.state for one in rebookings(ready)] == ["waiting"]
        decision = j.DecideWay(
            assessment_id=options.assessment_id, way_id="WORSE", reason="Better than that.", password=PASSWORD
        )
        ready.mes.decide_way("B1", decision, ready.qp)
        assert [one.state for one in rebookings(ready)] == ["queued"]
        again = ready.mes.assess_ways(
            "B1", j.AskOptions(offers=(worse,), pickup_site="Plant"), ready.at("B1", REBOOKING_JOB)
        )
        assert (again.chosen, again.decided_by) == ("WORSE", "qp")


class TestAfterThePickUp:
    def test_nothing_is_cancelled_and_a_person_is_called(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        ready.later(hours=23, minutes=59)
        bot = ready.at("B1", REBOOKING_JOB)
        gone = effect(ready, bot, "cancellation", "cancel:courier:CR-1")
        step(ready, "picked_up", identifier="B1", seal="S-1")
        with pytest.raises(Conflict, match="only a person decides"):
            act(ready, bot, gone)
        (hold,) = [one for one in ready.mes.get_batch("B1").holds if "CR-1 is not changed by itself" in one.reason]
        assert hold.kind == "logistics"
        ready.mes.forecast("B1", ready.operator)
        assert ready.mes.get_batch("B1").holds.count(hold) == 1
        assert sum("CR-1 is not changed" in one.reason for one in ready.mes.get_batch("B1").holds) == 1

    def test_from_its_planned_time_on_the_courier_may_have_been_there(self, ready: Plant) -> None:
        book(ready, slow(ready))
        ready.later(hours=24, minutes=1)
        gate_comes_nearer(ready, 30 + 4 + 0.5)
        assert rebookings(ready) == []
        (hold,) = ready.mes.get_batch("B1").holds
        assert "pick-up was due at" in hold.reason

    def test_a_cancellation_that_waited_too_long_is_not_let_go(self, ready: Plant) -> None:
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        ready.later(hours=24, minutes=1)
        bot = ready.at("B1", REBOOKING_JOB)
        with pytest.raises(Conflict, match="a person calls the courier"):
            act(ready, bot, effect(ready, bot, "cancellation", "cancel:courier:CR-1"))

    def test_no_second_booking_is_sent_once_it_was_fetched(self, ready: Plant) -> None:
        """By a courier who had been told not to come, between the cancellation and the next booking."""
        book(ready, slow(ready))
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        done(ready, bot, "cancellation", "cancel:courier:CR-1", "CX-1")
        new = effect(ready, bot, "booking", "rebook:B1:1")
        step(ready, "picked_up", identifier="B1", seal="S-1")
        with pytest.raises(Conflict, match="only a person decides"):
            act(ready, bot, new)

    def test_no_booking_is_sent_while_a_hold_is_open(self, ready: Plant) -> None:
        """Opened between the choice of a way and the act; lifted, the booking leaves."""
        options = ask(ready, slow(ready))
        assert options.chosen is not None
        bot = ready.at("B1", COURIER_JOB)
        new = effect(ready, bot, "booking", "ship:B1")
        hold = ready.mes.open_hold("B1", v.NewHold(kind="quality", reason="A call came.", key="call"), ready.reviewer)
        with pytest.raises(Conflict, match=f"on hold .{hold.hold_id}.: nothing is booked until every hold is lifted"):
            act(ready, bot, new)
        ready.lift(hold)
        act(ready, bot, new)

    def test_a_booking_is_made_and_let_go_by_the_bot_whose_work_it_is(self, ready: Plant) -> None:
        """Another bot of the same batch would end with two bookings at couriers, and the record would know of one."""
        book(ready, slow(ready))
        bot = ready.at("B1")
        for kind, key in (("cancellation", "cancel:courier:CR-1"), ("booking", "ship:B1:again")):
            with pytest.raises(Forbidden, match=f"A bot at batch_record_review makes no {kind}"):
                effect(ready, bot, kind, key)
        gate_comes_nearer(ready)
        bot = ready.at("B1", REBOOKING_JOB)
        before = ready.dump()
        for key in ("cancel:courier:CR-2", "cancel:courier_other:CR-1"):
            with pytest.raises(Forbidden, match="replaces booking CR-1 at courier: under it no other one is cancelled"):
                effect(ready, bot, "cancellation", key)
        assert ready.dump() == before
        new, reviewing = effect(ready, bot, "booking", "rebook:B1:1"), ready.at("B1")
        before = ready.dump()
        with pytest.raises(Forbidden, match="A bot at batch_record_review makes no booking"):
            act(ready, reviewing, new)
        assert ready.dump() == before

    def test_only_a_bot_at_a_courier_says_that_cells_have_left(self, ready: Plant) -> None:
        book(ready, slow(ready))
        about = {"step": "picked_up", "at": ready.now, "place": "Plant", "by": "c", "source": "c, tracking of CR-1"}
        bot, before = ready.at("B1"), ready.dump()
        with pytest.raises(Forbidden, match="A bot at batch_record_review may not note custody of B1: that is for"):
            ready.mes.note_custody("B1", j.NewCustody.model_validate(about), bot)
        assert ready.dump() == before
