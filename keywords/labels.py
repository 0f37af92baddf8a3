"""Keywords of the label: taken from the courier, read back, and compared by the MES before anything is posted."""

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.courier import BookedSlot
from keywords.failures import BusinessError
from keywords.label_reader import read_label
from keywords.mes_calls import asking_mes
from mes_core.messages import BatchRecord
from mes_core.messages.journeys import LabelRead

_PARTED = "|"
"""Stands between the parts of our own text; a courier's other barcodes have none of it."""


@library(scope="SUITE", version=VERSION)
class Labels:
    """Look at the label of a booking."""

    @keyword
    def label_must_be_of_the_batch(self, batch: BatchRecord, booked: BookedSlot) -> None:
        """Take the label from the courier, read its barcodes back, and let the MES compare them with the batch.

        It is kept in the evidence (`label.pdf`). Where the courier brings the label along, nothing is compared. One
        that reads as another batch, chain of identity or booking holds the batch, and nothing is posted.

        Args:
            batch: The batch record.
            booked: The courier's booking.
        """
        context = current()
        content = context.couriers()[booked.courier].label(booked.reference)
        if content is None:
            logger.info(f"{booked.courier} brings the label of {booked.reference} along: nothing to read here.")
            return
        (context.evidence.path / "label.pdf").write_bytes(content)
        texts = read_label(content, f"The label of booking {booked.reference}")
        ours = [text for text in texts if _PARTED in text] or list(texts)
        for text in ours:
            read = LabelRead(text=text[:300], booking_reference=booked.reference)
            with asking_mes(f"compare the label of batch {batch.batch_id}"):
                view = context.mes.note_label(batch.batch_id, read)
            if not view.matches:
                raise BusinessError("LABEL_OF_ANOTHER", view.why)
        logger.info(f"The label of {booked.reference} reads back as batch {batch.batch_id}.")
