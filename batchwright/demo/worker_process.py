"""The bots' process, seen from the demo: start it, let it work, and be sure that nothing of it stays behind."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any

from batchwright.demo.plant import WorkerFiles
from batchwright.support.errors import Refused

_START_S = 60.0
_END_S = 10.0
_SILENCE_S = 300.0

Event = dict[str, Any]


class WorkerProcess:
    """A worker that takes orders on its standard input and reports events, one JSON object a line.

    It ends when its input closes, so it can't outlive this process.
    """

    def __init__(
        self,
        home: Path,
        files: WorkerFiles,
        *,
        jobs: tuple[str, ...],
        headed: bool = False,
        slow_ms: int = 0,
    ) -> None:
        """Say where things lie; nothing starts yet."""
        self._log = home / "worker.log"
        self._command = [sys.executable, "-m", "bots.runtime.worker", "--home", str(home), "--jobs", ",".join(jobs)]
        self._command += ["--headed"] if headed else []
        self._command += ["--slow", str(slow_ms)] if slow_ms else []
        self._env = {
            **os.environ,
            "BATCHWRIGHT_SETTINGS": str(files.settings),
            "BATCHWRIGHT_SECRETS": str(files.secrets),
        }
        self._events: Queue[Event | None] = Queue()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "WorkerProcess":
        """Start the process; `wait_ready` tells when its browser is up."""
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        return self

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None  # noqa: S101 - opened as a pipe above; for the type checker
        for line in process.stdout:
            if line.startswith("{"):
                self._events.put(json.loads(line))
        self._events.put(None)

    def wait_ready(self) -> str:
        """Wait for the browser; returns its name and version.

        Raises:
            Refused: the worker ended or did not come up; says why.
        """
        while True:
            event = self._next(_START_S)
            if event["event"] == "ready":
                return str(event["browser"])

    def drain(self, on_event: Callable[[Event], None]) -> None:
        """Let it work until the MES has no item for it; every event goes to `on_event`.

        Raises:
            Refused: the worker ended before it was done, or said nothing for five minutes.
        """
        self._say("drain")
        while True:
            event = self._next(_SILENCE_S)
            if event["event"] == "idle":
                return
            on_event(event)

    def _say(self, order: str) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise Refused("The worker is not running: start it before it gets orders.")
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Refused(self._why_ended()) from None

    def _next(self, timeout_s: float) -> Event:
        try:
            event = self._events.get(timeout=timeout_s)
        except Empty:
            raise Refused(f"The worker said nothing for {timeout_s:.0f} s: its words are in {self._log}.") from None
        if event is None:
            raise Refused(self._why_ended())
        return event

    def _why_ended(self) -> str:
        lines = [line for line in self._log.read_text(encoding="utf-8").splitlines() if line.strip()]
        return (
            lines[-1] if lines else f"The worker ended without a word: start it by hand with {' '.join(self._command)}."
        )

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its input, give it ten seconds, then end its whole process group."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None and not process.stdin.closed:
            with suppress(BrokenPipeError):  # it has ended already, which is what we want
                process.stdin.close()
        try:
            process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            process.wait(timeout=_END_S)


def _kill_group(process: "subprocess.Popen[str]") -> None:
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
