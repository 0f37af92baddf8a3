"""Courier and filing suites against their pages, in a real browser; the MES is in memory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import (
    HASH,
    MERIDIAN,
    MODULES,
    PRODUCTS,
    MemoryMes,
    MemoryQueue,
    job,
    packing_view,
    record,
    serve_sites,
    worker_on,
)
from bots_rows import NOW, slot
from openpyxl import load_workbook

from bots.runtime.job_queue import Job
from keywords.browser import WarmBrowser
from mes_core.messages.filing import DraftField, DraftView, FilingView, SubmissionView
from mes_core.messages.views import Family, NewEffect
from twin.sites import agency_reggate, courier_cryorun
from twin.sites._kit.agency import Policy

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


@pytest.mark.requirement("URS-007")
def test_what_was_asked_is_looked_for_also_when_a_person_tries_again_and_no_slot_is_left(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    """The booking stands though nobody read it: no hold, no second one, whatever attempt the item is at."""
    mes = MemoryMes(record())
    with serve_sites(tmp_path, SLOTS) as sites:
        released(mes, tmp_path, sites, browser)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
        mes.good = "none any more"
        again = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, again)[0].drain()
    assert again.failed == []
    (_, first, _), (_, second, _) = queue.done[0], again.done[0]
    assert {**first, "why": ""} == {**second, "why": ""}
    assert mes.holds == {}
    assert len(courier_cryorun.bookings(tmp_path / "courier.sqlite")) == 1


@pytest.mark.requirement("URS-007")
def test_that_one_courier_alone_was_searched_is_said(tmp_path: Path, browser: WarmBrowser) -> None:
    """It was asked before, holds nothing, and has nothing to offer: whoever decides knows that there are others."""
    mes = MemoryMes(record())
    with serve_sites(tmp_path, SLOTS[:2]) as sites:
        released(mes, tmp_path, sites, browser)
        asked = NewEffect(site="courier", kind="booking", business_key="cour:B-1", batch_id="B-1", item_id="i", epoch=1)
        mes.act_on_effect(mes.register_effect(asked).effect_id, "i", 1)
        queue = MemoryQueue(job("courier_scheduling"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    ((_, failure, _),) = queue.failed
    assert failure.code == "NO_SLOT"
    assert "No other courier was searched: courier was asked for this booking before" in failure.message


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


def approved(filing_id: str = "F-1", description: str = "A valve was open.", attempt: int = 1) -> SubmissionView:
    """A deviation report that a person approved."""
    fields = [
        DraftField(name="description", label="B5 Description", value=description or None, required=True, source="e"),
        DraftField(name="code", label="B8 Deviation code", value="QC9401", required=True, source="e"),
    ]
    draft = DraftView(
        filing_id=filing_id,
        number=1,
        form="form_3486",
        title="Biological product deviation report",
        fields=tuple(fields),
        content_hash=HASH,
        drafted_at=NOW,
        drafted_by="quality",
        printed_name="Ada Example",
        approved_at=NOW,
        meaning="I approve this report.",
    )
    filing = FilingView(
        filing_id=filing_id,
        batch_id="B-1",
        form="Biological product deviation report",
        clause="21 CFR 600.14",
        applies=True,
        why="distributed",
        status="approved",
    )
    return SubmissionView(
        filing=filing,
        draft=draft,
        attempt=attempt,
        business_key=f"file:{filing_id}:v1:{attempt}",
        product="Examplecel",
        declared_by="Ada Example, 2026-03-01: I approve this report.",
        file_name=f"{filing_id}-v1.xlsx",
    )


def submit(filing_id: str = "F-1", attempts: int = 1, attempt: int = 1) -> Job:
    """The item that submits a filing."""
    made = job("compliance_filing", attempts=attempts, filing_id=filing_id)
    return made.model_copy(update={"business_key": f"file:{filing_id}:v1:{attempt}"})


def look(mes: MemoryMes, filing_id: str = "F-1") -> Job:
    """The item that looks for the answer to what was submitted last."""
    reference = mes.answers[-1][1].reference
    payload = {"filing_id": filing_id, "attempt_of": 1, "reference": reference, "sent": f"file:{filing_id}:v1:1"}
    return job("compliance_filing", **payload)


@pytest.mark.requirement("URS-008")
@pytest.mark.requirement("URS-192")
@EITHER
def test_what_a_person_approved_is_submitted_once_in_their_name_and_then_accepted(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    mes = MemoryMes(record())
    mes.submissions["F-1"] = approved()
    with serve_sites(tmp_path, (), products) as sites:
        queue = MemoryQueue(submit(), submit(attempts=2))
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        queue.waiting = [look(mes)]
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    (row,) = MODULES[products["agency"]].submissions(tmp_path / "agency.sqlite")
    assert row["declared_by"] == "Ada Example, 2026-03-01: I approve this report."
    assert [(name, one.kind.value, one.reference) for name, one in mes.answers] == [
        ("F-1", "receipt", row["acknowledgement"]),
        ("F-1", "receipt", row["acknowledgement"]),
        ("F-1", "accepted", row["acknowledgement"]),
    ]
    assert mes.answers[0][1].document_sha256 == row["document_sha256"]
    folder = tmp_path / queue.done[0][2].path
    assert row["acknowledgement"] in (folder / "acknowledgement.txt").read_text()
    (document,) = folder.glob("*.xlsx")
    said = {line[0].value: line[1].value for line in load_workbook(document)["Form"].iter_rows(min_row=2)}
    assert said["B5 Description"] == "A valve was open."


@pytest.mark.requirement("URS-193")
@EITHER
def test_what_the_authority_rejects_comes_back_with_the_field_named(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    mes = MemoryMes(record())
    mes.submissions["F-1"] = approved(description="")
    with serve_sites(tmp_path, (), products) as sites:
        queue = MemoryQueue(submit())
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        queue.waiting = [look(mes)]
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    assert mes.answers[-1][1].kind.value == "rejected"
    assert mes.answers[-1][1].reasons == "B5 Description: the field is required and is empty."


@pytest.mark.requirement("URS-193")
@EITHER
def test_an_outage_that_loses_what_came_is_noticed_and_a_late_answer_waited_for(
    tmp_path: Path, browser: WarmBrowser, products: dict[str, str]
) -> None:
    """The portal takes a submission, has not looked at it yet, and has forgotten it when its outage ends."""
    mes = MemoryMes(record())
    mes.submissions["F-1"] = approved()
    begin, end = datetime.now(UTC).replace(microsecond=0), datetime.now(UTC) + timedelta(minutes=30)
    policy = Policy(looks_after=timedelta(hours=1), loses=((begin, end),))
    moved = [timedelta(0)]
    with serve_sites(tmp_path, (), products, policy=policy, clock=lambda: datetime.now(UTC) + moved[0]) as sites:
        queue = MemoryQueue(submit())
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        queue.waiting = [look(mes)]
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
        assert [one.kind.value for _, one in mes.answers] == ["receipt", "pending"]
        moved[0] = timedelta(minutes=31)
        queue.waiting = [look(mes)]
        worker_on(tmp_path, sites, browser, mes, queue, products=products)[0].drain()
    assert queue.failed == []
    assert mes.answers[-1][1].kind.value == "lost"
    assert MODULES[products["agency"]].submissions(tmp_path / "agency.sqlite") == []


@pytest.mark.requirement("URS-192")
def test_what_nobody_approved_and_what_is_over_is_never_submitted(tmp_path: Path, browser: WarmBrowser) -> None:
    mes = MemoryMes(record())
    mes.submissions["F-2"] = approved("F-2", attempt=2)
    with serve_sites(tmp_path) as sites:
        queue = MemoryQueue(submit("F-1"), submit("F-2", attempt=1), job("compliance_filing"))
        worker_on(tmp_path, sites, browser, mes, queue)[0].drain()
    assert [failure.code for _, failure, _ in queue.failed][1:] == ["FILING_GONE", "FILING_GONE"]
    assert "no person has approved" in queue.failed[0][1].message
    assert agency_reggate.submissions(tmp_path / "agency.sqlite") == []
