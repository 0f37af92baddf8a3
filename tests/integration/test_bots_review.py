"""The review suite against the LIMS's and the ERP's pages, in a real browser; the MES is in memory."""

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bots_fakes import HASH, PASSWORD, PATIENT, PRODUCTS, MemoryMes, MemoryQueue, job, record, serve_sites, worker_on
from PIL import Image

from keywords.browser import WarmBrowser
from mes_core.messages import Finding, RecordKind, Severity, Verdict
from mes_core.messages.views import Family

pytestmark = pytest.mark.browser


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve_sites(tmp_path) as addresses:
        yield addresses


def test_a_review_reads_whole_tables_and_leaves_sealed_evidence(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    mes, queue = (
        MemoryMes(record(), record("B-10", RecordKind.TABLET)),
        MemoryQueue(job("batch_record_review"), job("batch_record_review", "B-10")),
    )
    worker, events = worker_on(tmp_path, sites, browser, mes, queue)
    worker.drain()
    assert [event["event"] for event in events] == ["item_started", "item_finished"] * 2 + ["idle"], events
    assert [event.get("message", "") for event in events if event.get("result") == "failed"] == []
    tables = {table.table: table for table in mes.seen["B-1"]}
    assert {name: (len(t.rows), t.complete) for name, t in tables.items()} == {
        "results": (30, True),
        "samples": (1, True),
        "consumption": (1, True),
        "stock": (1, True),
    }
    assert tables["results"].rows[0]["tested_at"] == "2026-03-01T08:00:00+00:00"
    assert [(t.table, len(t.rows), t.complete) for t in mes.seen["B-10"]] == [("results", 620, True)]
    _, output, evidence = queue.done[0]
    assert (output["verdict"], output["findings"]) == ("READY", 0)
    folder = tmp_path / evidence.path
    manifest = (folder / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == evidence.sha256
    files = json.loads(manifest)["files"]
    assert {"result.json", "log.html", "outcome.json", "verdict.json", "observations.json"} <= files.keys()
    assert sum(name.startswith("pictures/") for name in files) == 4
    for name, about in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == about["sha256"], name
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept
    assert PATIENT.encode() not in kept


def test_a_finding_is_noted_with_the_picture_that_shows_it_and_its_deviation_is_counted(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    fact = {"path": "lims.results", "source": {"system": "lims", "page": "", "row": "1"}}
    finding = Finding(
        rule="R-1",
        severity=Severity.CRITICAL,
        clause="21 CFR 211.192",
        title="Sterility",
        text="The sterility test is positive.",
        facts=[fact],  # type: ignore[arg-type]
    )
    verdict = Verdict(
        verdict="HOLD",
        rule_set="r",
        rule_set_version="1",
        rules_hash=HASH,
        facts_hash=HASH,
        rules_run=1,
        findings=(finding,),
    )
    again = [job("batch_record_review", attempts=attempt) for attempt in (1, 2)]
    mes, queue = MemoryMes(record(), verdict=verdict), MemoryQueue(*again)
    worker, _ = worker_on(tmp_path, sites, browser, mes, queue)
    worker.drain()
    assert [output["deviations"] for _, output, _ in queue.done] == [1, 1]
    for _, _, evidence in queue.done:
        (note,) = json.loads((tmp_path / evidence.path / "findings.json").read_text(encoding="utf-8"))
        assert (note["rule"], note["status"]) == ("R-1", "open")


@pytest.mark.parametrize(
    ("case", "family", "code"),
    [
        ("gone", Family.BUSINESS, "BATCH_GONE"),
        ("password", Family.BUSINESS, "LOG_IN_REFUSED"),
        ("down", Family.APPLICATION, "SITE_UNREACHABLE"),
        ("no site", Family.BUSINESS, "SITE_NOT_SET"),
        ("no folder", Family.BUSINESS, "SITE_NOT_SET"),
    ],
)
def test_a_failure_has_its_family_and_one_sentence_and_the_worker_goes_on(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser, case: str, family: Family, code: str
) -> None:
    mes = MemoryMes() if case == "gone" else MemoryMes(record())
    queue = MemoryQueue(job("batch_record_review"), job("batch_record_review", attempts=2))
    if case == "down":
        nobody = socket.socket()  # has a port, and does not listen
        nobody.bind(("127.0.0.1", 0))
        sites = {**sites, "lims": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
    if case == "no site":
        sites = {"erp": sites["erp"]}
    worker, events = worker_on(
        tmp_path,
        sites,
        browser,
        mes,
        queue,
        password="wrong" if case == "password" else PASSWORD,
        products={**PRODUCTS, "lims": "lims_gone"} if case == "no folder" else PRODUCTS,
    )
    worker.drain()
    assert [(failure.family, failure.code) for _, failure, _ in queue.failed] == [(family, code)] * 2, queue.failed
    assert "\n" not in queue.failed[0][1].message
    assert events[-1]["items"] == 2
    assert json.loads((tmp_path / queue.failed[0][2].path / "outcome.json").read_text())["code"] == code  # type: ignore[union-attr]


def test_a_task_that_never_returns_is_cut_and_the_next_item_runs(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    suites = tmp_path / "suites"
    (suites / "settings").mkdir(parents=True)
    (suites / "settings" / "demo.yaml").write_text("ITEM_TIMEOUT: 1 second\n")
    (suites / "batch_record_review.robot").write_text(
        "*** Settings ***\nLibrary    RPA.Robocorp.WorkItems\nTask Timeout    ${ITEM_TIMEOUT}\n\n*** Tasks ***\n"
        "Slow\n    ${id}=    Get Work Item Variable    batch_id\n    IF    $id == 'B-1'    Sleep    30 s\n"
        "    Create Output Work Item    variables=${{ {'seen': $id} }}    save=True\n"
    )
    queue = MemoryQueue(job("batch_record_review"), job("batch_record_review", "B-2"))
    worker, _ = worker_on(tmp_path, sites, browser, MemoryMes(), queue, runner={"suites": suites})
    worker.drain()
    assert [failure.code for _, failure, _ in queue.failed] == ["TIMED_OUT"]
    assert [output for _, output, _ in queue.done] == [{"seen": "B-2"}]


@pytest.mark.parametrize(
    ("body", "family", "code"),
    [
        ("    Fail    QUALITY MIXED_UP: Two labels on one bag.\n", Family.QUALITY, "MIXED_UP"),
        ("    Release Input Work Item    FAILED    BUSINESS    NO_PAPER    No paper.\n", Family.BUSINESS, "NO_PAPER"),
        ("    No Such Keyword At All\n", Family.BUSINESS, "SUITE_BROKEN"),
        ("    FOR\n", Family.BUSINESS, "SUITE_BROKEN"),
    ],
)
def test_what_a_suite_says_decides_the_family(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser, body: str, family: Family, code: str
) -> None:
    suites = tmp_path / "suites"
    (suites / "settings").mkdir(parents=True)
    (suites / "settings" / "demo.yaml").write_text("A: b\n")
    (suites / "batch_record_review.robot").write_text(
        f"*** Settings ***\nLibrary    RPA.Robocorp.WorkItems\n\n*** Tasks ***\nOne\n{body}"
    )
    queue = MemoryQueue(job("batch_record_review"), job("no_such_job"))
    worker, _ = worker_on(tmp_path, sites, browser, MemoryMes(), queue, runner={"suites": suites})
    worker.drain()
    assert [(failure.family, failure.code) for _, failure, _ in queue.failed] == [
        (family, code),
        (Family.BUSINESS, "SUITE_BROKEN"),
    ], queue.failed


def test_names_and_birth_dates_are_masked_in_pictures(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    from robot.api.types import Secret

    from keywords.evidence_folder import EvidenceFolder
    from keywords.settings import SiteAccess
    from keywords.sites.locators import load_locators
    from keywords.sites.registry import FOLDER
    from keywords.sites.site_page import SitePage

    evidence = EvidenceFolder(tmp_path / "evidence")
    page = SitePage(
        system="lims",
        access=SiteAccess(product="lims_labline", url=sites["lims"], user="bot"),
        password=Secret(PASSWORD),
        locators=load_locators(FOLDER / "lims_labline" / "locators.yaml"),
        browser=browser,
        evidence=evidence,
        clock=lambda: datetime.now(UTC),
    )
    page.go("/samples/S-B-1")
    boxes = [field.bounding_box() for field in page.page.locator("[data-field-class=identity]").all()]
    picture = Image.open(evidence.path / page.picture("sample"))
    browser.end_item(failed=False)
    assert len(boxes) == 2
    for box in boxes:
        assert box is not None
        left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
        inside = picture.convert("RGB").crop((int(left) + 2, int(top) + 2, int(right) - 2, int(bottom) - 2))
        assert {colour for _, colour in inside.getcolors() or []} == {(0x5B, 0x64, 0x70)}


def test_nothing_is_printed_by_robot(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser, capfd: pytest.CaptureFixture[str]
) -> None:
    queue = MemoryQueue(job("batch_record_review", "B-404"))
    worker, _ = worker_on(tmp_path, sites, browser, MemoryMes(), queue)
    worker.drain()
    assert capfd.readouterr() == ("", "")
    assert os.environ["RPA_WORKITEMS_ADAPTER"] == "keywords.work_items.BatchwrightAdapter"
