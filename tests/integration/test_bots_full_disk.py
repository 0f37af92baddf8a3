"""A disk that fills up: a bot that can't keep its evidence says so, and nothing is done twice when there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from crash_plant import BOTS, CrashPlant, crash_plant

from bots.runtime.disk import Disk, could_not_write
from bots.runtime.supervisor import Supervisor, WorkerPlan

SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"


def _run(folder: Path, *arguments: str, until: str = "idle") -> list[dict[str, Any]]:
    """Let a worker under its supervisor work until it is idle, or until the first event of that name; its events."""
    events: list[dict[str, Any]] = []

    def emit(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == until != "idle":
            supervisor.stop()

    environment = {
        **os.environ,
        "BATCHWRIGHT_SETTINGS": str(folder / "settings.json"),
        "BATCHWRIGHT_SECRETS": str(folder / "secrets.json"),
    }
    plan = WorkerPlan(folder, (BOTS[1],), ("full-1",), arguments=arguments, environment=environment)
    supervisor = Supervisor(plan, emit)
    supervisor.run(until_idle=True)
    return events


@contextmanager
def _small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A file system of that size in place of a folder."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=False)
    if made.returncode:
        pytest.skip("making a small disk takes the right to mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _state(plant: CrashPlant) -> list[tuple[str, str | None]]:
    return [(item.state, item.code) for item in plant.mes.work_items() if item.job == BOTS[1]]


@pytest.mark.browser
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a small disk")
@pytest.mark.parametrize("kilobytes", [300, 700] if SOAK else [300])
def test_a_full_disk_stops_no_worker_for_good_and_nothing_is_done_twice(tmp_path: Path, kilobytes: int) -> None:
    """Some files fit or none: the item says why; with room again it is done, and what had been sent is adopted."""
    with crash_plant(tmp_path) as plant, _small_disk(tmp_path / "evidence", kilobytes):
        batches = [plant.ready_for(BOTS[1]) for _ in range(2)]
        events = _run(tmp_path, until="idle" if SOAK else "item_finished")
        assert {event["event"] for event in events} & {"disk_full"} == {"disk_full"}
        assert {state for state, _ in _state(plant)} == {"queued"}, "below the floor nothing is taken"
        events = _run(tmp_path, "--least-free-mb", "0", until="idle" if SOAK else "item_finished")
        told = [event for event in events if event["event"] == "item_finished"]
        assert {(event["family"], event["code"]) for event in told} == {("APPLICATION", "NO_EVIDENCE")}
        assert "free the disk" in told[0]["message"]
        assert {code for _, code in _state(plant)} <= {None, "NO_EVIDENCE"}
        subprocess.run(["mount", "-o", "remount,size=200m", str(tmp_path / "evidence")], check=True)
        for item in plant.mes.work_items(state="waiting"):
            plant.mes.retry_item(item.item_id, "the disk has room again", plant.person)
        _run(tmp_path, "--least-free-mb", "0")
        assert [fault for batch in batches for fault in plant.faults(batch, BOTS[1])] == []


def test_room_is_looked_for_where_evidence_will_lie(tmp_path: Path) -> None:
    """Also before the folder is there."""
    assert Disk(tmp_path / "evidence" / "later", least_mb=1).full() == ""
    assert "no item is taken below 1000000000 MB" in Disk(tmp_path / "evidence", least_mb=10**9).full()


def test_what_a_library_makes_of_a_failure_to_write_is_known_as_one() -> None:
    """Robot Framework closes its output twice; what comes out is about a closed file."""
    full, closed = OSError(28, "No space left on device"), ValueError("I/O operation on closed file")
    closed.__context__ = full
    assert could_not_write(closed) is full
    assert could_not_write(ValueError("something else")) is None
