"""How often somebody may guess at a password: by account and by where the guesses come from, and one at a time.

A lane is an account, by its name, and an address or a device. Wrong passwords slow their own lane down; so whoever
guesses from elsewhere keeps nobody out who logs in from where they always do. Names that nobody has have lanes like
others, so that nothing tells which names there are. Lanes live in the process and keep no password.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from mes_core.domain.errors import Unauthenticated

MOST_FAILURES = 5
"""So many wrong passwords are looked at before a lane has to wait."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
_FORGOTTEN = timedelta(days=1)
_MOST_LANES = 20_000
_MOST_WAITING = 8


@dataclass
class Lane:
    """Wrong passwords in a row, and until when no other one is looked at."""

    failures: int = 0
    until: datetime | None = None
    touched: datetime | None = None


class Attempts:
    """All lanes of a process.

    Attributes:
        most: wrong passwords that are looked at before a lane has to wait.
    """

    def __init__(self) -> None:
        """Nobody has guessed yet."""
        self.most = MOST_FAILURES
        self._lanes: OrderedDict[tuple[str, str], Lane] = OrderedDict()
        self._turns: dict[tuple[str, str], tuple[threading.Lock, int]] = {}
        self._own = threading.Lock()

    def share(self, processes: int) -> None:
        """Look at this process's part of the wrong passwords that several on one store look at together."""
        self.most = ceil(MOST_FAILURES / processes)

    @contextmanager
    def turn(self, name: str, where: str) -> Iterator[None]:
        """Guesses of one lane come one after another, so that many at once are no more than as many in a row.

        Those of others don't wait for them.

        Raises:
            Unauthenticated: too many wait already.
        """
        lane = (name, where)
        with self._own:
            lock, waiting = self._turns.get(lane, (threading.Lock(), 0))
            if waiting >= _MOST_WAITING:
                raise Unauthenticated("Too many log-ins with this name at once: wait a little, then log in again.")
            self._turns[lane] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._own:
                lock, waiting = self._turns[lane]
                if waiting == 1:
                    del self._turns[lane]
                else:
                    self._turns[lane] = (lock, waiting - 1)

    def wait(self, name: str, where: str, now: datetime) -> timedelta:
        """How long a lane has to wait; nothing when its next password is looked at."""
        lane = self._lane(name, where, now)
        return max(timedelta(0), lane.until - now) if lane.until else timedelta(0)

    def failed(self, name: str, where: str, now: datetime) -> int:
        """Count a wrong password; returns how many there were in a row."""
        lane = self._lane(name, where, now)
        lane.failures += 1
        over = lane.failures - self.most
        if over >= 0:
            lane.until = now + min(_FIRST_WAIT * 2 ** min(over, 10), _LONGEST_WAIT)
        return lane.failures

    def succeeded(self, name: str, where: str) -> None:
        """Forget the wrong ones of a lane."""
        with self._own:
            self._lanes.pop((name, where), None)

    def _lane(self, name: str, where: str, now: datetime) -> Lane:
        with self._own:
            lane = self._lanes.pop((name, where), None)
            if lane is None or (lane.touched and now - lane.touched > _FORGOTTEN):
                lane = Lane()
            lane.touched = now
            self._lanes[(name, where)] = lane
            while len(self._lanes) > _MOST_LANES:
                self._lanes.popitem(last=False)
            return lane
