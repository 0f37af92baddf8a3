"""A clock that never goes back: what was written at a time is not followed by what was written before it.

A server whose clock is set back would keep sessions open that are over, leave items with leases of the future, and date
signatures before what they rest on. Reads go on by the newest time that is known; changes are refused in a sentence
until the clock is right again, or an administrator has said at the command line that it was wrong before.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from mes_core.domain.errors import Unavailable
from mes_core.services.ports import Store, UnitOfWork, any_table

TOLERANCE = timedelta(seconds=60)
"""Clocks are set by less than this all the time; times are then held at the newest one."""
_EVERY = timedelta(seconds=10)
_NEWEST = "newest"


class SteadyClock:
    """The time, never before the newest that was written.

    Args:
        clock: what the machine says, zone-aware, UTC.
        store: where the newest time is kept.
    """

    def __init__(self, clock: Callable[[], datetime], store: Store) -> None:
        self._clock, self._store = clock, store
        self._newest: datetime | None = None
        self._known = False

    def now(self) -> datetime:
        """The time; at first the store is asked for the newest one that it has seen."""
        if not self._known:
            with self._store.read() as work:
                self._learn(_stored(work))
            self._known = True
        now = self._clock()
        return now if self._newest is None or now >= self._newest else self._newest

    def hold(self, work: UnitOfWork) -> None:
        """See at the beginning of a change that the clock has not gone back, and note how far it is.

        Raises:
            Unavailable: it has, by more than a minute.
        """
        stored, now = _stored(work), self._clock()
        self._learn(stored)
        if self._newest is not None and now < self._newest - TOLERANCE:
            raise Unavailable(
                f"The clock of this server went back: the newest entry is from {_said(self._newest)}, and it says"
                f" {_said(now)}. Nothing is changed: set the clock right, or if it was wrong before, 'batchwright store"
                " clock' takes the time as it is."
            )
        if stored is None or now - stored > _EVERY:
            _note(work, stored, now)
            self._learn(now)

    def problems(self, work: UnitOfWork) -> list[str]:
        """One sentence when the machine's clock is behind what was written."""
        stored, now = _stored(work), self._clock()
        if stored is None or now >= stored - TOLERANCE:
            return []
        return [
            f"The clock of this machine says {_said(now)}, before what was written at {_said(stored)}: set it right."
        ]

    def reset(self, work: UnitOfWork) -> tuple[datetime | None, datetime]:
        """Take the clock as it is, whatever was written before; returns the newest time until then, and now."""
        stored, now = _stored(work), self._clock()
        _note(work, stored, now)
        self._newest = now
        return stored, now

    def _learn(self, moment: datetime | None) -> None:
        if moment is not None and (self._newest is None or moment > self._newest):
            self._newest = moment


def _stored(work: UnitOfWork) -> datetime | None:
    row = any_table(work).get("clock", name=_NEWEST)
    return datetime.fromisoformat(row["at"]) if row else None


def _note(work: UnitOfWork, stored: datetime | None, now: datetime) -> None:
    at = now.isoformat(timespec="microseconds")
    if stored is None:
        any_table(work).add("clock", [{"name": _NEWEST, "at": at}])
    else:
        any_table(work).change("clock", {"name": _NEWEST}, at=at)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
