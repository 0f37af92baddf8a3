"""A capsule of evidence: equal folders give equal files, and nothing can be changed in it unnoticed."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.runtime.attempts import previous_attempts
from bots.runtime.capsule import check, members, pack, read_member
from keywords.evidence_folder import EvidenceFolder
from mes_core.messages.capsules import MOST_BYTES, capsule_of

RESULT = {"generator": "Robot 7.5", "generated": "2026-11-20T10:00:00.000000", "rpa": True}
TASK = {"id": "s1-t1", "name": "A Task", "status": "PASS", "elapsed_time": 0.1}
ITEM = {"item_id": "W-1", "job": "batch_record_review", "batch_id": "B-1", "attempt": 1}
ABOUT = {"item": ITEM, "seconds": 1.0}


def folder(root: Path, name: str = "W-1-1", *, status: str = "PASS", outcome: str = "done") -> Path:
    """A sealed folder as an attempt leaves it."""
    evidence = EvidenceFolder(root / name)
    suite = {"id": "s1", "name": "S", "tests": [{**TASK, "status": status}], "status": status, "elapsed_time": 0.1}
    evidence.write_json("result.json", {**RESULT, "suite": suite})
    evidence.write_json("outcome.json", {"result": outcome})
    (evidence.pictures / "01-a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    evidence.seal(ABOUT)
    return evidence.path


def rewritten(capsule: Path, *, leave_out: str = "", change: dict[str, bytes] | None = None) -> Path:
    """A copy of a capsule with other contents."""
    target = capsule.with_name("forged.capsule.zip")
    with zipfile.ZipFile(capsule) as old, zipfile.ZipFile(target, "w") as new:
        contents = {name: old.read(name) for name in old.namelist() if name != leave_out}
        for name, content in {**contents, **(change or {})}.items():
            new.writestr(name, content)
    return target


def test_a_capsule_is_whole_and_equal_folders_give_equal_files(tmp_path: Path) -> None:
    first, sha256 = pack(folder(tmp_path / "a"))
    second, again = pack(folder(tmp_path / "b"))
    assert first.read_bytes() == second.read_bytes()
    assert sha256 == again
    report = check(first)
    assert (report.problems, report.sha256, report.outcome) == ([], sha256, {"result": "done"})
    assert members(first) == ["manifest.json", "outcome.json", "pictures/01-a.png", "result.json"]
    assert json.loads(read_member(first, "outcome.json")) == {"result": "done"}


@pytest.mark.parametrize(
    ("change", "leave_out", "said"),
    [
        ({"outcome.json": b'{"result": "failed"}'}, "", "is not what the manifest says"),
        ({"extra.txt": b"x"}, "", "is not in the manifest"),
        ({}, "pictures/01-a.png", "not in the capsule"),
        ({}, "manifest.json", "There is no manifest.json"),
        ({"manifest.json": b"[]"}, "", "is no JSON object"),
        ({"manifest.json": b"{"}, "", "is no JSON"),
        ({"../../escape.txt": b"x"}, "", "leads out of the capsule"),
    ],
)
def test_what_was_changed_removed_or_added_is_named(
    tmp_path: Path, change: dict[str, bytes], leave_out: str, said: str
) -> None:
    capsule, _ = pack(folder(tmp_path))
    problems = check(rewritten(capsule, leave_out=leave_out, change=change)).problems
    assert any(said in one for one in problems), problems


def test_bytes_beside_the_files_are_noticed(tmp_path: Path) -> None:
    """Before them, behind them, in a comment, in an extra field, and a whole second capsule in front."""
    capsule, _ = pack(folder(tmp_path))
    whole = capsule.read_bytes()
    with zipfile.ZipFile(capsule, "a") as archive:
        archive.comment = b"and something else"
    with_comment = capsule.read_bytes()
    for changed in (b"#!/bin/sh\n" + whole, whole + b"more", with_comment, whole + whole):
        capsule.write_bytes(changed)
        assert "It holds bytes that belong to none of its files." in check(capsule).problems, changed[:20]
    capsule.write_bytes(whole)
    assert check(capsule).problems == []


def test_an_outcome_that_robot_does_not_confirm_is_named(tmp_path: Path) -> None:
    capsule, _ = pack(folder(tmp_path, status="FAIL"))
    assert check(capsule).problems == ["It says that the item is done, and Robot Framework's result does not."]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.capsule.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as zeros:
        for _ in range(MOST_BYTES // 10_000_000 + 1):
            zeros.write(bytes(10_000_000))
    assert bomb.stat().st_size < 1_000_000
    assert check(bomb).problems == ["The file unpacks to more than any capsule holds."]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_is_noticed_or_changes_the_hash(tmp_path: Path, data: st.DataObject) -> None:
    shutil.rmtree(tmp_path / "one", ignore_errors=True)
    capsule, sha256 = pack(folder(tmp_path / "one"))
    content = bytearray(capsule.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    capsule.write_bytes(content)
    assert check(capsule).sha256 != sha256  # and it never raises


def test_a_folder_that_changed_after_it_was_sealed_is_not_packed(tmp_path: Path) -> None:
    sealed = folder(tmp_path)
    (sealed / "outcome.json").write_text('{"result": "other"}')
    with pytest.raises(OSError, match="has changed since"):
        pack(sealed)
    assert not capsule_of(sealed).exists()


def test_a_folder_is_sealed_once(tmp_path: Path) -> None:
    sealed = folder(tmp_path)
    with pytest.raises(FileExistsError):
        EvidenceFolder(sealed).seal(ABOUT)


def test_what_a_dead_worker_left_is_sealed_by_the_next_attempt_and_linked(tmp_path: Path) -> None:
    root = tmp_path / "B-1"
    dead = EvidenceFolder(root / "W-1-1")
    (dead.pictures / "01-a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (dead.path / "result.json").write_text('{"generator": "Rob')
    folder(root, "W-1-2", outcome="failed", status="FAIL")
    folder(root, "W-11-1")
    links = previous_attempts(root / "W-1-3", {"item": {**ITEM, "attempt": 3}})
    assert [(one["attempt"], one["folder"]) for one in links] == [(1, "W-1-1"), (2, "W-1-2")]
    reports = [check(capsule_of(root / one["folder"])) for one in links]
    assert [(one.problems, one.outcome["result"]) for one in reports] == [([], "died"), ([], "failed")]
    assert [one.manifest_sha256 for one in reports] == [one["sha256"] for one in links]
    assert reports[0].manifest["item"]["attempt"] == 1
    assert "result.cut-off.txt" in reports[0].manifest["files"]
    assert previous_attempts(root / "W-1-3", {"item": ITEM}) == links, "A second look changes nothing."


def test_a_secret_is_blackened_wherever_it_stands(tmp_path: Path) -> None:
    evidence = EvidenceFolder(tmp_path)
    evidence.write_json("read.json", {"a": 'pass"word-9'})
    (tmp_path / "page.html").write_text("<b>pass&quot;word-9</b>")
    (tmp_path / "short.txt").write_text("bot")
    assert evidence.scrub(['pass"word-9', "bot"]) == ["page.html", "read.json"]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"word-9" not in kept
    assert b"bot" in kept
    assert evidence.scrub(['pass"word-9', "bot"]) == []
