"""Shipments, and the filing clocks that they start."""

import json
from datetime import datetime

from mes_core.domain import deviations, filing
from mes_core.domain.errors import Conflict, Invalid, NotFound
from mes_core.domain.principals import Actor
from mes_core.domain.states import Event
from mes_core.messages import RecordKind
from mes_core.messages import views as v
from mes_core.services.batches import filings, register, views
from mes_core.services.batches.after_release import AfterRelease
from mes_core.services.core import Change, dumps, iso, move, open_holds, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FilingColumns

_GRAVE = frozenset({"critical", "major"})


class Shipping(AfterRelease):
    """What happens after the release is signed."""

    def record_shipment(self, batch_id: str, shipment: v.Shipment, actor: Actor) -> v.BatchView:
        """Record what was booked and posted; the batch is shipped, its clocks are decided, its filings queued.

        The same shipment again changes nothing.

        Raises:
            Conflict: the batch is not released, is on hold, or was shipped otherwise.
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
            work.add("shipments", [{"batch_id": batch_id, "document": document}])
            shipped = Change("shipment recorded", shipment.booking_reference, None, json.loads(document))
            changes = [shipped, *moved, *self._start_clocks(work, batch, now)]
            batch = the_batch(work, batch_id)
            changes += self.judged(work, batch, "shipping", actor, now)
            write_audit(work, batch_id, actor, now, *changes)
            return views.batch_view(work, batch)

    def _start_clocks(self, work: UnitOfWork, batch: BatchRow, now: datetime) -> list[Change]:
        batch_id = batch["batch_id"]
        record = json.loads(batch["record"])
        opened = [
            row["deviation_key"]
            for row in work.find("deviations", batch_id=batch_id)
            if deviations.matters(row["severity"], row["outcome"])
        ]
        left = [
            one["deviation_id"]
            for one in record["deviations"]
            if one["closed_at"] is None and one["severity"] in _GRAVE
        ]
        if batch["kind"] == RecordKind.CAR_T:
            clocks = filing.clocks(markets=record["markets"], open_deviations=[*opened, *left], now=now)
        else:
            clocks = filing.other_product(now)
        return filings.start(work, batch_id, clocks, now)

    def filings(self, batch_id: str) -> tuple[v.FilingView, ...]:
        """The filing clocks of a batch, those that do not apply included."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("filings", batch_id=batch_id, order=("place",))
        return tuple(views.filing_view(row) for row in rows)

    def acknowledge_filing(self, filing_id: str, acknowledgement: v.Acknowledgement, actor: Actor) -> v.FilingView:
        """Store the agency's acknowledgement; with the last one the batch is filed.

        Raises:
            Conflict: the filing does not apply, or was acknowledged otherwise.
        """
        now = self.now()
        with self._store.write() as work:
            row = work.get("filings", filing_id=filing_id)
            if row is None:
                raise NotFound(f"There is no filing {filing_id!r}: open the batch and look at its filing clocks.")
            if not row["applies"]:
                raise Conflict(f"Filing {filing_id} does not apply: {row['why']}")
            if row["acknowledgement"] == acknowledgement.acknowledgement:
                return views.filing_view(row)
            if row["acknowledgement"]:
                raise Conflict(f"Filing {filing_id} was acknowledged already as {row['acknowledgement']}.")
            changed: FilingColumns = {
                "status": "submitted",
                "acknowledgement": acknowledgement.acknowledgement,
                "submitted_at": iso(acknowledgement.submitted_at),
                "document_sha256": acknowledgement.document_sha256,
            }
            work.change("filings", {"filing_id": filing_id}, **changed)
            changes = [Change("filing acknowledged", filing_id, None, changed)]
            batch = the_batch(work, row["batch_id"])
            if not work.count("filings", batch_id=row["batch_id"], status="open"):
                changes += move(work, batch, Event.FILED, now)
            changes += self.judged(work, the_batch(work, row["batch_id"]), "filing_clocks", actor, now)
            write_audit(work, row["batch_id"], actor, now, *changes)
            return views.filing_view({**row, **changed})
