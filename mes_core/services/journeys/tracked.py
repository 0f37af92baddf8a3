"""What follows from a look at a courier's tracking: the forecast, and what is said when nothing is heard any more."""

from datetime import datetime

from mes_core.domain.errors import Conflict
from mes_core.domain.principals import Actor
from mes_core.journey.errors import JourneyError
from mes_core.journey.silence import check_silence
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import leases, outbox, shipments
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.after_release import TRACKED
from mes_core.services.core import Change, Core, add_hold, the_batch, write_audit
from mes_core.services.journeys import forecasts
from mes_core.services.ports import UnitOfWork

_TRACKERS = frozenset({outbox.TRACKING})


class Tracked(Core):
    """Looks at tracking."""

    def tracking_looked_at(self, batch_id: str, look: j.TrackingLook, actor: Actor) -> j.TrackingView:
        """Take note that the tracking of a booking was read, and judge what it did not say.

        A silence that is longer than the courier's data allow opens a hold on the logistics, once for each; no step is
        made up, and the batch stays where it is.

        Raises:
            Forbidden: no bot that has such a look of this batch in hand.
            Conflict: nothing is booked, or it is the tracking of a booking that does not stand.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            leases.in_hand(work, actor, "look at the tracking of", batch_id, _TRACKERS)
            document = shipments.in_force(work, batch_id)
            if document is None:
                raise Conflict(f"Nothing is booked for batch {batch_id}: there is no tracking of it.")
            bookings.check_stands(work, batch_id, look.booking_reference, "The tracking")
            heard, come = _heard(work, batch_id)
            since = max(heard or _EARLIEST, datetime.fromisoformat(document["pickup_at"]))
            silent = "" if come else _silence(work, batch_id, document, since, now, look.source)
            told = {"booking": look.booking_reference, "events": look.events, "silent": bool(silent)}
            changes = [Change("tracking read", look.source, None, told, silent or None)]
            if silent:
                key = f"silent:{since.isoformat()}"
                changes += add_hold(work, batch, actor, now, kind="logistics", reason=silent, key=key)[1]
            changes += forecasts.after(work, batch, actor, now)
            write_audit(work, batch_id, actor, now, *changes)
            return j.TrackingView(
                batch_id=batch_id, last_heard_at=heard, silent=silent, forecast=forecasts.newest(work, batch_id)
            )


_EARLIEST = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def _heard(work: UnitOfWork, batch_id: str) -> tuple[datetime | None, bool]:
    """When something happened last that was heard of, and whether it has come."""
    steps = [j.NewCustody.model_validate(kept.read(row)) for row in kept.all_of(work, batch_id, kept.CUSTODY)]
    on_the_way = [one.at for one in steps if one.step in TRACKED]
    come = any(one.step in (j.CustodyStep.DELIVERED, j.CustodyStep.RECEIVED) for one in steps)
    return max(on_the_way, default=None), come


def _silence(
    work: UnitOfWork, batch_id: str, document: dict[str, str], since: datetime, now: datetime, source: str
) -> str:
    """The sentence about a silence that is too long; empty where it is not."""
    assessment = work.get("journey_records", record_id=document.get("assessment_id") or "")
    view = j.OptionsView.model_validate(kept.read(assessment)) if assessment else None
    way = view.way(document["slot_id"]) if view else None
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.COURIER, way.courier) if way else None
    data = lo.CourierData.model_validate(kept.read(row)) if row else None
    most_h = data.silent_after_h if data else lo.CourierData.model_fields["silent_after_h"].default
    try:
        check_silence(batch_id, since, now, most_h, source)
    except JourneyError as silent:
        return str(silent)
    return ""
