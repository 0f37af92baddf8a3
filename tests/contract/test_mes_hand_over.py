"""The papers that go with a shipment are one file, from what is signed; what is not in order gets none."""

from datetime import UTC, datetime

import pytest
from journey_plant import step, way
from mes_support import Plant
from rebooking_support import book

from batchwright.commands import exchange
from keywords.label_reader import read_label
from mes_core.domain.errors import Conflict
from mes_core.exchange import hand_over
from mes_core.messages import views as v

pytestmark = pytest.mark.requirement("URS-246")


@pytest.fixture(autouse=True)
def _at_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "clock", lambda: datetime(2026, 3, 2, 8, tzinfo=UTC))


def packet(plant: Plant) -> bytes:
    return exchange._packet(plant.mes, plant.mes.get_record("B1"), plant.mes.get_batch("B1"))


def texts(content: bytes) -> list[str]:
    """The text of each page, as a viewer has it."""
    import pypdfium2

    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def test_a_packet_says_what_was_signed_and_what_is_added_by_hand(ready: Plant) -> None:
    book(ready, way(ready, "DRIVE"))
    step(ready, "picked_up", identifier="B1", seal="S-1", at=ready.now)
    content = packet(ready)
    pages = texts(content)
    titles = [page.split("\r\n")[0].strip() for page in pages]
    assert titles == [
        "Hand-over packet",
        "Packing list",
        "Shipper and logger",
        "Certification",
        "Custody form",
        "Receipt",
        "Return",
    ]
    whole = " ".join(" ".join(pages).split())
    for told in (
        "PAT-1",
        "G1234",
        "CR-1",
        "18 kg",
        "until 2027-12-31",
        "until 2027-06-30",
        "Operator Person",
        "Second Person",
        "Qp Person",
        "picked up",
    ):
        assert told in whole, told
    for paper in hand_over.BY_HAND:
        assert paper in whole
    assert read_label(content, "It") == ("B1|G1234|CR-1",)
    assert packet(ready) == content


def test_what_is_not_in_order_gets_no_papers(ready: Plant) -> None:
    with pytest.raises(Conflict, match="nothing is booked for it"):
        packet(ready)
    book(ready, way(ready, "DRIVE"))
    ready.mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), ready.bot)
    with pytest.raises(Conflict, match="it is on hold"):
        packet(ready)
