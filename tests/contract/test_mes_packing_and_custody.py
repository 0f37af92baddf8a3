"""Packing is signed by two persons, custody step by step; depletion is released by what arrived."""

from datetime import date, timedelta
from typing import Any

import pytest
from journey_plant import DATA, SECOND, arrived, ask, packing, second_person, sign_data, step, way
from mes_support import COURIER_JOB, PASSWORD, SYSTEM, Plant, record
from rebooking_support import book

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import Role
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.messages import views as v


class TestPacking:
    @pytest.mark.requirement("URS-075")
    def test_two_persons_sign_and_the_shipment_that_waited_goes_on(self, released: Plant) -> None:
        sign_data(released)
        bot = released.at("B1", COURIER_JOB)
        (item,) = [one for one in released.mes.work_items(state="running") if one.job == COURIER_JOB]
        failed = v.ItemFailed(
            epoch=item.epoch, family=v.Family.BUSINESS, code="NOT_READY_TO_SHIP", message="Not packed."
        )
        assert released.mes.fail(item.item_id, failed, bot).state == "waiting"
        made = (
            released.mes.sign_packing("B1", packing(released), released.operator) if second_person(released) else None
        )
        assert made is not None
        assert not made.in_force
        assert [one.job for one in released.mes.work_items(state="waiting")] == ["courier_scheduling"]
        confirmed = released.mes.confirm_packing(
            "B1", lo.ConfirmPacking(number=made.number, password=PASSWORD), second_person(released)
        )
        assert confirmed.in_force
        assert "courier_scheduling" in [one.job for one in released.mes.work_items(batch_id="B1", state="queued")]
        acts = {one.act: one.user for one in released.mes.signatures("B1")}
        assert (acts["packing"], acts["packing confirmed"]) == ("operator", SECOND)

    @pytest.mark.requirement("URS-075")
    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ({"batch_on_label": "B2"}, "The label reads batch 'B2'"),
            ({"patient_on_label": "PAT-9"}, "The label reads patient 'PAT-9'"),
            ({"chain_of_identity": "G9"}, "chain of identity 'G9'"),
            ({"charged_kg": 9.0}, "holds no nitrogen"),
            ({"shipper": "DS-9"}, "no shipper 'DS-9'"),
            ({"logger": "LG-9"}, "no logger 'LG-9'"),
            ({"second_person": "operator"}, "can't be the second person"),
            ({"second_person": "bot-1"}, "can't be the second person"),
            ({"packed_at": "2026-03-01T09:00:00Z"}, "none lies in the future"),
            ({"charged_at": "2026-03-01T07:59:00Z"}, "come before packed"),
        ],
    )
    def test_a_packing_that_can_not_be_is_refused_and_the_batch_stays(
        self, released: Plant, more: dict[str, Any], told: str
    ) -> None:
        sign_data(released)
        second_person(released)
        before = released.dump()
        with pytest.raises(Invalid, match=told):
            released.mes.sign_packing("B1", packing(released, **more), released.operator)
        assert released.dump() == before

    @pytest.mark.requirement("URS-075")
    def test_neither_a_bot_nor_the_packer_confirms(self, released: Plant) -> None:
        sign_data(released)
        second_person(released)
        made = released.mes.sign_packing("B1", packing(released), released.operator)
        confirming = lo.ConfirmPacking(number=made.number, password=PASSWORD)
        for who in (released.bot, released.operator, released.reviewer):
            with pytest.raises(Forbidden):
                released.mes.confirm_packing("B1", confirming, who)
        with pytest.raises(Forbidden):
            released.mes.sign_packing("B1", packing(released), released.bot)

    @pytest.mark.requirement("URS-075")
    def test_a_second_account_is_no_second_person(self, released: Plant) -> None:
        """Neither when it is named nor when it signs."""
        sign_data(released)
        again = released.mes.create_person(
            "operator.two", "Operator Person", [Role.OPERATOR], PASSWORD, actor=SYSTEM, same_person_as="operator"
        )
        with pytest.raises(Invalid, match="can't be the second person"):
            released.mes.sign_packing("B1", packing(released, second_person=again.user), released.operator)

    @pytest.mark.requirement("URS-075")
    def test_what_a_shipper_is_qualified_for_is_shown_by_the_signed_data(self, ready: Plant) -> None:
        """A bot declares nothing of a shipper that no signed record says."""
        (made,) = ready.mes.packings("B1")
        assert made.shipper_qualified_until == date(2027, 12, 31)
        sign_data(ready, **{"shipper__DS-1": {"dry_kg": 10.0, "full_kg": 18.0}})
        assert ready.mes.packings("B1")[-1].shipper_qualified_until is None

    def test_a_new_packing_overtakes_the_old_one_until_it_is_confirmed(self, ready: Plant) -> None:
        made = ready.mes.sign_packing("B1", packing(ready, seal="S-2"), ready.operator)
        assert "no packing record" in "; ".join(ask(ready, way(ready)).never)
        with pytest.raises(Conflict, match="has no packing 1"):
            ready.mes.confirm_packing("B1", lo.ConfirmPacking(number=1, password=PASSWORD), second_person(ready))
        ready.mes.confirm_packing("B1", lo.ConfirmPacking(number=made.number, password=PASSWORD), second_person(ready))
        assert ask(ready, way(ready)).seal == "S-2"


def _lift(plant: Plant) -> None:
    """Every hold that stands, by a person."""
    for hold in plant.mes.get_batch("B1").holds:
        plant.mes.lift_hold(hold.hold_id, v.LiftHold(reason="Looked at.", password=PASSWORD), plant.reviewer)


