"""Courier and filing suites against their pages, in a real browser; the MES is in memory."""

from pathlib import Path
from typing import Any

import pytest
from bots_fakes import (
    MERIDIAN,
    MODULES,
    NOW,
    PRODUCTS,
    MemoryMes,
    MemoryQueue,
    job,
    packing_view,
    record,
    serve_sites,
    slot,
    worker_on,
)
from openpyxl import load_workbook

from keywords.browser import WarmBrowser
from mes_core.messages.views import Family, FilingView
from twin.sites import agency_reggate, courier_cryorun

pytestmark = pytest.mark.browser
SLOTS = (
    slot("TOO-HOT", 24, 48, 71, risk=0.5),
    slot("TOO-LATE", 24 * 8, 72, 200, risk=0.4),
    slot("RISKY", 24, 24, 120, risk=2, price=100),
    slot("GOOD", 30, 24, 120, risk=1, price=800),
)


def released(mes: MemoryMes, tmp_path: Path, sites: dict[str, str], browser: WarmBrowser, **more: Any) -> None:
    """Let the review bot read the laboratory's results, so that there is something that was released."""
    queue = MemoryQueue(job("batch_record_review"))
    worker_on(tmp_path, sites, browser, mes, queue, **more)[0].drain()
    assert queue.failed == []


EITHER = pytest.mark.parametrize("products", [PRODUCTS, MERIDIAN], ids=["first products", "meridian"])


