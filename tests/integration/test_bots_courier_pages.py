"""Rebooking and tracking against the pages of either courier: cancelled, booked, followed; what is unknown is said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import MERIDIAN, MODULES, PRODUCTS, MemoryMes, MemoryQueue, job, record, serve_sites, worker_on
from bots_rows import NOW, slot

from keywords.browser import WarmBrowser
from keywords.label_reader import read_label
from mes_core.messages.journeys import NewCustody, TrackingLook, TrackingView
from mes_core.messages.views import Shipment
from twin.sites.courier_cryorun import site
from twin.sites.courier_cryorun.label import label_of

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-079")]
SLOTS = (slot("FELL", 24, 24, 120, risk=1), slot("GOOD", 30, 24, 120, risk=1))
EITHER = pytest.mark.parametrize("products", [PRODUCTS, MERIDIAN], ids=["first products", "meridian"])
WORDS = {
    "courier_cryorun": ("Picked up", "Departed", "Delayed", "Import cleared", "Delivered"),
    "courier_meridian": ("Collected", "Left", "Held up", "Cleared for import", "Handed over"),
}


class Told(MemoryMes):
    """Keeps what was noted."""

    again: Shipment | None = None

    def __init__(self) -> None:
        super().__init__(record())
        self.steps: list[NewCustody] = []
        self.looks: list[TrackingLook] = []

    def note_custody(self, batch_id: str, custody: NewCustody) -> None:
        self.steps.append(custody)

    def tracking_looked_at(self, batch_id: str, look: TrackingLook) -> TrackingView:
        self.looks.append(look)
        return TrackingView(batch_id=batch_id, last_heard_at=self.steps[-1].at if self.steps else None)

    def record_rebooking(self, shipment: Shipment) -> None:
        self.again = shipment


def events(product: str, *words: str, booking: str = "X-1") -> list[dict[str, Any]]:
    """One event an hour; the third one tells of another delivery."""
    times = [NOW - timedelta(hours=len(words) - number) for number in range(len(words))]
    made: list[dict[str, Any]] = [
        {"booking": booking, "event": word, "place": "AMS", "at": at.isoformat()}
        for word, at in zip(words, times, strict=True)
    ]
    if len(made) > 2:
        made[2]["expected"] = (NOW + timedelta(hours=9)).isoformat()
    return made


@EITHER
def test_every_event_is_noted_as_the_page_shows_it(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    mes, product = Told(), products["courier"]
    with serve_sites(tmp_path, (), products) as sites:
        store = tmp_path / "courier.sqlite"
        MODULES[product].track(store, events(product, *WORDS[product]))
        MODULES[product].track(store, events(product, WORDS[product][0], booking="X-11"))
        queue = MemoryQueue(job("courier_tracking", booking="X-1", site="courier"))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    assert [one.step for one in mes.steps] == ["picked_up", "in_transit", "in_transit", "import_cleared", "delivered"]
    assert [one.details["event"] for one in mes.steps][1:3] == ["departed", "delayed"]
    assert [one.at for one in mes.steps] == [NOW - timedelta(hours=5 - number) for number in range(5)]
    assert {one.place for one in mes.steps} == {"AMS"}
    assert mes.steps[2].details["expected_at"] == (NOW + timedelta(hours=9)).isoformat()
    assert {one.identifier for one in mes.steps} == {""}, "a tracking page scans nothing"
    assert [one.events for one in mes.looks] == [5]
    assert f"{product}, tracking of X-1" in mes.steps[0].source


def test_a_word_that_nobody_explained_goes_to_a_person_and_all_others_are_noted(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    mes = Told()
    with serve_sites(tmp_path) as sites:
        told = events("courier_cryorun", "Picked up", "Returned to sender")
        MODULES["courier_cryorun"].track(tmp_path / "courier.sqlite", told)
        queue = MemoryQueue(job("courier_tracking", booking="X-1", site="courier"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    ((_, failure, _),) = queue.failed
    assert failure.code == "EVENT_UNKNOWN"
    assert "'Returned to sender'" in failure.message
    assert [one.step for one in mes.steps] == ["picked_up"]


def test_a_tracking_without_a_word_makes_nothing_up(tmp_path: Path, browser: WarmBrowser) -> None:
    mes = Told()
    with serve_sites(tmp_path) as sites:
        queue = MemoryQueue(job("courier_tracking", booking="X-1", site="courier"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    assert queue.failed == []
    assert (mes.steps, [one.events for one in mes.looks]) == ([], [0])


@pytest.mark.requirement("URS-078")
@EITHER
def test_another_way_in_the_place_of_one(tmp_path: Path, browser: WarmBrowser, products: dict[str, str]) -> None:
    """Cancelled under our own key, booked under the item's, posted once; the item again adds nothing."""
    mes, courier = Told(), MODULES[products["courier"]]
    mes.good = "FELL"
    with serve_sites(tmp_path, SLOTS, products) as sites:
        queue = MemoryQueue(job("batch_record_review"), job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        assert queue.failed == []
        mes.good, first = "GOOD", mes.shipments[0]
        item = job(
            "courier_rebooking", booking=first.booking_reference, site="courier", booking_key=first.customer_reference
        ).model_copy(update={"business_key": "rebook:B-1:1"})
        again = MemoryQueue(item, item)
        worker_on(tmp_path, sites, browser, mes, again, products=products)[0].drain()
    assert again.failed == []
    old, new = courier.bookings(tmp_path / "courier.sqlite")
    assert (old["status"], old["reference"], old["slot"]) == ("Cancelled", first.booking_reference, "FELL")
    assert (new["customer_reference"], new["slot"]) == ("rebook:B-1:1", "GOOD")
    assert new["status"] != "Cancelled"
    (cancelled,) = courier.cancellations(tmp_path / "courier.sqlite")
    assert cancelled["booking"] == first.booking_reference
    assert cancelled["customer_reference"] == f"cancel:courier:{first.booking_reference}"
    assert mes.again is not None
    assert (mes.again.booking_reference, mes.again.slot_id) == (new["reference"], "GOOD")
    assert mes.again.erp_posting == first.erp_posting
    assert len(MODULES[products["erp"]].shipments(tmp_path / "erp.sqlite")) == 1


@pytest.mark.requirement("URS-245")
def test_a_label_of_another_batch_stops_the_item_before_anything_is_posted(
    tmp_path: Path, browser: WarmBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The courier mixes two labels up: it is read back, said, and kept in the evidence."""
    mes = Told()
    other = {"label_text": "B-2|G123426123456"}
    monkeypatch.setattr(site, "label_of", lambda booking: label_of({**booking, **other}))
    with serve_sites(tmp_path, SLOTS) as sites:
        queue = MemoryQueue(job("batch_record_review"), job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    ((_, failure, evidence),) = queue.failed
    assert failure.code == "LABEL_OF_ANOTHER"
    assert "The label reads 'B-2|G123426123456|" in failure.message
    assert mes.shipments == []
    assert MODULES["erp_stockroom"].shipments(tmp_path / "erp.sqlite") == []
    assert evidence is not None
    kept = (tmp_path / evidence.path / "label.pdf").read_bytes()
    assert any(text.startswith("B-2|") for text in read_label(kept, "It"))