class TestCustody:
    @pytest.mark.requirement("URS-077")
    def test_depletion_is_released_by_the_receipt_and_by_nothing_less(self, ready: Plant) -> None:
        with pytest.raises(Conflict, match="without a receipt"):
            step(ready, "depletion_released")
        step(ready, "availability_confirmed")
        with pytest.raises(Conflict, match="without a receipt"):
            step(ready, "depletion_released")
        arrived(ready)
        step(ready, "received", identifier="B1", seal="S-1", temperature_c=-189.0)
        assert step(ready, "depletion_released").signature_id

    @pytest.mark.requirement("URS-077")
    def test_a_receipt_of_what_never_left_releases_no_depletion(self, ready: Plant) -> None:
        """Whatever the centre holds in its hands then, it is not shown to be this batch, whoever lifts the hold."""
        step(ready, "received", identifier="B1", seal="S-1", temperature_c=-189.0)
        _lift(ready)
        with pytest.raises(Conflict, match="without a certification that stands"):
            step(ready, "depletion_released")

    @pytest.mark.requirement("URS-077")
    def test_a_receipt_of_what_nobody_picked_up_releases_no_depletion(self, ready: Plant) -> None:
        """Nor does a receipt from before the pick-up."""
        arrived(ready, picked_up=False)
        step(ready, "received", identifier="B1", seal="S-1", temperature_c=-189.0)
        _lift(ready)
        with pytest.raises(Conflict, match="nobody has noted that it was picked up"):
            step(ready, "depletion_released")
        ready.later(minutes=1)
        step(ready, "picked_up", identifier="B1", seal="S-1")
        _lift(ready)
        with pytest.raises(Conflict, match="received before it was picked up"):
            step(ready, "depletion_released")

    @pytest.mark.requirement("URS-077")
    def test_depletion_is_not_released_while_the_batch_is_on_hold(self, ready: Plant) -> None:
        """Whatever arrived, and however: after depletion the patient has no way back."""
        arrived(ready)
        step(ready, "received", identifier="B1", seal="S-1", temperature_c=-60.0)
        (hold,) = ready.mes.get_batch("B1").holds
        assert "SH-RCV-03" in hold.reason
        with pytest.raises(Conflict, match="the batch is on hold"):
            step(ready, "depletion_released")
        _lift(ready)
        assert step(ready, "depletion_released").signature_id

    @pytest.mark.requirement("URS-077")
    def test_confirmed_availability_suffices_where_the_label_says_so(self, ready: Plant) -> None:
        sign_data(ready, **{"product__EX1": {**DATA["product", "EX1"], "waits_for_receipt": False}})
        step(ready, "availability_confirmed")
        assert step(ready, "depletion_released").custody.step is j.CustodyStep.DEPLETION_RELEASED

    @pytest.mark.requirement("URS-077")
    def test_a_bot_notes_what_tracking_says_and_signs_nothing(self, ready: Plant) -> None:
        seen = j.NewCustody(
            step="picked_up", at=ready.now, place="Leiden", by="CryoRun", source="CryoRun, tracking CR-1"
        )
        with pytest.raises(Forbidden, match="Only a bot may note custody of B1, under the lease"):
            ready.mes.note_custody("B1", seen, ready.bot)
        with pytest.raises(Forbidden, match="A person signs a step of custody"):
            ready.mes.note_custody("B1", seen, ready.admin)
        with pytest.raises(Forbidden, match="may not note custody of B1: that is for courier_tracking"):
            ready.mes.note_custody("B1", seen, ready.at("B1", COURIER_JOB))
        book(ready, way(ready))
        ready.later(hours=24)
        ready.mes.tick(SYSTEM)
        bot, seen = ready.at("B1", "courier_tracking"), seen.model_copy(update={"at": ready.now})
        with pytest.raises(Invalid, match="not batch B1"):
            ready.mes.note_custody("B1", seen.model_copy(update={"identifier": "B2"}), bot)
        with pytest.raises(Invalid, match="it was packed at"):
            ready.mes.note_custody("B1", seen.model_copy(update={"at": ready.now - timedelta(days=40)}), bot)
        ready.mes.submit_batch(record("B9"), ready.bot)
        with pytest.raises(Forbidden, match="under it nobody may note custody of B9"):
            ready.mes.note_custody("B9", seen, bot)
        first = ready.mes.note_custody("B1", seen, bot)
        assert ready.mes.note_custody("B1", seen, bot) == first
        with pytest.raises(Forbidden, match="signed by a person"):
            ready.mes.note_custody("B1", seen.model_copy(update={"step": j.CustodyStep.RECEIVED}), bot)
        with pytest.raises(Invalid, match="name the page or file"):
            ready.mes.note_custody("B1", seen.model_copy(update={"source": ""}), bot)
        with pytest.raises(Invalid, match="lies in the future"):
            ready.mes.note_custody("B1", seen.model_copy(update={"at": ready.now + timedelta(hours=1)}), bot)
        with pytest.raises(Invalid, match="not batch B1"):
            step(ready, "received", identifier="B2")

    def test_what_the_centre_says_of_depletion_moves_the_gate(self, ready: Plant) -> None:
        before = ask(ready, way(ready)).gate_at
        step(ready, "depletion_planned", at=ready.now + timedelta(days=5))
        after = ask(ready, way(ready))
        assert before is not None
        assert after.gate_at == ready.now + timedelta(days=5)
        assert after.gate_at < before

    def test_everything_of_a_journey_stands_in_the_trail(self, ready: Plant) -> None:
        ask(ready, way(ready))
        actions = [one.action for one in ready.mes.audit("B1")]
        for action in ("packing signed", "packing confirmed", "custody", "ways assessed"):
            assert action in actions
