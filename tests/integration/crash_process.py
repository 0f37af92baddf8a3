"""Workers that die on purpose: a process that has everything imported forks one for each attempt.

Run as a script. Orders come as JSON lines: `{"run": {...}}` forks a worker that drains the queue and dies or stops at
point `at`; `{"resume": pid}` lets a stopped one go on. Every order is answered with how the worker ended.
"""

import json
import os
import signal
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import RPA.Robocorp.WorkItems
from bots_fakes import SECRET

import keywords.agency
import keywords.courier
import keywords.evidence
from bots.runtime.job_queue import MesJobQueue
from bots.runtime.runner import JOBS, SuiteRunner
from bots.runtime.worker import Worker
from keywords.browser import WarmBrowser
from keywords.browser_finder import find_browser
from keywords.gate import Gate
from keywords.settings import load_secrets, load_settings
from mes_core.client import MesClient

EARLY = "predictive_hold"
IMPORTED = (RPA, keywords)
"""What suites import is here before the fork, so that each worker starts at once."""


class Points:
    """Counts the points that a run passes, notes their names, and ends the process at one of them."""

    def __init__(self, at: int, end: str, names: Path) -> None:
        self._at = at
        self._signal = signal.SIGSTOP if end == "stop" else signal.SIGKILL
        self._names = names.open("a", encoding="utf-8", buffering=1)
        self._count = 0

    def hit(self, name: str) -> None:
        """Pass a point."""
        self._count += 1
        self._names.write(name + "\n")
        if self._at == self._count:
            self._at = 0
            os.kill(os.getpid(), self._signal)


class Boundaries:
    """Robot Framework listener: both ends of every keyword are points."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, points: Points) -> None:
        self._points = points

    def start_keyword(self, data: Any, result: Any) -> None:
        self._points.hit(f"keyword begins: {result.name}")

    def end_keyword(self, data: Any, result: Any) -> None:
        self._points.hit(f"keyword ended: {result.name}")


def _watch(points: Points) -> None:
    """Make points of every call of the MES and of every step of a changing request through the gate."""
    request, ask, handle = MesClient._request, Gate._ask_now, Gate.handle

    def watched_request(self: MesClient, method: str, path: str, *more: Any, **named: Any) -> Any:
        points.hit(f"MES asked: {method} {path.split('/')[2]}")
        answer = request(self, method, path, *more, **named)
        points.hit(f"MES answered: {method} {path.split('/')[2]}")
        return answer

    def watched_ask(self: Gate) -> None:
        permission = self._ask

        def asked() -> None:
            permission()
            points.hit("permission given")

        points.hit("changing request at the gate")
        self._ask = asked
        try:
            ask(self)
        finally:
            self._ask = permission

    def watched_handle(self: Gate, route: Any, *more: Any) -> None:
        changing = route.request.method not in ("GET", "HEAD", "OPTIONS")
        handle(self, route, *more)
        if changing:
            points.hit("changing request sent")

    MesClient._request = watched_request  # type: ignore[method-assign, assignment]
    Gate._ask_now = watched_ask  # type: ignore[method-assign]
    Gate.handle = watched_handle  # type: ignore[method-assign]


def work(order: dict[str, Any]) -> None:
    """One worker: drain the queue, and die or stop where it was told to."""
    points = Points(order["at"], order["end"], Path(order["names"]))
    settings, secrets = load_settings(), load_secrets()
    browser = WarmBrowser(find_browser())
    with MesClient.login(settings.mes.url, settings.mes.user, secrets.get("mes").value) as client:
        runner = SuiteRunner(Path(order["home"]), settings, secrets, client, browser, listeners=[Boundaries(points)])
        queue = MesJobQueue(client, order["worker"], SECRET)
        worker = Worker(queue, runner, order.get("jobs") or JOBS, lambda _: None)
        _watch(points)
        worker.drain()
    browser.stop()


def _ended(pid: int) -> dict[str, Any]:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"pid": pid, "how": "stopped"}
    if os.WIFSIGNALED(status):
        return {"pid": pid, "how": signal.Signals(os.WTERMSIG(status)).name}
    return {"pid": pid, "how": f"exit {os.WEXITSTATUS(status)}"}


def main() -> None:
    """Take orders until the input ends."""
    find_browser()
    for line in sys.stdin:
        order = json.loads(line)
        if "resume" in order:
            os.kill(order["resume"], signal.SIGCONT)
            pid = order["resume"]
        else:
            if EARLY in order["run"]["jobs"]:
                import_module("keywords.predictive_holds.explain")  # once here, not in each worker
            pid = os.fork()
            if pid == 0:
                os.setsid()
                try:
                    work(order["run"])
                except BaseException as error:  # noqa: BLE001 - a fork has to end here, whatever happened
                    sys.stderr.write(f"worker: {type(error).__name__}: {error}\n{traceback.format_exc(limit=-30)}")
                    sys.stderr.flush()
                    os._exit(1)
                os._exit(0)
            sys.stdout.write(json.dumps({"pid": pid, "how": "forked", "at": time.monotonic()}) + "\n")
            sys.stdout.flush()
        sys.stdout.write(json.dumps(_ended(pid)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
