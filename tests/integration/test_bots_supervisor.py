"""Workers under a supervisor: one is killed, one hangs, several share a queue; nothing is lost or done twice."""

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from crash_plant import BOTS, crash_plant

from bots.runtime.supervisor import Supervisor, WorkerPlan

pytestmark = [pytest.mark.browser, pytest.mark.skipif(os.name == "nt", reason="process groups are those of POSIX")]


def _plan(folder: Path, names: tuple[str, ...], **more: Any) -> WorkerPlan:
    environment = {
        **os.environ,
        "BATCHWRIGHT_SETTINGS": str(folder / "settings.json"),
        "BATCHWRIGHT_SECRETS": str(folder / "secrets.json"),
    }
    return WorkerPlan(home=folder, jobs=(BOTS[0],), names=names, environment=environment, **more)


@pytest.mark.requirement("URS-019")
def test_two_workers_share_a_queue_and_one_is_killed(tmp_path: Path) -> None:
    """The killed one comes back under its name with its item; every item is done by one of them."""
    events: list[dict[str, Any]] = []
    killed: list[str] = []

    def emit(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "item_started" and not killed and len(events) > 3:
            killed.append(event["worker"])
            threading.Timer(0.2, os.kill, (_pid(supervisor, event["worker"]), signal.SIGKILL)).start()

    with crash_plant(tmp_path) as plant:
        batches = [plant.ready_for(BOTS[0]) for _ in range(6)]
        supervisor = Supervisor(_plan(tmp_path, ("a-1", "a-2")), emit)
        supervisor.run(until_idle=True)
        assert [fault for batch in batches for fault in plant.faults(batch, BOTS[0])] == []
        items = plant.mes.work_items()
        took = {item.worker for item in items}
    done = Counter(event["item_id"] for event in events if event["event"] == "item_finished")
    assert done == Counter(item.item_id for item in items), "each item was finished once"
    assert took == {"a-1", "a-2"}
    assert [event["worker"] for event in events if event["event"] == "worker_ended"] == killed
    assert sum(item.attempts for item in items) == 7


@pytest.mark.requirement("URS-019")
def test_an_item_that_never_ends_is_ended_with_its_browser(tmp_path: Path) -> None:
    """A stopped worker answers nothing: after the deadline its whole group is killed and another one does the item."""
    events: list[dict[str, Any]] = []
    stopped: list[int] = []

    def emit(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "item_started" and not stopped:
            stopped.append(_pid(supervisor, event["worker"]))
            time.sleep(0.2)
            os.killpg(stopped[0], signal.SIGSTOP)

    with crash_plant(tmp_path) as plant:
        batch = plant.ready_for(BOTS[0])
        supervisor = Supervisor(_plan(tmp_path, ("b-1",), deadline_s=12.0), emit)
        assert supervisor.run(until_idle=True) == 1
        assert plant.faults(batch, BOTS[0]) == []
    assert [event["event"] for event in events if event["event"].startswith("worker_")] == [
        "worker_overdue",
        "worker_ended",
    ]
    with pytest.raises(ProcessLookupError):
        os.killpg(stopped[0], 0)


def _pid(supervisor: Supervisor, name: str) -> int:
    return supervisor._children[name].process.pid
