"""Labels are drawn and read back as a scanner would; what can't be read is said."""

import pytest
from fpdf import FPDF

from keywords.failures import BusinessError
from keywords.label_reader import read_label
from twin.sites.courier_cryorun.label import label_of

pytestmark = pytest.mark.requirement("URS-245")
BOOKING = {
    "reference": "CR-1A2B3C4D",
    "service": "Express",
    "slot": "SL-1",
    "pickup_at": "2026-03-02T08:00:00+00:00",
    "delivery_at": "2026-03-03T08:00:00+00:00",
    "contents": "Cryopreserved cells, batch B-1",
    "shipper_id": "DS-1",
    "customer_reference": "ship:B-1",
    "label_text": "B-1|G123426123456",
}


def test_both_barcodes_of_a_label_are_read() -> None:
    assert sorted(read_label(label_of(BOOKING), "It")) == ["B-1|G123426123456|CR-1A2B3C4D", "CR-1A2B3C4D"]


@pytest.mark.parametrize("batch", ["C-2026-000123", "Ä-1", "a" * 60])
def test_whatever_a_batch_is_called(batch: str) -> None:
    found = read_label(label_of({**BOOKING, "label_text": f"{batch}|G1"}), "It")
    assert f"{batch}|G1|CR-1A2B3C4D" in found


def _paper(*pages: tuple[float, float]) -> bytes:
    paper = FPDF(unit="pt")
    paper.set_font("helvetica", size=12)
    for size in pages:
        paper.add_page(format=size)
        paper.text(20, 20, "No barcode")
    return bytes(paper.output())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no PDF that can be opened"),
        (b"<html>Log in</html>", "no PDF that can be opened"),
        (b"%PDF-1.7 cut off", "no PDF that can be opened"),
        (_paper((283, 425)), "no barcode on it can be read"),
        (_paper(*[(283, 425)] * 11), "it has 11 pages"),
        (_paper((9000, 9000)), "larger than any label"),
        (_paper((283, 425)).replace(b"/Type /Page\n", b"/Type /Font\n"), "a page of it is damaged"),
    ],
)
def test_what_is_no_label_is_said(content: bytes, told: str) -> None:
    with pytest.raises(BusinessError, match=told) as said:
        read_label(content, "The label of booking CR-1")
    assert said.value.code == "LABEL_NOT_READ"
    assert str(said.value.sentence).startswith("The label of booking CR-1 can't be checked")
