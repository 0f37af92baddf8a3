"""A worker process, seen from the one that started it: its command, its events, its orders, and its end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from keywords.transport import without_the_store

Event = dict[str, Any]
COMMAND = (sys.executable, "-P", "-m", "bots.runtime.worker")
"""How a worker is started. `-P`: a folder or file of the current folder, such as `keywords`, hides none of ours."""
_END_S = 10.0


class WorkerChild:
    """Takes orders on its standard input and reports events, one JSON object a line; starts at once.

    It leads a process group of its own, and ends when its input closes, so it can't outlive who started it.

    Attributes:
        pid: its process, and its process group.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        take: Callable[[int, Event | None], None],
        *,
        environment: Mapping[str, str],
        prefix: Sequence[str] = (),
        log: IO[str] | None = None,
    ) -> None:
        """Start it.

        Args:
            arguments: of the worker.
            take: gets its process and every event, from a thread; None when it has ended.
            environment: of the worker; the address of the MES's store is left out, which no bot needs.
            prefix: words before the command.
            log: where its standard error goes; None: to that of this process.
        """
        self._take = take
        self._process = subprocess.Popen(
            (*prefix, *COMMAND, *arguments),
            env=without_the_store(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self.pid = self._process.pid
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            if (event := _event(line)) is not None:
                self._take(self.pid, event)
        self._take(self.pid, None)

    def say(self, order: str) -> bool:
        """Give an order; False when it has ended."""
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(order + "\n")
                stdin.flush()
        except BrokenPipeError:
            return False
        return True

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end after what it has in hand."""
        stdin = self._process.stdin
        try:
            if stdin is not None and not stdin.closed:
                stdin.close()
        except BrokenPipeError:
            return  # it has ended already, which is what we want

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        return self._process.wait()

    def kill(self) -> None:
        """End it and everything that it started."""
        try:
            if os.name == "nt":
                self._process.kill()
            else:
                os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself meanwhile

    def end(self) -> None:
        """Close its input, give it ten seconds, then end its whole process group."""
        self.close()
        try:
            self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait(timeout=_END_S)


def _event(line: str) -> Event | None:
    """An event, or None: what a library or a browser writes to the same output is none, whatever it looks like."""
    try:
        found = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None
