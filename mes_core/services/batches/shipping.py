"""Shipments, and the filing clocks that they start."""

import json
from datetime import datetime
from typing import Any

from mes_core.domain import deviations
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.lists import booking_of
from mes_core.domain.principals import Actor
from mes_core.domain.states import Event
from mes_core.messages import RecordKind
from mes_core.messages import views as v
from mes_core.services import leases, outbox, shipments
from mes_core.services.batches import bookings, laboratory, register, views
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.after_release import AfterRelease
from mes_core.services.core import Change, dumps, move, open_holds, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, DeviationRow

_SHIPPERS = frozenset({outbox.COURIER})
_REBOOKERS = frozenset({outbox.REBOOKING})
_GRAVE = frozenset({"critical", "major"})


class Shipping(AfterRelease):
    """What happens after the release is signed."""

    def record_shipment(self, batch_id: str, shipment: v.Shipment, actor: Actor) -> v.BatchView:
        """Record what was booked and posted; the batch is shipped, its clocks are decided, its filings queued.

        The same shipment again changes nothing.

        Raises:
            Conflict: the batch is not released, is on hold, was shipped otherwise, or another booking of it stands.
            Invalid: the shipment is of another batch, or is delivered before it is picked up.
        """
        if shipment.batch_id != batch_id:
            raise Invalid(f"The shipment names batch {shipment.batch_id!r}, not {batch_id!r}: record it there.")
        if shipment.delivery_at <= shipment.pickup_at:
            raise Invalid(f"The shipment of batch {batch_id} is delivered before it is picked up: check its times.")
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            there = work.get("shipments", batch_id=batch_id)
            document = dumps(shipment.model_dump(mode="json"))
            if there is not None:
                if there["document"] != document:
                    raise Conflict(f"Batch {batch_id} was shipped already, otherwise: look at its shipment.")
                return views.batch_view(work, batch)
            if open_holds(work, batch_id):
                raise Conflict(f"Batch {batch_id} is on hold and can't be shipped: a person lifts the hold first.")
            standing = register.standing(work, batch)
            moved = move(work, batch, Event.SHIPPED, now)
            register.check_supply(standing)
            laboratory.check_supply(work, standing)
            jobs = _SHIPPERS if batch["kind"] == RecordKind.CAR_T else None  # other products have no courier of ours
            leases.in_hand(work, actor, "record the shipment of", batch_id, jobs)
            if bookings.references(work, batch_id):
                bookings.check_stands(work, batch_id, shipment.booking_reference, "The shipment")
            booking = booking_of(json.loads(document))
            work.add("shipments", [{"batch_id": batch_id, "document": document, "booking": booking}])
            shipped = Change("shipment recorded", shipment.booking_reference, None, json.loads(document))
            changes = [shipped, *moved, *self._start_clocks(work, batch, actor, now)]
            batch = the_batch(work, batch_id)
            changes += self.judged(work, batch, "shipping", actor, now)
            write_audit(work, batch_id, actor, now, *changes)
            return views.batch_view(work, batch)

    def record_rebooking(self, batch_id: str, shipment: v.Shipment, actor: Actor) -> v.BatchView:
        """Record what was booked in the place of an earlier booking; the posting in the ERP stays as it is.

        The same shipment again changes nothing. What was recorded before is kept.

        Raises:
            Conflict: the batch was never shipped, or the booking is not the only one that stands.
            Invalid: the shipment is of another batch or posting, or is delivered before it is picked up.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            before = shipments.in_force(work, batch_id)
            if before is None:
                raise Conflict(f"No shipment of batch {batch_id} is recorded: there is no booking to replace.")
            _check_is_its_own(batch_id, shipment, before)
            leases.in_hand(work, actor, "record another booking of", batch_id, _REBOOKERS)
            document = shipment.model_dump(mode="json")
            if document == before:
                return views.batch_view(work, batch)
            stands = [row["reference"] for row in bookings.standing(work, batch_id)]
            if stands != [shipment.booking_reference]:
                raise Conflict(
                    f"Booking {shipment.booking_reference} of batch {batch_id} is not the only one that stands"
                    f" ({', '.join(map(str, stands)) or 'none does'}): cancel, read back, book, and record then."
                )
            kept.add(work, batch_id, kept.REBOOKING, document, actor, now)
            told = Change("shipment booked again", shipment.booking_reference, before, document)
            write_audit(work, batch_id, actor, now, told, *self.judged(work, batch, "shipping", actor, now))
            return views.batch_view(work, batch)

    def _start_clocks(self, work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime) -> list[Change]:
        if batch["kind"] != RecordKind.CAR_T:
            return []
        grave = [
            row
            for row in work.find("deviations", batch_id=batch["batch_id"], order=("opened_at", "deviation_key"))
            if deviations.matters(row["severity"], row["outcome"])
        ]
        for one in json.loads(batch["record"])["deviations"]:
            if one["closed_at"] is None and one["severity"] in _GRAVE:
                grave.append(_of_record(one, batch, actor))
        return from_record.shipped(work, batch, grave, actor, now, zone=self.zone)


def _check_is_its_own(batch_id: str, shipment: v.Shipment, before: dict[str, Any]) -> None:
    if shipment.batch_id != batch_id:
        raise Invalid(f"The shipment names batch {shipment.batch_id!r}, not {batch_id!r}: record it there.")
    if shipment.delivery_at <= shipment.pickup_at:
        raise Invalid(f"The shipment of batch {batch_id} is delivered before it is picked up: check its times.")
    if shipment.erp_posting != before["erp_posting"]:
        raise Invalid(
            f"Batch {batch_id} is posted as {before['erp_posting']}, not {shipment.erp_posting}: one bag is posted"
            " once."
        )


def _of_record(one: dict[str, Any], batch: BatchRow, actor: Actor) -> DeviationRow:
    """A deviation that stands open in the record itself, in the shape of those that the MES keeps."""
    return {
        "batch_id": batch["batch_id"],
        "deviation_key": one["deviation_id"],
        "title": one.get("title") or one["deviation_id"],
        "severity": one["severity"],
        "opened_at": one["opened_at"] or "",
        "opened_by": actor.user,
        "kind": "deviation",
        "finding_id": None,
        "parent_key": None,
        "closed_at": None,
        "closed_by": None,
        "printed_name": None,
        "outcome": None,
        "conclusion": None,
        "signature_id": None,
    }
