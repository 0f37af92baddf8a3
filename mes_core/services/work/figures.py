"""Figures for whoever watches the server: how much waits, how long, and what needs a person. No batch is named."""

from datetime import datetime
from typing import NamedTuple

from mes_core.domain.states import State
from mes_core.messages.predictive import DRIFT_JOB
from mes_core.services import due, outbox
from mes_core.services.core import Core, iso
from mes_core.services.work.items import stands_still
from mes_core.services.work.jobs import CHECK, PREDICTIVE_HOLD

_STATES = ("queued", "running", "waiting", "done", "cancelled")
_JOBS = (
    outbox.REVIEW,
    outbox.COURIER,
    outbox.REBOOKING,
    outbox.TRACKING,
    outbox.FILING,
    PREDICTIVE_HOLD,
    CHECK,
    DRIFT_JOB,
)
OTHER = "other"
"""Jobs of a plant's own bots, together: their names are free, and a label has to be one of a few."""


class Figures(NamedTuple):
    """What is counted.

    Attributes:
        items: work items by job and state.
        oldest_queued_s: age of the oldest item that is queued, in seconds; 0 without one.
        given_up: items that are given up because nothing more was heard of their workers.
        effects_in_doubt: effects of which a site shows none or several.
        batches: batches by state.
        open_holds: holds that nobody has lifted.
        due: what is due and not done.
        overdue: what should have been done by now.
        stands_still: whether no item is handed out since a restore.
    """

    items: dict[tuple[str, str], int]
    oldest_queued_s: float
    given_up: int
    effects_in_doubt: int
    batches: dict[str, int]
    open_holds: int
    due: int
    overdue: int
    stands_still: bool


class Watching(Core):
    """What is counted for those who watch."""

    def figures(self) -> Figures:
        """Everything, from one consistent state."""
        now = self.now()
        with self._store.read() as work:
            items = {(job, state): work.count("work_items", job=job, state=state) for job in _JOBS for state in _STATES}
            for state in _STATES:
                known = sum(items[job, state] for job in _JOBS)
                items[OTHER, state] = work.count("work_items", state=state) - known
            oldest = work.find("work_items", state="queued", order=("place",), limit=1)
            open_due = work.find("due_items", state=due.OPEN)
            return Figures(
                items=items,
                oldest_queued_s=_age_s(oldest[0]["created_at"], now) if oldest else 0.0,
                given_up=work.count("work_items", state="waiting", code="worker_lost"),
                effects_in_doubt=work.count("effects", state="in_doubt"),
                batches={state.value: work.count("batches", state=state.value) for state in State},
                open_holds=work.count("holds", lifted_at=None),
                due=len(open_due),
                overdue=sum(row["due_at"] < iso(now) for row in open_due),
                stands_still=stands_still(work),
            )


def _age_s(created_at: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(created_at)).total_seconds())
