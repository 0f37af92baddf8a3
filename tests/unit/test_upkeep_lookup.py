"""What a package index says of locked releases: their day, and their licence only from an archive of the lock."""

import hashlib
import importlib.util
import io
import tarfile
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchwright.validation.licences import Package

_ROOT = Path(__file__).resolve().parents[2]
_SPEC = importlib.util.spec_from_file_location("upkeep_lookup", _ROOT / "scripts" / "upkeep.py")
assert _SPEC
assert _SPEC.loader
upkeep: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(upkeep)


def _wheel() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as wheel:
        wheel.writestr("odd_one-1.0.dist-info/METADATA", "Name: odd-one\nVersion: 1.0\nLicense-Expression: MIT\n")
    return held.getvalue()


def _source() -> bytes:
    held, said = io.BytesIO(), b"Name: odd-one\nVersion: 1.0\nLicense: UNKNOWN\n"
    with tarfile.open(fileobj=held, mode="w:gz") as source:
        about = tarfile.TarInfo("odd-one-1.0/PKG-INFO")
        about.size = len(said)
        source.addfile(about, io.BytesIO(said))
    return held.getvalue()


def _files(content: bytes, told: str | None = None) -> tuple[httpx.Client, list[dict[str, Any]], Package]:
    known = hashlib.sha256(content).hexdigest()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/odd-one/"):
            listed = [
                {
                    "filename": "odd_one-1.0-py3-none-any.whl",
                    "url": "../files/odd",
                    "upload-time": "2026-03-01T00:30:00+02:00",
                },
                {"filename": "odd_one-1.0.tar.gz", "url": "../files/src", "upload-time": "2026-03-02T08:00:00Z"},
                {"filename": "odd_one-1.0.1.tar.gz", "url": "../files/next", "upload-time": "2020-01-01T00:00:00Z"},
            ]
            return httpx.Response(200, json={"files": [{**one, "hashes": {"sha256": told or known}} for one in listed]})
        return httpx.Response(200, content=content)

    one = Package("odd-one", "1.0", "", (told or known,), (), "")
    index = httpx.Client(transport=httpx.MockTransport(answer))
    return index, upkeep.files_of(index, "https://index.example/simple/", one), one


def test_a_release_came_out_on_the_day_of_its_first_archive() -> None:
    """In UTC, and a later release whose number begins alike is another."""
    _, files, _ = _files(_wheel())
    assert [file["filename"] for file in files] == ["odd_one-1.0-py3-none-any.whl", "odd_one-1.0.tar.gz"]
    assert upkeep.released_on(files) == date(2026, 2, 28)
    assert upkeep.released_on([{"filename": "x"}]) is None


@pytest.mark.parametrize(("content", "said"), [(_wheel(), "MIT"), (_source(), "not stated")], ids=["wheel", "source"])
def test_a_licence_is_read_in_an_archive_of_the_lock(content: bytes, said: str) -> None:
    assert upkeep.licence_in(*_files(content)) == said


def test_an_archive_of_another_hash_is_not_believed() -> None:
    with pytest.raises(SystemExit, match="another hash than the lock's"):
        upkeep.licence_in(*_files(_wheel(), told="0" * 64))


def test_what_stands_above_the_entries_stays(tmp_path: Path) -> None:
    path = tmp_path / "upkeep.yaml"
    path.write_text("# Why.\nreleases:\n  old: {version: 1}\n", encoding="utf-8")
    upkeep.write(path, "releases", ["  new: {version: 2}"])
    assert path.read_text(encoding="utf-8") == "# Why.\nreleases:\n  new: {version: 2}\n"
    upkeep.write(path, "releases", [])
    assert path.read_text(encoding="utf-8") == "# Why.\nreleases: {}\n"
