"""Labels as they read back: one of another batch, identity or booking stops the batch where it is."""

import json

from mes_core.domain.principals import Actor
from mes_core.journey.errors import JourneyError
from mes_core.journey.labels import check_label
from mes_core.messages import journeys as j
from mes_core.services import leases, outbox
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.core import Change, Core, hold_again, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

_READERS = frozenset({outbox.COURIER, outbox.REBOOKING})


class Labels(Core):
    """Labels that were read back."""

    def note_label(self, batch_id: str, read: j.LabelRead, actor: Actor) -> j.LabelView:
        """Compare what a label reads with batch, chain of identity and booking; a difference opens a quality hold.

        The same reading again is kept once, and holds the batch again where the hold was lifted.

        Raises:
            Forbidden: no bot that books or rebooks this batch.
            Conflict: it is the label of a booking that does not stand.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            leases.in_hand(work, actor, "read the label of", batch_id, _READERS)
            bookings.check_stands(work, batch_id, read.booking_reference, "The label")
            why = _difference(batch, read)
            document = {**read.model_dump(mode="json"), "matches": not why, "why": why}
            row = _kept(work, batch_id, document) or kept.add(work, batch_id, kept.LABEL, document, actor, now)
            changes = [Change("label read back", read.booking_reference, None, document, why or None)]
            if why:
                key = f"label:{read.booking_reference}"
                changes += hold_again(work, batch, actor, now, kind="quality", reason=why, key=key)[1]
            write_audit(work, batch_id, actor, now, *changes)
            return _view(row)

    def labels(self, batch_id: str) -> tuple[j.LabelView, ...]:
        """Every label of a batch that was read back."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(_view(row) for row in kept.all_of(work, batch_id, kept.LABEL))


def _difference(batch: BatchRow, read: j.LabelRead) -> str:
    """What is wrong with a label; empty where it is this one's."""
    identity = json.loads(batch["record"])["donation_number"] or ""
    try:
        check_label(read.text, batch["batch_id"], identity, read.booking_reference)
    except JourneyError as wrong:
        return str(wrong)
    return ""


def _kept(work: UnitOfWork, batch_id: str, document: dict[str, object]) -> JourneyRecordRow | None:
    return next((row for row in kept.all_of(work, batch_id, kept.LABEL) if kept.read(row) == document), None)


def _view(row: JourneyRecordRow) -> j.LabelView:
    return j.LabelView.model_validate({**kept.read(row), "batch_id": row["batch_id"], "number": row["number"]})
