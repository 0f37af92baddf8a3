"""Keywords that follow a shipment on its courier's pages: what is shown is noted with its source, and nothing else."""

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import BusinessError
from keywords.mes_calls import asking_mes
from keywords.sites import TrackedEvent
from mes_core.messages import BatchRecord
from mes_core.messages.journeys import CustodyStep, NewCustody, TrackingLook, TrackingView

_STEPS = {
    "picked_up": CustodyStep.PICKED_UP,
    "departed": CustodyStep.IN_TRANSIT,
    "arrived": CustodyStep.IN_TRANSIT,
    "delayed": CustodyStep.IN_TRANSIT,
    "export_cleared": CustodyStep.EXPORT_CLEARED,
    "import_cleared": CustodyStep.IMPORT_CLEARED,
    "delivered": CustodyStep.DELIVERED,
}


@library(scope="SUITE", version=VERSION)
class Tracking:
    """Read a courier's tracking, and tell the MES."""

    @keyword
    def follow_the_shipment(self, batch: BatchRecord) -> TrackingView:
        """Read the tracking of the booking that the item names, note each event once, and let the MES judge the rest.

        Args:
            batch: The batch record.

        Returns:
            What the MES says: when something was heard last, a silence that is too long, the forecast. A word of the
            courier that nobody explained goes to a person, once all others are noted.
        """
        context = current()
        site, reference = str(context.item["site"]), str(context.item["booking"])
        product = context.settings.sites[site].product
        source = f"{product}, tracking of {reference}"
        events = context.couriers()[site].tracking(reference)
        known = [one for one in events if one.what]
        for one in known:
            with asking_mes(f"note that batch {batch.batch_id} was '{one.text}'"):
                context.mes.note_custody(batch.batch_id, _custody(one, product, source))
        look = TrackingLook(booking_reference=reference, source=source, events=len(events))
        with asking_mes(f"judge the tracking of batch {batch.batch_id}"):
            view = context.mes.tracking_looked_at(batch.batch_id, look)
        logger.info(view.silent or (view.forecast.why if view.forecast else "Nobody can forecast it."))
        unknown = sorted({one.text for one in events if not one.what})
        if unknown:
            raise BusinessError(
                "EVENT_UNKNOWN",
                f"{source} shows '{unknown[0]}', and nobody has said what that means: call the courier, and sign the"
                " step that it is; the batch stays where it is.",
            )
        return view


def _custody(one: TrackedEvent, courier: str, source: str) -> NewCustody:
    """An event of the tracking as a step of custody; what the page does not show stays empty."""
    details = {"event": one.what, "text": one.text}
    if one.expected_at is not None:
        details["expected_at"] = one.expected_at.isoformat()
    return NewCustody(
        step=_STEPS[one.what], at=one.at, place=one.place or "not shown", by=courier, source=source, details=details
    )
