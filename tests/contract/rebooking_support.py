"""Booked as the bot does it, with its effects; and the gate that comes nearer, so that the booked way falls."""

from datetime import timedelta
from typing import Any

from journey_plant import ask, step, way
from mes_support import COURIER_JOB, Plant, shipment

from mes_core.domain.principals import BotPrincipal
from mes_core.messages import journeys as j
from mes_core.messages import views as v

REBOOKING_JOB = "courier_rebooking"


def effect(plant: Plant, bot: BotPrincipal, kind: str, key: str, site: str = "courier") -> v.EffectView:
    """The intent of an effect of the item in hand."""
    assert bot.lease is not None
    about = {"site": site, "kind": kind, "business_key": key, "batch_id": "B1"}
    new = v.NewEffect.model_validate({**about, "item_id": bot.lease.item_id, "epoch": bot.lease.epoch})
    return plant.mes.register_effect(new, bot)


def act(plant: Plant, bot: BotPrincipal, made: v.EffectView) -> None:
    """Ask whether its request may leave."""
    assert bot.lease is not None
    asked = v.ActEffect(item_id=bot.lease.item_id, epoch=bot.lease.epoch)
    plant.mes.act_on_effect(made.effect_id, asked, bot)


def done(plant: Plant, bot: BotPrincipal, kind: str, key: str, reference: str) -> None:
    """An effect intended, sent and read back."""
    made = effect(plant, bot, kind, key)
    act(plant, bot, made)
    plant.mes.confirm_effect(made.effect_id, v.ConfirmEffect(reference=reference, count=1), bot)


def shipment_of(options: j.OptionsView, way_id: str, **more: Any) -> v.Shipment:
    """The shipment by a way of an assessment."""
    chosen = options.way(way_id)
    assert chosen is not None
    times = {"pickup_at": chosen.pickup_at, "delivery_at": chosen.delivery_at}
    about = {"slot_id": way_id, "shipper_id": options.shipper, "assessment_id": options.assessment_id}
    return shipment(**{**times, **about, **more})


def book(plant: Plant, *ways: j.OfferedWay) -> j.OptionsView:
    """The chosen of these ways booked as CR-1, posted as P-1 and recorded; the item is done."""
    options = ask(plant, *ways)
    assert options.chosen is not None
    bot = plant.at("B1", COURIER_JOB)
    done(plant, bot, "booking", "ship:B1", "CR-1")
    plant.mes.record_shipment("B1", shipment_of(options, options.chosen), bot)
    assert bot.lease is not None
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)
    return options


def slow(plant: Plant) -> j.OfferedWay:
    """A way that takes thirty hours."""
    return way(plant, "SLOW", start_h=24, hours=30)


def gate_comes_nearer(plant: Plant, after_h: float = 24 + 30 + 4 + 0.5) -> None:
    """The centre begins depletion so many hours from now: what arrives in 54 hours is checked just in time."""
    step(plant, "depletion_planned", at=plant.now + timedelta(hours=after_h))


def rebookings(plant: Plant) -> list[v.WorkItemView]:
    """Items that book another way."""
    return [one for one in plant.mes.work_items(batch_id="B1") if one.job == REBOOKING_JOB]
