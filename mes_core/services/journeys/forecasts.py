"""What a booked way is still worth: judged anew when something is heard; below its limit another one is booked, or a
person called.

Before the pick-up a work item is queued that books another way. From the pick-up on, noted or due, a person alone
decides: the batch stays where it is, on hold with the reason.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.journey.errors import JourneyError
from mes_core.messages import RecordKind
from mes_core.messages import journeys as j
from mes_core.services import aside, leases, outbox, shipments
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.core import Change, Core, add_hold, iso, the_batch, write_audit
from mes_core.services.journeys.reckoning import judging
from mes_core.services.journeys.told import steps
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, EffectRow, JourneyRecordRow, WorkItemColumns

_ENDED = frozenset({j.CustodyStep.RECEIVED})
_LOOKED_AT_FOR = timedelta(days=14)
"""So long after its planned delivery a shipment without a receipt is still judged when data change."""


@dataclass(frozen=True)
class Measured:
    """What a booked way is worth now.

    Attributes:
        document: the shipment as it stands.
        way: its way, as it was assessed.
        p: probability, None where the way may not be taken any more.
        parts: interval and parts of it, by name.
        never: why it may not be taken.
        limit: what `p` must not fall below.
        picked_up: whether the courier has it.
    """

    document: dict[str, Any]
    way: j.WayView
    p: float | None
    parts: dict[str, float]
    never: tuple[str, ...]
    limit: float
    picked_up: bool

    @property
    def below(self) -> bool:
        """Whether the way is not worth what it has to be."""
        return self.p is None or self.p < self.limit

    @property
    def pickup_at(self) -> datetime:
        """The planned pick-up."""
        return datetime.fromisoformat(self.document["pickup_at"])

    def sentence(self) -> str:
        """What is said of it."""
        name = f"{self.way.courier} {self.way.service} ({self.way.way_id})"
        if self.p is None:
            return f"The booked way {name} may not be taken any more: {'; '.join(self.never)}."
        told = f"The booked way {name} arrives in time, cold and unharmed with {self.p:.2%}"
        return f"{told}, {'below' if self.below else 'not below'} {self.limit:.2%}."


class Forecasts(Core):
    """Forecasts of booked ways."""

    def forecast(self, batch_id: str, actor: Actor) -> j.ForecastView:
        """Judge the booked way of a batch by all that is known now; below its limit what follows is set going.

        Raises:
            Forbidden: a bot that has no item of this batch in hand.
            Conflict: nothing is booked, or the product has come.
            Invalid: something that is needed is not known; says what.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            if isinstance(actor, BotPrincipal):
                leases.in_hand(work, actor, "forecast the arrival of", batch_id)
            row, changes = renewed(work, batch, measure(work, batch, now), actor, now)
            write_audit(work, batch_id, actor, now, *changes)
            return _view(row)

    def forecasts(self, batch_id: str) -> tuple[j.ForecastView, ...]:
        """Every forecast of a batch, the newest last."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(_view(row) for row in kept.all_of(work, batch_id, kept.FORECAST))


def measure(work: UnitOfWork, batch: BatchRow, now: datetime) -> Measured:
    """What the booked way is worth now.

    Raises:
        Conflict: nothing is booked, or the product has come, or the booked way was never assessed.
        Invalid: something that is needed is not known; says what.
    """
    batch_id = batch["batch_id"]
    document = shipments.in_force(work, batch_id)
    if document is None or batch["kind"] != RecordKind.CAR_T:
        raise Conflict(f"Nothing is booked for batch {batch_id}: there is no way to forecast.")
    told = steps(work, batch_id)
    if _ENDED & set(told):
        raise Conflict(f"Batch {batch_id} was received: there is nothing left to forecast.")
    assessment = work.get("journey_records", record_id=document.get("assessment_id") or "")
    view = j.OptionsView.model_validate(kept.read(assessment)) if assessment else None
    way = view.way(document["slot_id"]) if view else None
    if view is None or way is None or not view.pickup_site:
        raise Conflict(
            f"The booked way of batch {batch_id} was not assessed here, so that nobody can forecast it: ask the"
            " courier."
        )
    try:
        chance, never = judging().forecast(work, batch, way, view.pickup_site, document["booking_reference"], now)
    except JourneyError as wrong:
        raise Invalid(str(wrong)) from None
    names = ("low", "high", "late", "warm", "excursion")
    return Measured(
        document=document,
        way=way,
        p=chance.p if chance else None,
        parts={name: getattr(chance, name) for name in names} if chance else {},
        never=never,
        limit=_limit(view, way),
        picked_up=j.CustodyStep.PICKED_UP in told,
    )


def _limit(view: j.OptionsView, way: j.WayView) -> float:
    """The product's threshold, or what the person saw who signed for a way below it."""
    if view.decided_by is None or way.p is None:
        return view.threshold
    signed = way.p if way.low is None else way.low
    return min(view.threshold, signed)


