"""Contents hidden in a capsule: what one program shows and another passes over, and results that vouch for nothing."""

import hashlib
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from test_bots_capsule import ABOUT, ITEM, RESULT, folder

from bots.runtime.capsule import check, pack

MEMBER = "outcome.json"
SAID = "It says that the item is done, and Robot Framework's result does not."


def deflated(content: bytes) -> bytes:
    packing = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


def by_hand(capsule: Path, how: str) -> Path:
    """The same capsule written byte by byte, with one file changed in a way that `zipfile` does not show."""
    files, listed = b"", b""
    with zipfile.ZipFile(capsule) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    for name, content in contents.items():
        changed = how if name == MEMBER else ""
        packed = deflated(content + b'{"result": "failed"}' if changed == "longer" else content)
        packed += b"a second file" if changed == "behind" else b""
        crc, size = zlib.crc32(content), len(content)
        in_front = (crc, len(packed), 5 if changed == "in front" else size, len(name), 0)
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, *in_front)
        mode = 0o120777 if changed == "link" else 0o100644
        sizes = (crc, len(packed), size, len(name), 0, 0, 0, 0, mode << 16, len(files))
        listed += struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x0314, 20, 0, 8, 0, 33, *sizes) + name.encode()
        files += head + name.encode() + packed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(contents), len(contents), len(listed), len(files), 0)
    target = capsule.with_name("forged.capsule.zip")
    target.write_bytes(files + listed + end)
    return target


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("", []),
        ("behind", [f"{MEMBER!r} goes on behind its end."]),
        ("longer", [f"{MEMBER!r} goes on behind its end."]),
        ("in front", [f"{MEMBER!r} is stated in two ways in it."]),
        ("link", [f"{MEMBER!r} is no ordinary file."]),
    ],
)
def test_contents_that_only_some_programs_show_are_noticed(tmp_path: Path, how: str, said: list[str]) -> None:
    capsule, _ = pack(folder(tmp_path))
    assert check(by_hand(capsule, how)).problems == said


def built(tmp_path: Path, change: dict[str, bytes], old: str = "", new: str = "", **about: Any) -> Path:
    """A capsule whose manifest agrees with its files, whatever they say; `old` is `new` in the manifest's text."""
    capsule, _ = pack(folder(tmp_path))
    with zipfile.ZipFile(capsule) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"} | change
    listed = {name: {"sha256": hashlib.sha256(one).hexdigest(), "bytes": len(one)} for name, one in files.items()}
    manifest = json.dumps({**ABOUT, **about, "files": listed}).replace(old, new, 1)
    target = tmp_path / "built.capsule.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {"manifest.json": manifest.encode(), **files}.items():
            archive.writestr(name, content)
    return target


def test_what_is_built_honestly_is_whole(tmp_path: Path) -> None:
    assert check(built(tmp_path, {})).problems == []


def test_names_that_a_disk_takes_for_one_are_noticed(tmp_path: Path) -> None:
    problems = check(built(tmp_path, {"Outcome.JSON": b'{"result": "failed"}'})).problems
    assert problems == ["'outcome.json' is, on some disks, the name of another file in it."] or problems == [
        "'Outcome.JSON' is, on some disks, the name of another file in it."
    ]


def test_a_manifest_that_names_two_items_is_refused(tmp_path: Path) -> None:
    other = json.dumps({**ITEM, "batch_id": "B-2"})
    problems = check(built(tmp_path, {}, '"item":', f'"item": {other}, "item":')).problems
    assert "'manifest.json' is no JSON." in problems


@pytest.mark.parametrize("item", [{**ITEM, "batch_id": None}, {**ITEM, "attempt": "1"}, {**ITEM, "job": "\ud800"}])
def test_an_item_that_is_none_is_refused(tmp_path: Path, item: dict[str, Any]) -> None:
    problems = check(built(tmp_path, {}, item=item)).problems
    assert problems == ["manifest.json does not say which attempt at which item this is."]


def test_a_result_is_never_read_from_outside_the_capsule(tmp_path: Path) -> None:
    """Robot Framework reads a text that is no JSON as a path: the capsule would be as good as a file on the disk."""
    passed = folder(tmp_path / "passed") / "result.json"
    problems = check(built(tmp_path, {"result.json": str(passed).encode()})).problems
    assert problems == ["'result.json' is no JSON.", SAID]


@pytest.mark.parametrize(
    "result",
    [
        {},
        {**RESULT, "suite": {"name": "S", "tests": []}},
        {**RESULT, "suite": {"name": "S", "tests": [{"name": "T", "status": "SKIP"}]}},
    ],
)
def test_a_result_in_which_no_task_passed_does_not_confirm_done(tmp_path: Path, result: dict[str, Any]) -> None:
    assert SAID in check(built(tmp_path, {"result.json": json.dumps(result).encode()})).problems


def test_json_too_deep_to_read_is_a_sentence(tmp_path: Path) -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert check(built(tmp_path, {"result.json": deep})).problems == ["'result.json' is no JSON.", SAID]
