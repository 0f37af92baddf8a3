"""The reckoning behind the ways of a batch: what the MES holds, put to the model of the journey.

It needs the extra `planning` (numpy, scipy, holidays), and is imported when ways are assessed.
"""

import json
from datetime import datetime
from typing import Any

from mes_core.journey.assess import Assessed, Conditions, Shipment
from mes_core.journey.choose import Choice, choose
from mes_core.journey.gate import checked_by
from mes_core.journey.ways import Offer
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services.batches import journey_records as kept
from mes_core.services.journeys import conditions as known
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow


def judged(
    work: UnitOfWork, batch: BatchRow, asked: j.AskOptions, now: datetime, *, in_hand: str = ""
) -> j.OptionsView:
    """The ways on offer, ranked; nobody may book yet.

    Raises:
        Invalid: something that is needed is not known; says what.
    """
    there = known.conditions(work, json.loads(batch["record"])["treatment_centre"] or "")
    earliest = known.earliest_pickup(now, asked.lead_h)
    shipment = known.shipment(work, batch, asked.pickup_site, earliest, in_hand=in_hand)
    choice = choose(shipment, [Offer(**one.model_dump()) for one in asked.offers], there)
    return _view(batch["batch_id"], shipment, choice, there, now, packing(work, batch["batch_id"]))


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