def renewed(
    work: UnitOfWork, batch: BatchRow, found: Measured, actor: Actor, now: datetime
) -> tuple[JourneyRecordRow, list[Change]]:
    """The forecast of a batch as it was measured, kept where it is another than the last; and what follows from it."""
    batch_id, queued = batch["batch_id"], ""
    changes: list[Change] = []
    if found.below and not found.picked_up and found.pickup_at > now:
        queued, changes = _rebooked(work, batch_id, found, now)
    elif found.below:
        changes = _left_to_a_person(work, batch, found, actor, now)
    last = kept.newest(work, batch_id, kept.FORECAST)
    document = _document(found, queued)
    if last is not None and {**kept.read(last), "rebooking": ""} == {**document, "rebooking": ""} and not queued:
        return last, changes
    row = kept.add(work, batch_id, kept.FORECAST, document, actor, now)
    told = {name: document[name] for name in ("p", "limit", "below")}
    booking = str(document["booking_reference"])
    return row, [Change("arrival forecast", booking, None, told, found.sentence()), *changes]


def _document(found: Measured, queued: str) -> dict[str, Any]:
    return {
        "booking_reference": found.document["booking_reference"],
        "way_id": found.way.way_id,
        "p": found.p,
        **found.parts,
        "limit": found.limit,
        "below": found.below,
        "picked_up": found.picked_up,
        "never": list(found.never),
        "why": found.sentence(),
        "rebooking": queued,
    }


def _rebooked(work: UnitOfWork, batch_id: str, found: Measured, now: datetime) -> tuple[str, list[Change]]:
    """Queue the item that books another way in the place of a booking; one that a person ended stays ended."""
    made = [row for row in bookings.made(work, batch_id) if row["reference"]]
    stands = [row for row in bookings.standing(work, batch_id) if _is(row, found)]
    if not stands:
        return "", []  # it is being replaced already, or was made by hand: whoever made it sees to it
    booking = stands[0]
    key = outbox.rebook_key(batch_id, len(made))  # the one that stands is the newest
    there = work.get("work_items", business_key=key)
    if there is not None and there["state"] == "done":  # it had recovered, and has fallen again
        again: WorkItemColumns = {"state": "queued", "attempts": 0, "finished_at": None, "not_before": None}
        work.change("work_items", {"item_id": there["item_id"]}, **again)
        return key, [Change("work item queued", there["item_id"], "done", outbox.REBOOKING, found.sentence())]
    if there is not None:
        return key, []
    payload = {
        "booking": booking["reference"],
        "site": booking["site"],
        "booking_key": booking["business_key"],
        "way_id": found.way.way_id,
        "courier": found.way.courier,
        "due_at": iso(found.pickup_at),
    }
    row = outbox.enqueue(work, now, job=outbox.REBOOKING, key=key, batch_id=batch_id, payload=payload)
    return key, [Change("work item queued", row["item_id"], None, outbox.REBOOKING, found.sentence())]


def _is(booking: EffectRow, found: Measured) -> bool:
    return booking["reference"] == str(found.document["booking_reference"])


def _left_to_a_person(work: UnitOfWork, batch: BatchRow, found: Measured, actor: Actor, now: datetime) -> list[Change]:
    """From the pick-up on nothing is rebooked: the batch stays where it is, and a person decides with the courier."""
    since = "it was picked up" if found.picked_up else f"its pick-up was due at {found.document['pickup_at']}"
    booking = found.document["booking_reference"]
    reason = (
        f"{found.sentence()} Booking {booking} is not changed by itself any more, as {since}: call the courier and the"
        " treatment centre, and decide."
    )
    key = f"forecast:{booking}"  # once: who has lifted it has seen it
    return list(add_hold(work, batch, actor, now, kind="logistics", reason=reason, key=key)[1])


def after(work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime) -> list[Change]:
    """The forecast after something was heard; where there can be none the trail says why, and nothing is held up."""
    if shipments.in_force(work, batch["batch_id"]) is None:
        return []
    if _ENDED & set(steps(work, batch["batch_id"])):
        return []
    try:
        found = measure(work, batch, now)
    except (Conflict, Invalid) as none:
        return [Change("arrival not forecast", batch["batch_id"], None, None, str(none))]
    return renewed(work, batch, found, actor, now)[1]


def after_data(work: UnitOfWork, actor: Actor, now: datetime) -> None:
    """Forecasts of all that is booked or on its way, after logistics data have changed."""
    for batch_id, text in sorted(shipments.latest(work).items()):
        with aside.each(f"forecast of {batch_id}", batch_id):
            document = json.loads(text)
            if datetime.fromisoformat(document["delivery_at"]) + _LOOKED_AT_FOR < now:
                continue
            batch = the_batch(work, batch_id)
            changes = after(work, batch, actor, now)
            if changes:
                write_audit(work, batch_id, actor, now, *changes)


def newest(work: UnitOfWork, batch_id: str) -> j.ForecastView | None:
    """The newest forecast of a batch."""
    row = kept.newest(work, batch_id, kept.FORECAST)
    return _view(row) if row else None


def _view(row: JourneyRecordRow) -> j.ForecastView:
    about = {"batch_id": row["batch_id"], "number": row["number"], "made_at": row["made_at"]}
    return j.ForecastView.model_validate({**kept.read(row), **about})
