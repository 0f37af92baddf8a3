"""Logistics data, packing, ways and custody: signed, kept, and one function that says what may be booked."""

from pathlib import Path
from typing import Any

import pytest
from journey_plant import DATA, ask, booked, pack, sign_data, step, way
from mes_support import COURIER_JOB, PASSWORD, Plant

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.messages import views as v
from mes_core.services.rulebook import BuiltinRules

STRICTER = """
rule_set: shipping
version: 9.0.0
title: Stricter
shape: {shipment: [pickup_at, delivery_at]}
rules:
  - id: SH-TIME-09
    kind: expression
    title: No drive may take longer than eight hours
    clause: plant procedure
    severity: critical
    facts: {shipment.pickup_at: time, shipment.delivery_at: time}
    check: "shipment.delivery_at - shipment.pickup_at <= hours(8)"
    text: "It takes longer than eight hours."
    next_step: Choose another way.
    examples:
      passing: [{shipment: {pickup_at: "2026-03-01T09:00:00Z", delivery_at: "2026-03-01T10:00:00Z"}}]
      failing: [{shipment: {pickup_at: "2026-03-01T09:00:00Z", delivery_at: "2026-03-02T10:00:00Z"}}]
"""


class TestData:
    def test_data_are_signed_versioned_and_told_in_a_chain(self, plant: Plant) -> None:
        first = sign_data(plant)
        assert {one.number for one in first} == {1}
        again = sign_data(plant)
        assert again == first
        changed = sign_data(plant, **{"logger__LG-1": {"maker": "plain", "calibrated_until": "2028-01-01"}})
        assert {(one.name, one.number) for one in changed if one.kind is lo.LogisticsKind.LOGGER} == {("LG-1", 2)}
        (in_force,) = plant.mes.logistics(lo.LogisticsKind.LOGGER)
        assert in_force.document["calibrated_until"] == "2028-01-01"
        with plant.store.read() as work:
            told = work.find("audit", batch_id="system:logistics")
        assert len(told) == len(DATA) + 1
        assert {one["action"] for one in told} == {"logistics data signed"}

    @pytest.mark.parametrize("who", ["bot", "operator", "reviewer"])
    def test_only_quality_and_qualified_persons_change_them(self, plant: Plant, who: str) -> None:
        before = plant.dump()
        with pytest.raises(Forbidden):
            sign_data(plant, getattr(plant, who))
        assert plant.dump() == before

    @pytest.mark.parametrize(
        ("key", "document", "told"),
        [
            ("product__EX1", {"depletion_days_before": 3}, "depletion_clock: field required"),
            ("place__Centre A", {"zone": "Europe/Paris", "country": "France"}, "country"),
            ("shipper__DS-1", {"dry_kg": -1}, "dry_kg"),
            ("logger__LG-1", {"colour": "red"}, "colour"),
        ],
    )
    @pytest.mark.requirement("URS-073")
    def test_what_has_another_shape_is_refused_and_nothing_is_stored(
        self, plant: Plant, key: str, document: Any, told: str
    ) -> None:
        before = plant.dump()
        with pytest.raises(Invalid, match=told):
            sign_data(plant, **{key: document})
        assert plant.dump() == before


