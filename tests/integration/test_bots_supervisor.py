"""Workers under a supervisor: one is killed, one hangs, several share a queue; nothing is lost or done twice."""

import dataclasses
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import SECRET
from crash_plant import BOTS, crash_plant

from bots.runtime.keeper import host_secret
from bots.runtime.orders import Orders
from bots.runtime.runner import SUITES
from bots.runtime.supervisor import Supervisor, WorkerPlan
from bots.runtime.worker import StopSignals
from keywords.browser import BROWSER_GONE, WarmBrowser
from keywords.browser_finder import find_browser
from keywords.failures import ApplicationError

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
        supervisor = Supervisor(_plan(tmp_path, ("b-1",), deadline_s=20.0), emit)
        assert supervisor.run(until_idle=True) == 1
        assert plant.faults(batch, BOTS[0]) == []
    assert [event["event"] for event in events if event["event"].startswith("worker_")] == [
        "worker_overdue",
        "worker_ended",
    ]
    with pytest.raises(ProcessLookupError):
        os.killpg(stopped[0], 0)


@pytest.mark.requirement("URS-019")
def test_what_a_worker_held_that_is_gone_for_good_is_adopted_and_finished(tmp_path: Path) -> None:
    """Killed with its browser and never started again: when its lease is over another worker does its item, once."""
    with crash_plant(tmp_path) as plant:
        batches = [plant.ready_for(BOTS[0]) for _ in range(3)]
        plan = _plan(tmp_path, ("c-1",))
        gone = subprocess.Popen(
            [sys.executable, "-m", "bots.runtime.worker", "--home", str(tmp_path), "--name", "gone", "--jobs", BOTS[0]],
            env=dict(plan.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert gone.stdin is not None
        assert gone.stdout is not None
        gone.stdin.write("drain\n")
        gone.stdin.flush()
        held = next(event for event in map(json.loads, gone.stdout) if event["event"] == "item_started")
        os.killpg(gone.pid, signal.SIGKILL)
        gone.wait()
        supervisor = Supervisor(plan, lambda _: None)
        supervisor.run(until_idle=True)
        assert {i.item_id for i in plant.mes.work_items() if i.state == "running"} == {held["item_id"]}
        plant.forward(130)
        Supervisor(plan, lambda _: None).run(until_idle=True)
        assert [fault for batch in batches for fault in plant.faults(batch, BOTS[0])] == []
        items = {item.item_id: item for item in plant.mes.work_items()}
    assert (items[held["item_id"]].worker, items[held["item_id"]].attempts) == ("c-1", 2)


@pytest.mark.requirement("URS-019")
def test_an_upgrade_with_items_in_flight_finishes_them_with_the_new_code(tmp_path: Path) -> None:
    """An item is data, not code: what the old version held and what was queued is done by the new version."""
    with crash_plant(tmp_path) as plant:
        batches = [plant.ready_for(BOTS[0]) for _ in range(2)]
        how, names = plant.run(BOTS[0], at=12, worker="d-1")
        assert (how, plant.mes.work_items(state="running")[0].worker) == ("SIGKILL", "d-1"), names
        host_secret(tmp_path, "d-1")
        (tmp_path / "workers" / "d-1.secret").write_text(SECRET, "ascii")  # what the old version claimed with here
        new = tmp_path / "new_version"
        shutil.copytree(SUITES, new / "bots", ignore=shutil.ignore_patterns("__pycache__"))
        suite = new / "bots" / f"{BOTS[0]}.robot"
        assert "    Hand Over    batch_id=" in suite.read_text("utf-8")
        suite.write_text(
            suite.read_text("utf-8").replace("    Hand Over    batch_id=", "    Hand Over    upgraded=yes    batch_id=")
        )
        for room in ("keywords", "mes_core"):
            (new / room).symlink_to(SUITES.parent / room)
        plan = _plan(tmp_path, ("d-1",))
        environment = {**plan.environment, "PYTHONPATH": str(new), "PYTHONSAFEPATH": "1"}
        Supervisor(dataclasses.replace(plan, environment=environment), lambda _: None).run(until_idle=True)
        assert [fault for batch in batches for fault in plant.faults(batch, BOTS[0])] == []
        items = plant.mes.work_items()
    assert [(item.output or {}).get("upgraded") for item in items] == ["yes", "yes"]


def _pid(supervisor: Supervisor, name: str) -> int:
    return supervisor._children[name].process.pid


def test_a_signal_is_known_whoever_took_it_and_whatever_the_item_ended_with() -> None:
    """Robot Framework's handlers take it while a suite runs, and its exception may come out as a failure of a site."""
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    orders = Orders(io.StringIO(""))
    signals = StopSignals(orders)
    try:
        signals.install()
        signals.look()
        assert not orders.stopping
        taken: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: taken.append(number))  # as a suite does
        os.kill(os.getpid(), signal.SIGTERM)
        signals.look()
        assert taken == [signal.SIGTERM]
    finally:
        signal.set_wakeup_fd(-1)
        for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(one, handler)
    assert orders.stopping
    assert signals.number == signal.SIGTERM


def test_a_browser_whose_driver_died_is_no_fault_of_the_site() -> None:
    """The item says so, and the worker, which can't mend it, ends to be started anew."""
    warm = WarmBrowser(find_browser())
    warm.start()
    os.kill(_child_running("run-driver"), signal.SIGKILL)
    with pytest.raises(ApplicationError) as failed:
        warm.open_page("somebody")
    assert failed.value.code == BROWSER_GONE
    warm.stop()


def test_a_browser_that_died_alone_is_started_anew() -> None:
    warm = WarmBrowser(find_browser())
    assert warm.start() == warm.start()
    assert warm._browser is not None
    warm._browser.close()
    assert warm.open_page("somebody").url == "about:blank"
    warm.stop()


def _child_running(words: str) -> int:
    """Our newest child process with these words in its command."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(") ", 1)[1].split()[1])
            command = (stat.parent / "cmdline").read_bytes().decode()
        except OSError:  # ended while we looked
            continue
        if parent == os.getpid() and words in command:
            found.append(int(stat.parent.name))
    return max(found)
