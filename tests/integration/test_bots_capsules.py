"""What an attempt leaves, in a real browser: a capsule that verifies, masked snapshots, and where it failed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bots_fakes import PASSWORD, PATIENT, MemoryMes, MemoryQueue, job, record, serve_sites, worker_on

from bots.runtime.capsule import check, members, read_member
from keywords.browser import WarmBrowser
from keywords.snapshot import take_snapshot
from mes_core.messages.views import Family

pytestmark = pytest.mark.browser


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve_sites(tmp_path) as addresses:
        yield addresses


def test_a_capsule_holds_all_that_proves_the_attempt_and_nobody_s_identity(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    queue = MemoryQueue(job("batch_record_review"))
    worker, _ = worker_on(tmp_path, sites, browser, MemoryMes(record()), queue)
    worker.drain()
    reference = queue.done[0][2]
    assert reference.capsule is not None
    capsule = tmp_path / reference.capsule
    report = check(capsule)
    assert (report.problems, report.sha256, report.manifest_sha256) == (
        [],
        reference.capsule_sha256,
        reference.sha256,
    )
    rests_on = report.manifest["rests_on"]
    assert set(rests_on["site"]) == {"lims_labline", "erp_stockroom"}
    assert set(rests_on["rule_set"]) == {"r 1"}
    assert set(rests_on["suite"]) == {"batch_record_review"}
    assert set(rests_on["code"]) == {"bots", "keywords"}
    assert all(len(one) == 64 for one in (*rests_on["site"].values(), *rests_on["code"].values()))
    assert rests_on["versions"]["browser"].startswith("Chromium ")
    names = members(capsule)
    snapshots = [name for name in names if name.startswith("snapshots/")]
    assert [Path(name).stem for name in snapshots] == [
        Path(name).stem for name in names if name.startswith("pictures/")
    ]
    page = "".join(read_member(capsule, name).decode() for name in snapshots)
    assert "Viability" in page
    assert "P-001" in page
    assert "<script" not in page
    assert PATIENT not in page
    assert PASSWORD not in page


def test_a_failure_says_where_in_the_suite_and_the_next_attempt_names_the_first(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    suites = tmp_path / "bots"
    (suites / "settings").mkdir(parents=True)
    (suites / "settings" / "demo.yaml").write_text("ITEM_TIMEOUT: 30 seconds\n")
    (suites / "batch_record_review.robot").write_text(
        "*** Tasks ***\nLook\n    TRY\n        Fail    not this\n    EXCEPT    *    type=GLOB\n        No Operation\n"
        "    END\n    Deeper\n\n*** Keywords ***\nDeeper\n    Fail    BUSINESS NO_WAY: There is no way.\n"
    )
    queue = MemoryQueue(job("batch_record_review"), job("batch_record_review", attempts=2))
    worker, events = worker_on(tmp_path, sites, browser, MemoryMes(record()), queue, runner={"suites": suites})
    worker.drain()
    where = next(event["where"] for event in events if event["event"] == "item_finished")
    assert (where["file"], where["line"], where["keyword"]) == ("batch_record_review.robot", 12, "Fail")
    first, second = (check(tmp_path / str(reference.capsule)) for _, _, reference in queue.failed if reference)
    assert first.problems == second.problems == []
    assert first.outcome["where"]["line"] == 12
    previous = second.manifest["previous"]
    assert [(one["attempt"], one["sha256"]) for one in previous] == [(1, first.manifest_sha256)]


def test_a_password_in_the_evidence_stops_the_item_and_does_not_stay(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser
) -> None:
    suites = tmp_path / "bots"
    (suites / "settings").mkdir(parents=True)
    (suites / "settings" / "demo.yaml").write_text("ITEM_TIMEOUT: 30 seconds\n")
    (suites / "batch_record_review.robot").write_text(f"*** Tasks ***\nLook\n    Log    the password is {PASSWORD}\n")
    queue = MemoryQueue(job("batch_record_review"))
    worker, _ = worker_on(tmp_path, sites, browser, MemoryMes(record()), queue, runner={"suites": suites})
    worker.drain()
    _, failure, reference = queue.failed[0]
    assert (failure.family, failure.code) == (Family.QUALITY, "SECRET_IN_EVIDENCE")
    assert reference is not None
    assert reference.capsule is not None
    capsule = tmp_path / reference.capsule
    assert check(capsule).problems == []
    assert all(PASSWORD.encode() not in read_member(capsule, name) for name in members(capsule))
    assert json.loads(read_member(capsule, "outcome.json"))["family"] == "QUALITY"


def test_a_snapshot_keeps_what_was_filled_in_and_leaves_out_identities_secrets_and_scripts(
    browser: WarmBrowser,
) -> None:
    page = browser.open_page("snapshot")
    page.set_content(
        "<html><head><link rel=stylesheet href='http://127.0.0.1:9/x.css'></head><body onload='x()'>"
        "<b class=id title='Jane Roe'>Jane Roe</b><input class=id value='Jane Roe'>"
        "<input id=lot><input type=password id=word value=hunter22><input type=hidden name=token value=tok-123>"
        "<textarea id=note></textarea><select id=unit><option>mL<option>L</select>"
        "<input type=checkbox id=sure><script>var secret = 'inline-123';</script></body></html>"
    )
    page.fill("#lot", "L-77")
    page.fill("#note", "two bags")
    page.select_option("#unit", "L")
    page.check("#sure")
    taken = take_snapshot(page, ".id")
    page.close()
    assert 'value="L-77"' in taken
    assert "two bags</textarea>" in taken
    assert '<option selected="">L' in taken
    assert 'checked=""' in taken
    assert taken.count("[masked]") == 2, "the text of one, the value of the other"
    for gone in ("Jane", "hunter22", "tok-123", "inline-123", "<script", "127.0.0.1", "onload"):
        assert gone not in taken, gone
