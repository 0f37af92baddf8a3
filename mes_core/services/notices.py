"""Reminders and escalations that leave the plant's walls: which were not told yet, and that they were.

What was told stands in a chain of its own, so that a notice goes out once however many servers tick; one that could not
be sent is not noted, and goes with the next tick.
"""

import json
from collections.abc import Callable

from mes_core.domain.principals import Actor
from mes_core.services.core import Change, Core, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import DueNoticeRow

NOTICES = "system:notices"
"""The chain that tells which notices were sent."""
_SENT = "notices sent"
_AT_ONCE = 100


class Notices(Core):
    """What is sent to people who are not looking at the console."""

    def send_notices(self, send: Callable[[list[DueNoticeRow]], None], actor: Actor) -> int:
        """Hand every notice that was not sent yet to `send`, oldest first; how many there were.

        Args:
            send: sends them; whatever it raises keeps them for the next time.
            actor: on whose behalf.
        """
        with self._store.read() as work:
            fresh = _fresh(work)
        if not fresh:
            return 0
        send(fresh)
        now = self.now()
        with self._store.write() as work:
            told = {"up_to": fresh[-1]["told_at"], "notices": [row["notice_id"] for row in fresh]}
            write_audit(work, NOTICES, actor, now, Change(_SENT, "notices", None, told))
        return len(fresh)

    def begin_notices(self, actor: Actor) -> None:
        """Begin with what comes from now on: years of notices are not sent at once when sending is switched on."""
        now = self.now()
        with self._store.write() as work:
            if work.find("audit", batch_id=NOTICES, limit=1):
                return
            last = work.find("due_notices", order=("-told_at",), limit=1)
            up_to = last[0]["told_at"] if last else ""
            there = [row["notice_id"] for row in work.find("due_notices", told_at=up_to)] if up_to else []
            told = Change(_SENT, "notices", None, {"up_to": up_to, "notices": there}, "Sending begins.")
            write_audit(work, NOTICES, actor, now, told)


def _fresh(work: UnitOfWork) -> list[DueNoticeRow]:
    """Notices later than the newest that was sent, and those of its very moment that were not."""
    sent = work.find("audit", batch_id=NOTICES, order=("-number",), limit=20)
    told = [json.loads(row["new"] or "{}") for row in sent]
    up_to = max((one["up_to"] for one in told), default="")
    known = {name for one in told for name in one["notices"]}
    rows = work.find("due_notices", order=("told_at", "notice_id"))
    return [row for row in rows if row["told_at"] >= up_to and row["notice_id"] not in known][:_AT_ONCE]