class TestWays:
    @pytest.mark.requirement("URS-071")
    def test_the_bot_may_book_the_best_way_and_the_rules_agree(self, ready: Plant) -> None:
        options = ask(ready, way(ready, "AIR", "Air"), way(ready, "DRIVE"), way(ready, "LATE", start_h=24 * 12))
        assert (options.chosen, options.decides) == ("DRIVE", "bot")
        assert options.shipper == "DS-1"
        late = options.way("LATE")
        assert late is not None
        assert "after the receipt" in late.never[0]
        assert ready.mes.options("B1") == options
        view = booked(ready, options)
        assert view.state == "shipped"
        assert not view.holds

    @pytest.mark.requirement("URS-072")
    def test_what_a_rule_would_hold_is_never_offered_for_booking(
        self, ready: Plant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The rule book changes, and the choice with it: there is one function."""
        (tmp_path / "shipping.yaml").write_text(STRICTER, encoding="utf-8")
        monkeypatch.setattr(ready.mes._rules, "_book", BuiltinRules(tmp_path))
        options = ask(ready, way(ready, "NINE", hours=9), way(ready, "SEVEN", start_h=26, hours=7))
        assert options.chosen == "SEVEN"
        nine = options.way("NINE")
        assert nine is not None
        if nine.never:
            assert "SH-TIME-09" in nine.never[0]
        none = ask(ready, way(ready, "NINE", hours=9))
        assert (none.chosen, none.decides) == (None, "person")
        assert "SH-TIME-09" in none.why
        view = booked(ready, none)
        assert "SH-TIME-09" in view.holds[0].reason

    @pytest.mark.requirement("URS-072")
    @pytest.mark.parametrize(
        ("prepare", "told"),
        [
            ((), "no packing record is signed"),
            (("pack",), "has not confirmed that it receives"),
            (("pack", "centre_ready", "depletion_begun"), "lymphodepletion has begun"),
            (("pack", "centre_ready", "picked_up"), "only a person decides"),
            (("pack", "centre_ready", "hold"), "on hold"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_may_be_booked(
        self, released: Plant, prepare: tuple[str, ...], told: str
    ) -> None:
        sign_data(released)
        for one in prepare:
            if one == "pack":
                pack(released)
            elif one == "hold":
                released.mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), released.bot)
            else:
                step(released, one, details={"ends_on": "2026-03-05"} if one == "depletion_begun" else {})
        options = ask(released, way(released))
        assert options.chosen is None
        assert told in "; ".join(options.never)

    @pytest.mark.requirement("URS-073")
    @pytest.mark.parametrize(
        ("missing", "told"),
        [
            (("place", "Centre A"), "treatment centre 'Centre A'"),
            (("place", "Plant"), "pick-up site 'Plant'"),
            (("product", "EX1"), "journey of product 'EX1'"),
        ],
    )
    def test_what_is_not_known_is_asked_for(
        self, released: Plant, missing: tuple[str, str], told: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(DATA, missing)
        sign_data(released)
        released.at("B1", COURIER_JOB)  # its item is in hand
        before = released.dump()
        with pytest.raises(Invalid, match=told):
            ask(released, way(released))
        assert released.dump() == before

    @pytest.mark.requirement("URS-073")
    def test_a_centre_without_a_zone_and_a_slot_that_can_not_be(self, ready: Plant) -> None:
        odd = way(ready, "ODD").model_copy(update={"pickup": "soon"})
        back = way(ready, "BACK", hours=-2)
        options = ask(ready, odd, back, way(ready, "GOOD"))
        assert options.chosen == "GOOD"
        assert [bool(one.never) for one in options.ways] == [False, True, True]
        sign_data(ready, **{"place__Centre A": {"zone": "", "country": "FR"}})
        with pytest.raises(Invalid, match="has no time zone"):
            ask(ready, way(ready))
        assert ask(ready_again(ready)).why == "No way brings batch B1 in time: no way is on offer."

    @pytest.mark.requirement("URS-073")
    def test_a_slot_in_an_hour_that_daylight_saving_skips_or_doubles_is_refused_alone(self, ready: Plant) -> None:
        skipped = way(ready, "SKIPPED").model_copy(update={"pickup": "2026-03-29T02:30"})
        doubled = way(ready, "DOUBLED").model_copy(update={"delivery": "2026-10-25T02:30"})
        options = ask(ready, skipped, doubled, way(ready, "GOOD"))
        assert options.chosen == "GOOD"
        told = {one.way_id: " ".join(one.never) for one in options.ways}
        assert "does not exist" in told["SKIPPED"]
        assert "comes twice" in told["DOUBLED"]

    def test_below_the_threshold_a_person_signs_for_a_way(self, ready: Plant) -> None:
        sign_data(ready, **{"product__EX1": {**DATA["product", "EX1"], "threshold": 0.99999}})
        options = ask(ready, way(ready, "AIR", "Air"), way(ready, "DRIVE"))
        assert (options.chosen, options.decides) == (None, "person")
        decision = j.DecideWay(
            assessment_id=options.assessment_id, way_id="AIR", reason="No other day is left.", password=PASSWORD
        )
        for who in (ready.bot, ready.operator):
            with pytest.raises(Forbidden):
                ready.mes.decide_way("B1", decision, who)
        ready.mes.decide_way("B1", decision, ready.qp)
        again = ask(ready, way(ready, "AIR", "Air"), way(ready, "DRIVE"))
        assert (again.chosen, again.decides, again.decided_by) == ("AIR", "person", "qp")
        assert not booked(ready, again).holds
        with pytest.raises(Conflict, match="assessed again since"):
            ready.mes.decide_way("B1", decision, ready.qp)

    def test_nobody_signs_for_what_is_never_done(self, ready: Plant) -> None:
        options = ask(ready, way(ready, "LATE", start_h=24 * 12))
        decision = j.DecideWay(assessment_id=options.assessment_id, way_id="LATE", reason="Because.", password=PASSWORD)
        with pytest.raises(Conflict, match="may never be taken"):
            ready.mes.decide_way("B1", decision, ready.qp)

    def test_another_way_than_the_assessed_one_is_recorded_and_held(self, ready: Plant) -> None:
        options = ask(ready, way(ready, "DRIVE"))
        chosen = options.way("DRIVE")
        assert chosen is not None
        view = booked(ready, options.model_copy(update={"shipper": "DS-7"}))
        assert "SH-PACK-01" in view.holds[0].reason

    def test_the_same_question_has_the_same_answer(self, ready: Plant) -> None:
        shown = [
            ask(ready, way(ready, "A"), way(ready, "B", "Air")).model_dump(exclude={"assessment_id"}) for _ in "12"
        ]
        assert shown[0] == shown[1]


def ready_again(plant: Plant) -> Plant:
    """The zone of the centre is known again."""
    sign_data(plant)
    return plant


class TestTwoBookings:
    @pytest.mark.requirement("URS-076")
    def test_no_request_for_a_second_booking_leaves_while_one_may_stand(self, ready: Plant) -> None:
        bot = ready.at("B1", COURIER_JOB)
        (item,) = [one for one in ready.mes.work_items(state="running") if one.job == COURIER_JOB]
        effects = [_effect(ready, bot, item, site, "booking", "ship:B1") for site in ("courier", "courier_other")]
        act = v.ActEffect(item_id=item.item_id, epoch=item.epoch)
        ready.mes.act_on_effect(effects[0].effect_id, act, bot)
        with pytest.raises(Conflict, match="it is cancelled"):
            ready.mes.act_on_effect(effects[1].effect_id, act, bot)
        ready.mes.confirm_effect(effects[0].effect_id, v.ConfirmEffect(reference="CR-1", count=1), bot)
        with pytest.raises(Conflict, match="stands with courier \\(CR-1\\)"):
            ready.mes.act_on_effect(effects[1].effect_id, act, bot)
        assert "booking CR-1 stands" in ask(ready, way(ready)).never
        with pytest.raises(Forbidden, match="that is for courier_rebooking"):
            _effect(ready, bot, item, "courier", "cancellation", "cancel:courier:CR-1")


def _effect(plant: Plant, bot: Any, item: v.WorkItemView, site: str, kind: str, key: str) -> v.EffectView:
    new = v.NewEffect(site=site, kind=kind, business_key=key, batch_id="B1", item_id=item.item_id, epoch=item.epoch)
    return plant.mes.register_effect(new, bot)
