"""CryoRun's label: who, when, where to, its own reference as Code 128, and what the customer wants as a QR code."""

from collections.abc import Mapping

import zxingcpp
from fpdf import FPDF
from PIL import Image

_WIDTH, _HEIGHT = 100, 150


def label_of(booking: Mapping[str, str]) -> bytes:
    """A label of 100 by 150 mm as PDF."""
    paper = FPDF(format=(_WIDTH, _HEIGHT))
    paper.set_auto_page_break(False)
    paper.add_page()
    paper.set_font("helvetica", "B", 20)
    paper.text(8, 16, "CryoRun")
    paper.set_font("helvetica", size=9)
    lines = (
        f"Booking {booking['reference']}",
        f"{booking['service']}, slot {booking['slot']}",
        f"Pick-up {booking['pickup_at']}",
        f"Delivery {booking['delivery_at']}",
        f"{booking['contents']}",
        f"Shipper {booking['shipper_id']}, reference {booking['customer_reference']}",
    )
    for number, line in enumerate(lines):
        paper.text(8, 26 + 6 * number, line.encode("latin-1", "replace").decode("latin-1"))
    wanted = "|".join(part for part in (booking["label_text"], booking["reference"]) if part)
    paper.image(_drawn(wanted, zxingcpp.BarcodeFormat.QRCode, 8), x=8, y=64, w=46)
    paper.image(_drawn(booking["reference"], zxingcpp.BarcodeFormat.Code128, 4), x=8, y=116, w=80, h=22)
    return bytes(paper.output())


def _drawn(text: str, kind: "zxingcpp.BarcodeFormat", scale: int) -> Image.Image:
    drawn = zxingcpp.create_barcode(text, kind).to_image(scale=scale)
    height, width = drawn.shape[:2]
    return Image.frombytes("L", (width, height), memoryview(drawn).tobytes())  # type: ignore[arg-type]
