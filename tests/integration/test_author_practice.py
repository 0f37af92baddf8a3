"""A practice plant that stays up between an author's runs: used again, never for other content, and gone when it should
be."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from batchwright.practice import staying
from batchwright.practice.places import FOLDER, read_settings
from batchwright.practice.staying import NOTE, VARIABLE, Staying, at_practice, end, found
from batchwright.support.errors import Refused
from mes_core.client import MesClient
from mes_core.messages.views import NewWorkItem

STARTED = "A practice plant is started for {folder}; it stays up for the next run."
SITE = {"product": "storage_request", "url": "https://desk.example", "user": "bot"}
pytestmark = pytest.mark.requirement("URS-150")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(VARIABLE, "120")
    bots = tmp_path / "mine"
    bots.mkdir()
    (bots / "settings.json").write_text(json.dumps({"sites": {"desk": SITE}}), encoding="utf-8")
    yield bots
    end(bots)


def is_there(process: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def gone_within(seconds: float, process: int) -> bool:
    deadline = time.monotonic() + seconds
    while is_there(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def start(folder: Path, said: list[str]) -> Staying:
    with at_practice(folder, read_settings(folder / "settings.json"), say=said.append) as plant:
        assert isinstance(plant, Staying)
        return plant


def test_it_is_used_again_and_never_for_other_sites_and_ends_by_a_command(folder: Path) -> None:
    said: list[str] = []
    first = start(folder, said)
    assert stat.S_IMODE((folder / FOLDER / NOTE).stat().st_mode) == 0o600, "its owner's alone"
    asked = NewWorkItem(job="any", business_key="K-1", batch_id=first.batch)
    item = first.take(asked)
    with MesClient.resumed(str(first.settings["mes"]["url"]), first.session()) as mes:
        assert item.item_id in {one.item_id for one in mes.work_items()}, "the bot's own session"
    first.drop(item.item_id)
    assert first.take(asked).state == "queued", "what was dropped is freed"
    with pytest.raises(Refused, match="no batch of that number"):
        first.item("any", "B-404")
    assert start(folder, said).process == first.process
    assert said == [STARTED.format(folder=folder)]

    changed = {"sites": {"desk": SITE | {"timeouts": {"page_s": 5}}}}
    (folder / "settings.json").write_text(json.dumps(changed), encoding="utf-8")
    known = found(folder, read_settings(folder / "settings.json"))
    assert known is not None, "what only the bot is told is no other plant"
    assert known.settings["sites"]["desk"]["timeouts"] == {"page_s": 5}

    other = {"sites": {"desk": SITE, "second": SITE}}
    (folder / "settings.json").write_text(json.dumps(other), encoding="utf-8")
    looked: list[str] = []
    assert found(folder, other, looked.append, look_only=True) is None
    assert looked[0].endswith("no run uses it.")
    assert is_there(first.process), "looking ends nothing"
    second = start(folder, said)
    assert second.process != first.process
    assert gone_within(5, first.process)
    assert set(second.settings["sites"]) == {"desk", "second"}
    assert said[1].endswith("was made for other sites or by another Batchwright: it is ended.")
    assert said[2:] == [STARTED.format(folder=folder)]

    shown = subprocess.run(
        [sys.executable, "-P", "-m", "batchwright", "practice", "end", "--bots", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert shown.stdout == f"The practice plant of {folder} has ended.\n", shown.stderr
    assert gone_within(5, second.process)
    assert not end(folder), "there is none any more"
    assert (folder / FOLDER / "mes.sqlite").is_file(), "what was done stays"


def test_one_that_is_gone_is_told_and_another_started(folder: Path) -> None:
    said: list[str] = []
    first = start(folder, said)
    os.kill(first.process, 9)
    assert gone_within(5, first.process)
    with pytest.raises(Refused, match=rf"\(process {first.process}\) does not answer: run it again"):
        first.session()
    second = start(folder, said)
    gone = f"The practice plant of {folder} (process {first.process}) is gone."
    assert said == [STARTED.format(folder=folder), gone, STARTED.format(folder=folder)]
    assert second.process != first.process
    answer = staying._post(second.address, "guessed", "session", {})
    assert answer is not None
    assert answer[0] == HTTPStatus.UNAUTHORIZED
    shutil.rmtree(folder)
    assert gone_within(10, second.process), "it ends with its folder"


def test_it_ends_when_nobody_uses_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    plant = start(folder, [])
    assert gone_within(20, plant.process)
    assert not (folder / FOLDER / NOTE).exists()


def test_none_stays_where_that_is_not_wanted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("CI", "true")
    assert staying.stays_s() == 0
    with at_practice(folder, read_settings(folder / "settings.json")) as plant:
        assert not isinstance(plant, Staying)
        assert not (folder / FOLDER / NOTE).exists()
    monkeypatch.setenv(VARIABLE, "soon")
    with pytest.raises(Refused, match="BATCHWRIGHT_PRACTICE_STAYS_S is 'soon': give whole seconds"):
        staying.stays_s()


def test_why_it_does_not_start_is_told_in_a_sentence(folder: Path) -> None:
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "mes.sqlite").write_text("no store at all, but a text of some length\n" * 50, encoding="utf-8")
    with pytest.raises(Refused, match=r"The practice plant of .* did not start: .*mes\.sqlite"):
        start(folder, [])


def test_a_note_that_something_else_answers_for_is_no_plant(folder: Path) -> None:
    note = {"address": "http://127.0.0.1:9", "secret": "s", "process": 1, "content": "c", "batch": "B", "mes": {}}
    (folder / FOLDER).mkdir()
    (folder / FOLDER / NOTE).write_text(json.dumps({**note, "sites": {}}), encoding="utf-8")
    said: list[str] = []
    assert found(folder, {"sites": {}}, said.append) is None
    assert said == [f"The practice plant of {folder} (process 1) is gone."]
    assert not (folder / FOLDER / NOTE).exists()
