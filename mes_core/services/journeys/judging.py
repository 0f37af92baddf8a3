"""The reckoning behind the ways of a batch: what the MES holds, put to the model of the journey.

It needs the extra `planning` (numpy, scipy, holidays), and is imported when ways are assessed.
"""

import json
from datetime import datetime
from typing import Any

from mes_core.domain.errors import Invalid
from mes_core.journey.assess import Assessed, Chance, Conditions, Shipment, assess, chance_left
from mes_core.journey.choose import Choice, choose
from mes_core.journey.gate import checked_by
from mes_core.journey.tracking import Heard, way_left
from mes_core.journey.ways import Offer, read_offer
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.after_release import TRACKED
from mes_core.services.journeys import conditions as known
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow


def judged(
    work: UnitOfWork,
    batch: BatchRow,
    asked: j.AskOptions,
    now: datetime,
    *,
    in_hand: str = "",
    instead: str | None = None,
) -> j.OptionsView:
    """The ways on offer, ranked; nobody may book yet. `instead` is the booking that one of them is to replace.

    Raises:
        Invalid: something that is needed is not known; says what.
    """
    there = known.conditions(work, json.loads(batch["record"])["treatment_centre"] or "")
    earliest = known.earliest_pickup(now, asked.lead_h)
    shipment = known.shipment(work, batch, asked.pickup_site, earliest, in_hand=in_hand, instead=instead)
    choice = choose(shipment, [Offer(**one.model_dump()) for one in asked.offers], there)
    view = _view(batch["batch_id"], shipment, choice, there, now, packing(work, batch["batch_id"]))
    return view.model_copy(update={"pickup_site": asked.pickup_site, "replaces": instead or ""})


def forecast(
    work: UnitOfWork, batch: BatchRow, booked: j.WayView, site: str, booking: str, now: datetime
) -> tuple[Chance | None, tuple[str, ...]]:
    """What the booked way is worth by all that is known now, or why it may not be taken any more.

    Args:
        booked: the way as it was assessed.
        site: where the courier picks up.
        booking: reference of its booking.
        now: the moment.

    Raises:
        Invalid: something that is needed is not known; says what.
    """
    if booked.pickup_at is None or booked.delivery_at is None:
        raise Invalid(f"The booked way {booked.way_id} of batch {batch['batch_id']} has no times: look at its booking.")
    there = known.conditions(work, json.loads(batch["record"])["treatment_centre"] or "")
    earliest = min(now, booked.pickup_at)
    shipment = known.shipment(work, batch, site, earliest, instead=booking)
    times = (booked.pickup_at.isoformat(), booked.delivery_at.isoformat())
    offer = Offer(booked.way_id, booked.courier, booked.service, *times, booked.price)
    heard = _heard(work, batch["batch_id"])
    if heard:
        way = read_offer(offer, there.couriers, shipment.plant, shipment.centre)
        return chance_left(shipment, way_left(way, heard, now), there), ()
    (found,) = assess(shipment, [offer], there)
    return found.chance, found.never


def _heard(work: UnitOfWork, batch_id: str) -> list[Heard]:
    """What was heard since the courier took it; nothing while nobody noted that."""
    told = [j.NewCustody.model_validate(kept.read(row)) for row in kept.all_of(work, batch_id, kept.CUSTODY)]
    if not any(one.step is j.CustodyStep.PICKED_UP for one in told):
        return []
    found = []
    for one in told:
        if one.step in TRACKED:
            expected = one.details.get("expected_at")
            what = str(one.details.get("event") or one.step.value)
            found.append(Heard(what, one.at, one.place, datetime.fromisoformat(str(expected)) if expected else None))
    return found


def packing(work: UnitOfWork, batch_id: str) -> tuple[int, lo.Packing] | None:
    """Number and content of the packing in force."""
    found = kept.packing_in_force(work, batch_id)
    return (found[0]["number"], lo.Packing.model_validate(kept.read(found[0]))) if found else None


def _view(
    batch_id: str,
    shipment: Shipment,
    choice: Choice,
    there: Conditions,
    now: datetime,
    packed: tuple[int, lo.Packing] | None,
) -> j.OptionsView:
    table = there.laws.table
    return j.OptionsView(
        assessment_id="",
        batch_id=batch_id,
        made_at=now,
        chosen=None,
        decides=choice.decides,
        why=choice.why,
        never=choice.never,
        live_booking=shipment.standing.live_booking,
        gate_at=shipment.gate.at,
        gate_why=shipment.gate.why,
        latest_receipt_at=checked_by(shipment.gate, shipment.product),
        threshold=shipment.product.threshold,
        shipper=packed[1].shipper if packed else "",
        logger=packed[1].logger if packed else "",
        seal=packed[1].seal if packed else "",
        packing=packed[0] if packed else None,
        ways=tuple(_way(one, choice) for one in choice.ways),
        delays=f"{table.source}; {table.measured}",
        priors=tuple(
            j.PriorView(name=name, value=one.value, low=one.low, high=one.high, unit=one.unit, text=one.text)
            for name, one in there.laws.priors.items()
        ),
    )


def _way(one: Assessed, choice: Choice) -> j.WayView:
    more: dict[str, Any] = {}
    if one.way is not None:
        more = {"pickup_at": one.way.pickup_at, "delivery_at": one.way.delivery_at}
    if one.chance is not None:
        chance = one.chance
        more |= {name: round(getattr(chance, name), 7) for name in ("p", "low", "high", "late", "warm", "excursion")}
        more |= {"hold_left_h": tuple(round(hours, 1) for hours in chance.hold_left_h)}
        more |= {"second": round(choice.second[one.way_id], 7)}
    shown = {name: getattr(one, name) for name in ("way_id", "courier", "service", "price", "never")}
    return j.WayView(**shown, **more)
