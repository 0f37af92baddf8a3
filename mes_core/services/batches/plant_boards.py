"""Pages over the plant: the flow of batches, shipments with their ways, the queue, what is due, the trail."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from mes_core.domain.states import SUPPLIED, State
from mes_core.messages import boards as b
from mes_core.messages import conditional as c
from mes_core.messages import journeys as j
from mes_core.messages import views as v
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches import views
from mes_core.services.batches.together import together
from mes_core.services.core import Core, read_audit, without
from mes_core.services.due import OPEN
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.paging import Groups, in_groups
from mes_core.services.ports.rows import WorkItemRow

_WAITING = "waiting"
"""Work items that wait for a person."""
_STAGES = (State.MANUFACTURED, State.ON_HOLD, State.READY, State.CONDITIONALLY_RELEASED, State.RELEASED)


class PlantBoards(Core):
    """Pages over the whole plant, each with few questions."""

    def flow(self) -> b.Flow:
        """Batches by state, how long those in each stage have stood there, first verdicts, and what bots came to."""
        now = self.now()
        with self._store.read() as work:
            table = any_table(work)
            counts = table.counts("batches", "state")
            waiting = [_stage(work, state, counts[state], now) for state in _STAGES if counts.get(state)]
            return b.Flow(
                counts=counts,
                stages=tuple(waiting),
                first_verdicts=table.counts("verdicts", "verdict", number=1),
                items=table.counts("work_items", "state"),
                failures=without(table.counts("work_items", "code", state="waiting"), "None"),
            )

    def shipments(self, *, limit: int = 25, offset: int = 0) -> tuple[tuple[b.Way, ...], int]:
        """Batches that are to leave, the next infusion first, each with the ways that were assessed and its booking."""
        states = [state.value for state in sorted(SUPPLIED)]
        with self._store.read() as work:
            counts = any_table(work).counts("batches", "state")
            order = ("infusion_on", "batch_id")
            rows = work.find("batches", within={"state": states}, order=order, limit=limit, offset=offset)
            names = [row["batch_id"] for row in rows]
            found = work.find("journey_records", within={"batch_id": names}, kind=kept.ASSESSMENT, order=("number",))
            assessed = {one["batch_id"]: one for one in found}
            at_once = together(work, names)
            ways: list[b.Way] = []
            for row in rows:
                one = assessed.get(row["batch_id"])
                options = None
                if one is not None:
                    options = j.OptionsView.model_validate({**kept.read(one), "assessment_id": one["record_id"]})
                ways.append(b.Way(batch=views.listed_batch(at_once, row), options=options))
        return tuple(ways), sum(counts.get(state, 0) for state in states)

    def queue(self, *, state: str | None = None, job: str | None = None, limit: int = 50, offset: int = 0) -> b.Queue:
        """Work items of a state and a job, the newest first; without a state what waits for a person before them."""
        asked: dict[str, Any] = {name: value for name, value in (("state", state), ("job", job)) if value}
        with self._store.read() as work:
            table = any_table(work)
            counts = table.counts("work_items", "state", **asked)
            others = tuple(one for one in counts if one != _WAITING)
            groups: Groups = (((_WAITING,), ("place",)), (others, ("-place",)))
            rows = cast(
                list[WorkItemRow],
                in_groups(table, "work_items", groups, counts, asked, limit=limit, offset=offset),
            )
            running = work.find("work_items", state="running", order=("place",), limit=limit)
            return b.Queue(
                items=tuple(views.listed_item(row) for row in rows),
                total=sum(counts.values()),
                states=table.counts("work_items", "state"),
                jobs=table.counts("work_items", "job"),
                workers=tuple(_worker(row) for row in running),
            )

    def due_board(self, *, of: Collection[str] = (), limit: int = 50, offset: int = 0) -> b.DueBoard:
        """What is due, soonest first: of some roles only, if asked; with the newest reminders and escalations."""
        now = self.now().isoformat(timespec="microseconds")
        with self._store.read() as work:
            table = any_table(work)
            due: dict[str, Any] = {"state": OPEN, "within": {"role": of} if of else None}
            rows = table.find("due_items", order=("due_at", "due_id"), limit=limit, offset=offset, **due)
            told: dict[str, Any] = {"within": {"to_role": of} if of else None}
            notices = table.find("due_notices", order=("-told_at", "-level", "notice_id"), limit=20, **told)
            roles = table.counts("due_items", "role", state=OPEN)
            late = table.counts("due_items", "role", below={"due_at": now}, state=OPEN)
            return b.DueBoard(
                items=tuple(c.DueView.model_validate(row) for row in rows),
                total=sum(count for role, count in roles.items() if not of or role in of),
                overdue=sum(count for role, count in late.items() if not of or role in of),
                roles=roles,
                notices=tuple(c.DueNotice.model_validate(row) for row in notices),
            )

    def chain(
        self, name: str, *, user: str | None = None, action: str | None = None, limit: int = 50, offset: int = 0
    ) -> v.Page[v.AuditEntry]:
        """One page of a chain of the audit trail, the newest first: of a batch, or of the system."""
        asked: dict[str, Any] = {"batch_id": name}
        asked |= {key: value for key, value in (("user", user), ("action", action)) if value}
        with self._store.read() as work:
            table = any_table(work)
            rows = table.find("audit", order=("-number",), limit=limit, offset=offset, **asked)
            total = table.count("audit", **asked)
        items = tuple(v.AuditEntry.model_validate(read_audit(row)) for row in rows)
        return v.Page[v.AuditEntry](items=items, total=total)


def _stage(work: UnitOfWork, state: State, batches: int, now: datetime) -> b.Stage:
    """Batches in a state, and for how many days since their last change: the middle one of them and the first."""
    middle, first = (_since(work, state, place, now) for place in ((batches - 1) // 2, 0))
    return b.Stage(state=v.BatchState(state.value), batches=batches, median_days=middle, longest_days=first)


def _since(work: UnitOfWork, state: State, place: int, now: datetime) -> float:
    # By the index alone: what stands beside the time is not looked at, and sorting would read every record.
    (row,) = work.find("batches", state=state.value, order=("changed_at",), limit=1, offset=place)
    # One that was damaged keeps nobody from seeing the others: its own page and `verify` say what it is about it.
    return (now - (views.time_or_none(row["changed_at"]) or now)).total_seconds() / 86_400


def _worker(row: WorkItemRow) -> tuple[str, str, str, str]:
    return row["worker"] or "-", row["job"], row["batch_id"], row["lease_until"] or ""
