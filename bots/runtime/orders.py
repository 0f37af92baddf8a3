"""How a worker is told what to do: lines on standard input, and the end of it when the parent is gone."""

import os
import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import IO

DRAIN, STOP = "drain", "stop"


class Orders:
    """Reads orders in a thread of its own.

    `stop` lets the item in hand end in its own time; the end of the input, which means that nobody is there any more,
    lets it end within a few seconds.

    Args:
        source: Where lines come from.
        grace_s: Seconds that an item in flight gets after the end of the input, before `cut` is called.
        cut: Ends the process the hard way.
    """

    def __init__(self, source: IO[str], *, grace_s: float = 5.0, cut: Callable[[], None] | None = None) -> None:
        self._source = source
        self._grace_s = grace_s
        self._cut = cut or (lambda: os._exit(1))
        self._queue: Queue[str] = Queue()
        self._over = threading.Event()
        self._ended = threading.Event()
        self._rung = threading.Event()

    def listen(self) -> None:
        """Start reading."""
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    @property
    def stopping(self) -> bool:
        """Whether to stop after the item in hand."""
        return self._over.is_set()

    def stop(self) -> None:
        """Stop after the item in hand, for instance because a signal came."""
        self._over.set()
        self._queue.put(STOP)

    def ring(self) -> None:
        """Look into the queue, for something was queued; as often as it rings before that, it is one look."""
        if not self._rung.is_set():
            self._rung.set()
            self._queue.put(DRAIN)

    def finished(self) -> None:
        """The worker has ended by itself; nothing has to be cut any more."""
        self._ended.set()

    def next(self, timeout_s: float = 0.5) -> str:
        """The next order; empty when none came in time."""
        try:
            order = self._queue.get(timeout=timeout_s)
        except Empty:
            return ""
        self._rung.clear()
        return order

    def _read(self) -> None:
        for line in self._source:
            order = line.strip().lower()
            if order == STOP:
                self.stop()
            elif order:
                self._queue.put(order)
        self.stop()
        if not self._ended.wait(self._grace_s):
            self._cut()
