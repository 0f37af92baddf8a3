"""Keywords of the stock and posting system."""

from pathlib import Path

from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.courier import BookedSlot
from keywords.effects import Intent, once
from keywords.sites import ShipmentPosting, Table
from mes_core.messages import BatchRecord


@library(scope="SUITE", version=VERSION)
class Erp:
    """Read consumption and stock, and post shipments, through the pages of the system."""

    @keyword
    def read_consumption(self, batch: BatchRecord) -> Table:
        """Read all material consumption posted on a batch.

        Args:
            batch: The batch record.

        Returns:
            The complete table with its source.
        """
        return current().erp().consumption(batch.batch_id)

    @keyword
    def read_stock(self, batch: BatchRecord) -> Table:
        """Read the stock rows of the lots that the record names.

        Args:
            batch: The batch record.

        Returns:
            The rows of these lots with their source.
        """
        return current().erp().stock({use.lot for use in batch.materials})

    @keyword
    def post_shipment_once(self, batch: BatchRecord, booked: BookedSlot, quantity: str = "1", unit: str = "bag") -> str:
        """Post the shipment of a batch, once however often the item is tried.

        Args:
            batch: The batch record.
            booked: The courier's booking.
            quantity: How many units are shipped.
            unit: Unit of the quantity.

        Returns:
            The posting number.
        """
        context = current()
        erp = context.erp()
        key = str(context.item["business_key"])
        posting = ShipmentPosting(
            batch_id=batch.batch_id,
            ship_to=batch.treatment_centre or "",
            booking_reference=booked.reference,
            our_reference=key,
            quantity=quantity,
            unit=unit,
            packing_list=_packing_list(context.evidence.path, batch, booked, f"{quantity} {unit}"),
        )
        effect = once(
            context,
            Intent("erp", "shipment", key, batch.batch_id, {"booking_reference": booked.reference}),
            find=lambda: erp.find_shipments(key),
            act=lambda: erp.post_shipment(posting),
            settle_s=erp.settle_s,
        )
        return effect.reference


def _packing_list(folder: Path, batch: BatchRecord, booked: BookedSlot, quantity: str) -> Path:
    """Write the packing list: identity by codes only, never by name. No value can begin a line of its own."""
    lines = (
        "Packing list",
        f"Batch: {batch.batch_id}",
        f"Product: {batch.product} ({batch.product_code})",
        f"Patient code: {batch.patient_code or 'not given'}",
        f"Donation number: {batch.donation_number or 'not given'}",
        f"Quantity: {quantity}",
        f"Ship to: {batch.treatment_centre or 'not given'}",
        f"Booking: {booked.reference} ({booked.slot.service})",
        f"Shipper: {booked.shipper_id}",
        f"Pick-up: {booked.slot.pickup_at.isoformat()}",
        f"Delivery: {booked.slot.delivery_at.isoformat()}",
        f"Expires: {batch.expires_at.isoformat() if batch.expires_at else 'not given'}",
    )
    path = folder / "packing-list.txt"
    path.write_text("\n".join(" ".join(line.split()) for line in lines) + "\n", "utf-8")
    return path
