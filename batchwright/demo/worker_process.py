"""The bots' process, seen from the demo: start it, let it work, and be sure that nothing of it stays behind."""

import os
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType

from batchwright.demo.plant import WorkerFiles
from batchwright.support.errors import Refused
from bots.runtime.child import COMMAND, Event, WorkerChild

_START_S = 60.0
_SILENCE_S = 300.0


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
        self._arguments = ["--home", str(home), "--jobs", ",".join(jobs), *(["--headed"] if headed else [])]
        self._arguments += ["--slow", str(slow_ms)] if slow_ms else []
        self._env = {
            **os.environ,
            "BATCHWRIGHT_SETTINGS": str(files.settings),
            "BATCHWRIGHT_SECRETS": str(files.secrets),
        }
        self._events: Queue[Event | None] = Queue()
        self._process: WorkerChild | None = None

    def __enter__(self) -> "WorkerProcess":
        """Start the process; `wait_ready` tells when its browser is up."""
        with self._log.open("w", encoding="utf-8") as log:
            self._process = WorkerChild(
                self._arguments, lambda _, event: self._events.put(event), environment=self._env, log=log
            )
        return self

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
        if self._process is None:
            raise Refused("The worker is not running: start it before it gets orders.")
        if not self._process.say(order):
            raise Refused(self._why_ended())

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
        by_hand = " ".join((*COMMAND, *self._arguments))
        return lines[-1] if lines else f"The worker ended without a word: start it by hand with {by_hand}."

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its input, give it ten seconds, then end its whole process group."""
        if self._process is not None:
            self._process.end()
