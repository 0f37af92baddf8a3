"""SIGINT and SIGTERM: nothing more is sent from the moment they come, and what runs ends in order."""

import contextlib
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Protocol

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Stoppable(Protocol):
    """What begins new work, and can be told not to."""

    def stop(self) -> None:
        """Begin nothing new."""
        ...


def _nothing() -> None:
    """Nobody has to be told."""


class StopSignals:
    """Ends what runs in order: the item in hand is cut by Robot Framework and given back.

    While a suite runs, Robot Framework has the handlers. What it raises is not always what an item ends with: raised
    amid a call of the browser it can come out as a failure of the site, and between two keywords not at all. So every
    signal is also written down where Python itself notes it; a thread reads that at once, and it is looked up after
    each item.

    Args:
        orders: Lets nothing new begin when it is told to; None where `number` is looked at.
        at_once: Called from a thread, without waiting for the item in hand: lets nothing out any more.

    Attributes:
        number: of the signal that came; 0 while none has.
        broken: why the worker can't go on in this process; empty while it can.
    """

    def __init__(self, orders: Stoppable | None = None, at_once: Callable[[], None] = _nothing) -> None:
        self._stop = orders.stop if orders is not None else _nothing
        self._at_once = at_once
        self._noted, self._notes = socket.socketpair()
        self._over = threading.Event()
        self._looking = threading.Lock()
        self.number = 0
        self.broken = ""

    def install(self) -> None:
        """Take the signals."""
        for end in (self._noted, self._notes):
            end.setblocking(False)
        signal.set_wakeup_fd(self._notes.fileno(), warn_on_full_buffer=False)
        for name in _STOPPING:
            signal.signal(name, self._came)
        threading.Thread(target=self._listen, name="signals", daemon=True).start()

    @contextlib.contextmanager
    def taken(self) -> Iterator["StopSignals"]:
        """Take the signals, and give them back to whoever had them."""
        before = {name: signal.getsignal(name) for name in _STOPPING}
        self.install()
        try:
            yield self
        finally:
            self._over.set()
            signal.set_wakeup_fd(-1)
            for name, handler in before.items():
                signal.signal(name, handler)

    def look(self) -> None:
        """Stop if a signal came, whoever took it."""
        with self._looking:
            try:
                came = self._noted.recv(256)
            except BlockingIOError:
                return
            for number in came:
                if number in _STOPPING:
                    self._take(number)

    def can_not_go_on(self, why: str) -> None:
        """Stop: what broke can't be mended in this process."""
        self.broken = why
        self._stop()

    def _listen(self) -> None:
        while not self._over.is_set():
            ready, _, _ = select.select([self._noted], [], [], 0.5)
            if ready:
                self.look()

    def _take(self, number: int) -> None:
        self.number = self.number or number
        self._at_once()
        self._stop()

    def _came(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._take(number)