@pytest.mark.requirement("URS-007")
@EITHER
def test_one_slot_and_one_posting_however_often_the_item_is_tried(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    mes = MemoryMes(record())
    with serve_sites(tmp_path, SLOTS, products) as sites:
        released(mes, tmp_path, sites, browser, products=products)
        queue = MemoryQueue(job("courier_scheduling"), job("courier_scheduling", attempts=2))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    first, second = (output for _, output, _ in queue.done)
    assert first == second
    assert first["slot_id"] == "GOOD"
    (booking,) = MODULES[products["courier"]].bookings(tmp_path / "courier.sqlite")
    (posting,) = MODULES[products["erp"]].shipments(tmp_path / "erp.sqlite")
    assert (booking["reference"], booking["slot"]) == (first["booking_reference"], "GOOD")
    assert (posting["posting"], posting["booking_reference"]) == (first["erp_posting"], booking["reference"])
    assert posting["packing_list"] == "packing-list.txt"
    assert (mes.shipments[0].shipper_id, mes.shipments[0].assessment_id) == ("DS-1", "B-1:assessment:-:1")
    assert booking["shipper_id"] == "DS-1"
    pictures = {path.name.split("-", 1)[1] for path in (tmp_path / queue.done[0][2].path / "pictures").iterdir()}
    first_pictures = {"courier-slots.png", "courier-booking-question.png"}
    other_pictures = {"courier-offers.png", "courier-order-question.png"}
    assert {"erp-shipment-answer.png"} | (other_pictures if products is MERIDIAN else first_pictures) <= pictures


def test_no_slot_opens_a_logistics_hold_and_goes_to_a_person(tmp_path: Path, browser: WarmBrowser) -> None:
    mes = MemoryMes(record())
    with serve_sites(tmp_path, SLOTS[:2]) as sites:
        released(mes, tmp_path, sites, browser)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    ((_, failure, _),) = queue.failed
    assert (failure.family, failure.code) == (Family.BUSINESS, "NO_SLOT")
    ((kind, reason),) = mes.holds.values()
    assert kind == "logistics"
    assert "of 2 on offer, 2 because it comes too late" in reason
    assert courier_cryorun.bookings(tmp_path / "courier.sqlite") == []


@pytest.mark.requirement("URS-075")
@EITHER
def test_without_a_signed_packing_the_page_is_prepared_and_nothing_is_sent(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    """Nothing is declared and no shipper made up: a person packs, signs, and the item goes on."""
    mes = MemoryMes(record())
    mes.packed = False
    with serve_sites(tmp_path, SLOTS, products) as sites:
        released(mes, tmp_path, sites, browser, products=products)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        ((_, failure, evidence),) = queue.failed
        mes.packed = True
        again = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, again, products=products)[0].drain()
    assert (failure.family, failure.code) == (Family.BUSINESS, "NOT_READY_TO_SHIP")
    assert "no packing record is signed by two persons" in failure.message
    assert evidence is not None
    pictures = {path.name.split("-", 1)[1] for path in (tmp_path / evidence.path / "pictures").iterdir()}
    assert any("prepared" in name for name in pictures)
    assert mes.holds == {}
    assert again.failed == []
    (booking,) = MODULES[products["courier"]].bookings(tmp_path / "courier.sqlite")
    assert booking["shipper_id"] == "DS-1"


@pytest.mark.requirement("URS-075")
def test_a_declaration_that_no_record_supports_goes_to_a_person(
    tmp_path: Path, browser: WarmBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    mes = MemoryMes(record())
    warm = packing_view("B-1", inside_c=-120)
    monkeypatch.setattr(mes, "packings", lambda _: (warm,))
    with serve_sites(tmp_path, SLOTS, MERIDIAN) as sites:
        released(mes, tmp_path, sites, browser, products=MERIDIAN)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue, products=MERIDIAN)[0].drain()
    ((_, failure, _),) = queue.failed
    assert (failure.family, failure.code) == (Family.BUSINESS, "NOT_STATED")
    assert "'The container is cold'" in failure.message
    assert MODULES[MERIDIAN["courier"]].bookings(tmp_path / "courier.sqlite") == []


def test_a_result_that_changed_after_release_stops_the_shipment(tmp_path: Path, browser: WarmBrowser) -> None:
    mes = MemoryMes(record())
    with serve_sites(tmp_path, SLOTS) as sites:
        released(mes, tmp_path, sites, browser)
        results = mes.seen["B-1"][0]
        changed = ({**results.rows[0], "result": "99"}, *results.rows[1:])
        mes.seen["B-1"] = (results.model_copy(update={"rows": changed}),)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    ((_, failure, _),) = queue.failed
    assert (failure.family, failure.code) == (Family.QUALITY, "CHANGED_SINCE_RELEASE")
    assert "result was '99' and is '88'" in failure.message
    assert courier_cryorun.bookings(tmp_path / "courier.sqlite") == []


def clocks() -> tuple[FilingView, ...]:
    due = {"due_at": NOW, "batch_id": "B-1"}
    return (
        FilingView(
            filing_id="F-1", form="Distribution report", clause="21 CFR 600.81", applies=True, why="distributed", **due
        ),
        FilingView(
            filing_id="F-2",
            form="Biological product deviation report",
            clause="21 CFR 600.14",
            applies=False,
            why="nothing that may affect safety, purity or potency was distributed",
            status="not_applicable",
            batch_id="B-1",
        ),
    )


@pytest.mark.requirement("URS-008")
@EITHER
def test_a_form_is_submitted_once_and_says_which_clocks_do_not_apply(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    mes = MemoryMes(record())
    mes.clocks = clocks()
    with serve_sites(tmp_path, (), products) as sites:
        queue = MemoryQueue(*(job("compliance_filing", attempts=n, filing_id="F-1") for n in (1, 2)))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    (submission,) = MODULES[products["agency"]].submissions(tmp_path / "agency.sqlite")
    assert mes.filed["F-1"].acknowledgement == submission["acknowledgement"]
    assert mes.filed["F-1"].document_sha256 == submission["document_sha256"]
    folder = tmp_path / queue.done[0][2].path
    assert submission["acknowledgement"] in (folder / "acknowledgement.txt").read_text()
    (document,) = folder.glob("*.xlsx")
    book = load_workbook(document)
    assert [[cell.value for cell in row][2:4] for row in book["Clocks"].iter_rows(min_row=2)] == [
        ["applies", "distributed"],
        ["does not apply", "nothing that may affect safety, purity or potency was distributed"],
    ]
    assert "Does not apply: Biological product deviation report" in (folder / "log.html").read_text()


def test_a_filing_that_does_not_apply_is_never_submitted(tmp_path: Path, browser: WarmBrowser) -> None:
    mes = MemoryMes(record())
    mes.clocks = clocks()
    with serve_sites(tmp_path) as sites:
        queue = MemoryQueue(job("compliance_filing", filing_id="F-2"), job("compliance_filing", filing_id="F-9"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    assert [failure.code for _, failure, _ in queue.failed] == ["FILING_NOT_DUE", "FILING_GONE"]
    assert agency_reggate.submissions(tmp_path / "agency.sqlite") == []
