"""Keywords that book another way in the place of one: cancelled and read back first, so that two never live at once."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import ItemContext, current
from keywords.courier import BookedSlot, WayChoice
from keywords.effects import Intent, once
from keywords.failures import BusinessError, QualityError
from keywords.mes_calls import asking_mes
from keywords.sites import CourierPort
from mes_core.messages import BatchRecord


@library(scope="SUITE", version=VERSION)
class Rebooking:
    """Replace a booking whose way has become too bad, before the courier picks up."""

    @keyword
    def cancel_the_booking_once(self, batch: BatchRecord, choice: WayChoice) -> WayChoice | None:
        """Cancel the booking that the item replaces, once however often it is tried, and see that it is gone.

        Nothing is cancelled before another way is chosen, nor where the booked way has recovered.

        Args:
            batch: The batch record.
            choice: What the MES said of the other ways.

        Returns:
            The choice, now that the booking is gone; None where it has recovered and stays. Without another way a
            person decides.
        """
        context = current()
        if choice.options.keep:
            logger.info(choice.options.why)
            return None
        replaced = context.item
        site, reference = str(replaced["site"]), str(replaced["booking"])
        key = f"cancel:{site}:{reference}"
        if choice.slot is None and not choice.options.replaced and not _sent(context, batch, key):
            raise _a_person_decides(choice)
        courier = context.couriers()[site]

        def act() -> str:
            if choice.slot is None:  # what an earlier attempt sent has not come about, and there is nothing better now
                raise _a_person_decides(choice)
            return courier.cancel(reference, key)

        once(
            context,
            Intent(site, "cancellation", key, batch.batch_id, {"booking": reference}),
            find=lambda: courier.find_cancellations(key),
            act=act,
            settle_s=courier.settle_s,
        )
        _must_be_gone(courier, replaced)
        return _gone(choice, reference)

    @keyword
    def record_rebooking(self, batch: BatchRecord, booked: BookedSlot) -> None:
        """Tell the MES what is booked now; the posting in the ERP stays as it is.

        Args:
            batch: The batch record.
            booked: The courier's new booking.
        """
        context = current()
        with asking_mes(f"record the new booking of batch {batch.batch_id}"):
            before = context.mes.get_batch(batch.batch_id).shipment
            if before is None:
                raise BusinessError(
                    "NOT_SHIPPED", f"No shipment of batch {batch.batch_id} is recorded: a person looks at its bookings."
                )
            now = {
                "booking_reference": booked.reference,
                "carrier": booked.slot.service,
                "slot_id": booked.slot.slot_id,
                "pickup_at": booked.slot.pickup_at,
                "delivery_at": booked.slot.delivery_at,
                "shipper_id": booked.shipper_id,
                "customer_reference": str(context.item["business_key"]),
                "assessment_id": booked.assessment_id,
            }
            context.mes.record_rebooking(before.model_copy(update=now))


def _gone(choice: WayChoice, reference: str) -> WayChoice:
    """The choice as it is once the booking is gone: whoever decides has to know that none stands."""
    options = choice.options
    if choice.slot is not None or options.replaced:
        return choice
    why = f"{options.why.rstrip('.')}; booking {reference} is cancelled, and no other one stands."
    return replace(choice, options=options.model_copy(update={"replaced": True, "why": why}))


def _sent(context: ItemContext, batch: BatchRecord, key: str) -> bool:
    """Whether an earlier attempt may have cancelled it: that is read back first, whatever is on offer now."""
    with asking_mes(f"read what was done for batch {batch.batch_id}"):
        effects = context.mes.effects(batch.batch_id)
    mine = [one for one in effects if (one.kind, one.business_key) == ("cancellation", key)]
    return any(one.acted_at is not None or one.state != "intended" for one in mine)


def _a_person_decides(choice: WayChoice) -> BusinessError:
    return BusinessError(
        "A_PERSON_DECIDES",
        f"{choice.options.why.rstrip('.')}. Sign for a way, then it goes on; cancel this item, and the booking stays.",
    )


def _must_be_gone(courier: CourierPort, replaced: Mapping[str, Any]) -> None:
    """See that the courier does not show the booking as standing any more.

    Raises:
        QualityError: it stands though its cancellation has a number: nothing else is booked.
    """
    reference, wait = str(replaced["booking"]), courier.settle_s
    for look in range(2):
        if look:
            time.sleep(wait)  # lists may be stale
        found = courier.find_bookings(str(replaced["booking_key"]))
        if reference not in (*found.on_page, *found.in_export):
            return
    raise QualityError(
        "CANCELLED_AND_STANDS",
        f"Booking {reference} was cancelled, and the courier still shows it as standing: call the courier; nothing else"
        " is booked until it is gone.",
    )
