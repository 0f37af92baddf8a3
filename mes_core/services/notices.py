"""Reminders and escalations that leave the plant's walls: which were not told yet, and that they were.

What was told stands in a chain of its own. A server takes notices before it sends them, so that another one that ticks
leaves them alone; what it could not send is free again after five minutes, and keeps none of the others back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from mes_core.domain.principals import Actor
from mes_core.services import aside
from mes_core.services.core import Change, Core, iso, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import DueNoticeRow

NOTICES = "system:notices"
"""The chain that tells which notices were sent."""
_BEGIN, _TAKEN, _SENT = "notices begin", "notices taken", "notices sent"
_AT_ONCE = 100
_TAKEN_FOR = timedelta(minutes=5)
_OVERLAP = timedelta(days=1)
"""A notice may be stored after one that is newer, by a slow tick or a clock that is behind: so far is looked back."""
_ENTRIES = 5_000


class Errand(NamedTuple):
    """One notice by one way."""

    way: str
    notice: DueNoticeRow

    @property
    def name(self) -> str:
        """What the trail calls it."""
        return f"{self.way} {self.notice['notice_id']}"


Send = Callable[[DueNoticeRow], None]


class Notices(Core):
    """What is sent to people who are not looking at the console."""

    def send_notices(self, ways: Mapping[str, Send], actor: Actor) -> tuple[int, tuple[str, ...]]:
        """Send every notice that was not sent yet by every way, oldest first.

        Args:
            ways: by name; what one raises keeps that notice for later, and no other.
            actor: on whose behalf.

        Returns:
            How many were sent, and why others were not.
        """
        errands = self._take_notices(tuple(ways), actor)
        sent: list[Errand] = []
        failed: list[str] = []
        for one in errands:
            try:
                ways[one.way](one.notice)
                sent.append(one)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go
                failed.append(f"{one.name}: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
        if sent:
            now = self.now()
            with self._store.write() as work:
                write_audit(work, NOTICES, actor, now, Change(_SENT, "notices", None, _told(sent)))
        return len(sent), tuple(failed)

    def _take_notices(self, ways: tuple[str, ...], actor: Actor) -> list[Errand]:
        """Take what is to be sent, so that no other server sends it meanwhile."""
        now = self.now()
        with self._store.read() as work:
            if not _fresh(work, ways, now):
                return []
        with self._store.write() as work:
            found = _fresh(work, ways, now)
            if found:
                write_audit(work, NOTICES, actor, now, Change(_TAKEN, "notices", None, _told(found)))
        return found

    def begin_notices(self, actor: Actor) -> None:
        """Begin with what comes from now on: years of notices are not sent at once when sending is switched on."""
        now = self.now()
        with self._store.write() as work:
            if work.find("audit", batch_id=NOTICES, limit=1):
                return
            last = work.find("due_notices", order=("-told_at",), limit=1)
            up_to = last[0]["told_at"] if last else ""
            there = [row["notice_id"] for row in work.find("due_notices", told_at=up_to)] if up_to else []
            told = Change(_BEGIN, "notices", None, {"up_to": up_to, "notices": there}, "Sending begins.")
            write_audit(work, NOTICES, actor, now, told)


def _told(errands: Iterable[Errand]) -> dict[str, object]:
    found = list(errands)
    return {"up_to": max(one.notice["told_at"] for one in found), "notices": [one.name for one in found]}


def _fresh(work: UnitOfWork, ways: tuple[str, ...], now: datetime) -> list[Errand]:
    """What was neither sent nor taken a short while ago, since sending began."""
    first = work.find("audit", batch_id=NOTICES, action=_BEGIN, order=("number",), limit=1)
    begin = {"up_to": "", "notices": [], **((aside.fields(first[0]["new"]) if first else None) or {})}
    known, up_to = set(begin["notices"]), str(begin["up_to"])
    taken: set[str] = set()
    for entry in work.find("audit", batch_id=NOTICES, order=("-number",), limit=_ENTRIES):
        told = {"notices": [], "up_to": "", **(aside.fields(entry["new"]) or {})}
        if entry["action"] == _SENT or (entry["action"] == _TAKEN and entry["at"] > iso(now - _TAKEN_FOR)):
            known.update(told["notices"])
            up_to = max(up_to, told["up_to"]) if entry["action"] == _SENT else up_to
        elif entry["action"] == _TAKEN:
            taken.update(told["notices"])
        if up_to and entry["at"] < _before(up_to, 2 * _OVERLAP):
            break
    since = max(str(begin["up_to"]), _before(up_to, _OVERLAP))
    found = [
        Errand(way, row)
        for row in work.find("due_notices", order=("told_at", "notice_id"))
        if row["notice_id"] not in known
        for way in ways
    ]
    return [one for one in found if one.name not in known and (one.notice["told_at"] >= since or one.name in taken)][
        :_AT_ONCE
    ]


def _before(moment: str, span: timedelta) -> str:
    return iso(datetime.fromisoformat(moment) - span) if moment else ""
