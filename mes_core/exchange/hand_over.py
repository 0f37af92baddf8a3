"""The packet that goes with a shipment, as one PDF: from what is signed here, with a list of what is added by hand.

Identity is told by codes alone, never by a name of a patient. What the MES does not hold (air waybill, invoice,
certificates of other makers) is listed to be put in, never made up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zxingcpp
from fpdf.enums import XPos, YPos
from PIL import Image

from mes_core.domain.errors import Conflict
from mes_core.exchange.pages import Pages, latin
from mes_core.journey.labels import label_text
from mes_core.messages import BatchRecord
from mes_core.messages.journeys import CustodyView, OptionsView
from mes_core.messages.logistics import LogisticsKind, PackingView
from mes_core.messages.views import BatchView

BY_HAND = (
    "Air waybill, with the IATA time and temperature label filled in",
    "Pro-forma invoice, with the customs tariff number that customs gave the plant",
    "Certificate of analysis of the batch",
    "Certificate of the shipper's last qualification",
    "Certificate of the logger's calibration",
)
"""Papers of the packet (docs/courier.md) that others make."""
_CHECKS = (
    "The seal is whole, and its number is the one above",
    "The logger runs and shows no alarm; its number is the one above",
    "The shipper stands upright and is not damaged",
    "Batch, patient code and chain-of-identity identifier are the same on order, shipper and bag",
    "The temperature inside was read before the unloading, in Celsius",
    "The bag is whole, and is in storage below its limit",
)
_STEPS = ("Handed to the courier", "Received from the courier", "Unloaded and checked", "Match at the bedside")
_SHEETS = ("Packing list", "Shipper and logger", "Certification", "Custody form", "Receipt", "Return")
_TIME = "%Y-%m-%d %H:%M UTC"
Row = tuple[str, str]


@dataclass(frozen=True)
class HandOver:
    """What is known of a shipment: record, state, newest packing, assessment of its way, steps, data of the things."""

    record: BatchRecord
    batch: BatchView
    packing: PackingView | None
    way: OptionsView | None
    custody: Sequence[CustodyView]
    things: Mapping[tuple[LogisticsKind, str], Mapping[str, Any]]


def export(known: HandOver, made_at: datetime) -> bytes:
    """The packet; the same shipment at the same time gives the same bytes.

    Raises:
        Conflict: nothing is booked, no packing is in force, nobody certified it, or it is on hold: no paper goes along.
    """
    packing = _checked(known)
    shipment = known.batch.shipment
    assert shipment is not None  # noqa: S101 - `_checked` says so
    paper = _Paper(f"Hand-over packet {known.record.batch_id}, booking {shipment.booking_reference}", made_at)
    paper.sheet("Hand-over packet", "What goes with the shipper, in this order.")
    paper.code(label_text(known.record.batch_id, known.record.donation_number or "", shipment.booking_reference))
    paper.pairs(_identity(known))
    paper.ticks("In this file", _SHEETS)
    paper.ticks("To be added by hand", BY_HAND)
    paper.sheet("Packing list", "What is in the shipper.")
    paper.pairs(_identity(known) + _packed(packing))
    paper.sheet("Shipper and logger", "As they were weighed and signed; dates as the signed logistics data say.")
    paper.pairs(_fit(known, packing))
    paper.sheet("Certification", "By which the batch may leave.")
    paper.pairs(_certified(known))
    paper.sheet(
        "Custody form", "Each step by who did it: time and zone, name, identifier as scanned, seal, temperature."
    )
    paper.grid(("Step", "Time", "By", "Identifier", "Seal", "C"), [*_told(known.custody), *_empty()])
    paper.sheet("Receipt", "Filled in at the treatment centre, before the bag is taken over.")
    paper.pairs([*_due(known), ("Seal", packing.packing.seal), ("Logger", packing.packing.logger)])
    paper.ticks("Checked", _CHECKS)
    paper.pairs([("Name and signature", ""), ("Time and zone", "")])
    paper.sheet("Return", "Fold here and put it into the pocket of the empty shipper.")
    paper.pairs([("To", known.way.pickup_site if known.way else ""), ("Shipper", packing.packing.shipper)])
    return bytes(paper.output())


def _checked(known: HandOver) -> PackingView:
    batch = known.batch
    missing = (
        (batch.shipment is None, "nothing is booked for it"),
        (known.packing is None or not known.packing.in_force, "no packing of it is signed by two persons"),
        (batch.disposition is None, "nobody has certified it"),
        (not known.record.donation_number, "its record names no chain of identity"),
        (any(one.lifted_at is None for one in batch.holds), "it is on hold"),
    )
    why = [text for wrong, text in missing if wrong]
    if why or known.packing is None:
        raise Conflict(f"No packet can be made for batch {batch.batch_id}: {', and '.join(why)}.")
    packed = known.packing.packing.shipper
    if batch.shipment is not None and packed != batch.shipment.shipper_id:
        raise Conflict(
            f"No packet can be made for batch {batch.batch_id}: shipper {batch.shipment.shipper_id} is booked, and"
            f" {packed} is packed."
        )
    return known.packing


def _identity(known: HandOver) -> list[Row]:
    record, shipment = known.record, known.batch.shipment
    booked = [("Booking", shipment.booking_reference), ("Service", shipment.carrier)] if shipment else []
    times = (
        [("Pick-up", f"{shipment.pickup_at:{_TIME}}"), ("Delivery", f"{shipment.delivery_at:{_TIME}}")]
        if shipment
        else []
    )
    return [
        ("Batch", record.batch_id),
        ("Product", f"{record.product} ({record.product_code})"),
        ("Patient code", record.patient_code or "not given"),
        ("Chain of identity", record.donation_number or "not given"),
        ("To", record.treatment_centre or "not given"),
        *booked,
        *times,
        ("Expires", f"{record.expires_at:{_TIME}}" if record.expires_at else "not given"),
    ]


def _packed(packing: PackingView) -> list[Row]:
    one = packing.packing
    return [
        ("Content", "Cryopreserved cells"),
        ("Out of storage", f"{one.out_of_storage_at:{_TIME}}"),
        ("Packed", f"{one.packed_at:{_TIME}}, at {one.inside_c:g} C inside"),
        ("Seal", one.seal),
        ("Read from the label", f"{one.batch_on_label}, {one.patient_on_label}, {one.chain_of_identity}"),
        ("Packed by", f"{packing.printed_name}, {packing.signed_at:{_TIME}}, signature {packing.signature_id}"),
        (
            "Seen by",
            f"{packing.confirmed_name}, {packing.confirmed_at:{_TIME}}, signature {packing.confirmation_id}",
        ),
    ]


def _fit(known: HandOver, packing: PackingView) -> list[Row]:
    one = packing.packing
    shipper = known.things.get((LogisticsKind.SHIPPER, one.shipper), {})
    logger = known.things.get((LogisticsKind.LOGGER, one.logger), {})
    return [
        ("Shipper", one.shipper),
        ("Dry", f"{one.dry_kg:g} kg"),
        ("Charged", f"{one.charged_kg:g} kg, {one.charged_at:{_TIME}}"),
        ("Evaporates", f"{shipper['rate_kg_day']:g} kg a day" if shipper.get("rate_kg_day") else "not measured"),
        ("Free liquid", "yes" if one.free_liquid else "none in any position"),
        ("Qualified", f"until {shipper.get('qualified_until') or 'not said'}"),
        ("Logger", one.logger),
        ("Calibrated", f"until {logger.get('calibrated_until') or 'not said'}"),
    ]


def _certified(known: HandOver) -> list[Row]:
    signed = known.batch.disposition
    if signed is None:
        return []
    return [
        ("Decision", signed.disposition.value.replace("_", " ")),
        ("Meaning", signed.meaning),
        ("Signed by", f"{signed.printed_name}, {signed.signed_at:{_TIME}}"),
        ("On the record with hash", signed.record_hash),
        ("Still to come", ", ".join(str(one.test) for one in signed.pending) or "nothing"),
    ]


def _due(known: HandOver) -> list[Row]:
    gate = known.way
    by = f"{gate.gate_at:{_TIME}}: {gate.gate_why}" if gate and gate.gate_at else "not known"
    return [("Received and checked by", by)]


def _told(custody: Sequence[CustodyView]) -> list[tuple[str, ...]]:
    return [
        (
            one.custody.step.value.replace("_", " "),
            f"{one.custody.at:{_TIME}}",
            one.custody.by,
            one.custody.identifier,
            one.custody.seal,
            "" if one.custody.temperature_c is None else f"{one.custody.temperature_c:g}",
        )
        for one in custody
    ]


def _empty() -> list[tuple[str, ...]]:
    return [(name, "", "", "", "", "") for name in _STEPS]


class _Paper(Pages):
    """Sheets, each on a page of its own."""

    def sheet(self, title: str, what: str) -> None:
        """Begin a sheet."""
        self.add_page()
        self.set_font("helvetica", "B", 16)
        self.cell(0, 10, latin(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("helvetica", size=9)
        self.multi_cell(0, 5, latin(what), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def code(self, text: str) -> None:
        """What a scanner reads, as on the label, in the corner of the sheet."""
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
        height, width = drawn.shape[:2]
        picture = Image.frombytes("L", (width, height), memoryview(drawn).tobytes())  # type: ignore[arg-type]
        self.image(picture, x=self.w - self.r_margin - 32, y=8, w=32)
        self.set_y(max(self.get_y(), 44.0))

    def pairs(self, rows: Sequence[Row]) -> None:
        """Names and values; an empty value is a line to write on."""
        self.set_font("helvetica", size=9)
        with self.table(
            col_widths=(45, 145), line_height=6, text_align="LEFT", first_row_as_headings=False, borders_layout="ALL"
        ) as printed:
            for name, value in rows:
                line = printed.row()
                line.cell(latin(name))
                line.cell(latin(value) or " \n ")
        self.ln(4)

    def ticks(self, title: str, texts: Sequence[str]) -> None:
        """Lines with a box each."""
        self.set_font("helvetica", "B", 11)
        self.cell(0, 8, latin(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("helvetica", size=9)
        for text in texts:
            self.rect(self.l_margin + 1, self.get_y() + 1, 4, 4)
            self.set_x(self.l_margin + 8)
            self.multi_cell(0, 6, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def grid(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table with room to write."""
        self.set_font("helvetica", size=8)
        with self.table(col_widths=(38, 38, 44, 30, 24, 16), line_height=7, text_align="LEFT") as printed:
            for row in (head, *rows):
                line = printed.row()
                for value in row:
                    line.cell(latin(value) or " \n ")
