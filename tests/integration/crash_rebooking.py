"""A batch whose booked way has fallen below its limit, and what has to stand once another one is booked."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bots_fakes import PASSWORD, SECRET
from bots_rows import slot

from mes_core.domain.principals import BotPrincipal, Lease
from mes_core.messages import journeys as j
from mes_core.messages import views as v
from twin.sites import courier_cryorun

if TYPE_CHECKING:
    from crash_plant import CrashPlant

SITE = "Northfield Cell Plant, Leiden"
FELL, BETTER = slot("FELL", 40, 10, 120, 1), slot("BETTER", 26, 4, 120, 1)
SLOTS = (FELL, BETTER)
"""The way that is booked, and the one that is booked in its place."""


def contents(batch: str) -> str:
    """What the courier is told of the contents."""
    return f"Cryopreserved cells, batch {batch}"


def fell(plant: "CrashPlant", batch: str) -> None:
    """Booked, posted and recorded; then the centre begins depletion so early that the way falls below its limit."""
    item = plant.claim("courier_scheduling", batch)
    under = BotPrincipal(plant.bot.user, Lease(item.item_id, item.epoch, SECRET))
    way = {"way_id": "FELL", "courier": "courier_cryorun", "service": "Express", "price": 900}
    times = {"pickup": FELL["pickup_at"], "delivery": FELL["delivery_at"]}
    asked = j.AskOptions(offers=(j.OfferedWay.model_validate({**way, **times}),), pickup_site=SITE)
    options = plant.mes.assess_ways(batch, asked, under)
    assert options.chosen == "FELL", options.why
    booked = {"site": "courier", "kind": "booking", "business_key": f"ship:{batch}", "batch_id": batch}
    new = v.NewEffect.model_validate({**booked, "item_id": item.item_id, "epoch": item.epoch})
    effect = plant.mes.register_effect(new, under)
    plant.mes.act_on_effect(effect.effect_id, v.ActEffect(item_id=item.item_id, epoch=item.epoch), under)
    reference = f"CR-OLD-{batch}"
    row = {"reference": reference, "customer_reference": f"ship:{batch}", "slot": "FELL", "service": "Express"}
    told = {"contents": contents(batch), "status": "Confirmed", "booked_at": datetime.now(UTC).isoformat()}
    stands = {name: FELL[name] for name in ("pickup_at", "delivery_at")}
    courier_cryorun.seed(plant.folder / "courier.sqlite", bookings=[{**row, **told, **stands}])
    plant.mes.confirm_effect(effect.effect_id, v.ConfirmEffect(reference=reference, count=1), under)
    shipment = v.Shipment.model_validate(
        {
            **stands,
            "batch_id": batch,
            "booking_reference": reference,
            "carrier": "Express",
            "slot_id": "FELL",
            "erp_posting": "49",
            "shipper_id": options.shipper,
            "customer_reference": f"ship:{batch}",
            "assessment_id": options.assessment_id,
        }
    )
    plant.mes.record_shipment(batch, shipment, under)
    plant.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), under)
    begins = datetime.fromisoformat(FELL["delivery_at"]) + timedelta(hours=4, minutes=12)
    told_by = {
        "step": "depletion_planned",
        "at": begins,
        "place": "Utrecht",
        "by": "coordinator",
        "source": "telephone",
    }
    plant.mes.sign_custody(
        batch, j.SignCustody(custody=j.NewCustody.model_validate(told_by), password=PASSWORD), plant.person
    )
    assert plant.mes.forecasts(batch)[-1].rebooking == f"rebook:{batch}:1"


def of_rebooking(plant: "CrashPlant", batch: str) -> dict[str, int]:
    """What has to stand once, counted in the courier's own store, its diary, and the MES."""
    store = plant.folder / "courier.sqlite"
    ours = [row for row in courier_cryorun.bookings(store) if row["contents"] == contents(batch)]
    live = [row for row in ours if row["status"] == "Confirmed"]
    cancelled = [row["booking"] for row in courier_cryorun.cancellations(store)]
    shipment = plant.mes.get_batch(batch).shipment
    recorded = shipment is not None and shipment.booking_reference in [row["reference"] for row in live]
    return {
        "live booking": len(live),
        "live bookings at once, at most": courier_cryorun.most_live_at_once(store)[contents(batch)],
        "booking in its place": [row["customer_reference"] for row in ours].count(f"rebook:{batch}:1"),
        "cancellation": cancelled.count(f"CR-OLD-{batch}"),
        "live booking recorded": int(recorded),
    }
