"""Pages over the plant: the flow of batches, shipments with their ways, the queue, what is due, the trail."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from mes_core.domain.states import SUPPLIED, State
from mes_core.messages import boards as b
from mes_core.messages import conditional as c
from mes_core.messages import journeys as j
from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.services import aside
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches import views
from mes_core.services.batches.together import together
from mes_core.services.core import Core, read_audit, without
from mes_core.services.due import OPEN
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.rows import WorkItemRow

_STAGES = (State.MANUFACTURED, State.ON_HOLD, State.READY, State.CONDITIONALLY_RELEASED, State.RELEASED)
_AGES = 2000


class PlantBoards(Core):
    """Pages over the whole plant, each with few questions."""

    def flow(self) -> b.Flow:
        """Batches by state, how long those in each stage have stood there, first verdicts, and what bots came to."""
        now = self.now()
        with self._store.read() as work:
            table = any_table(work)
            waiting = [_stage(state, ages) for state in _STAGES if (ages := _ages(work, state, now.isoformat()))]
            return b.Flow(
                counts=table.counts("batches", "state"),
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
            rows = cast(
                list[WorkItemRow], table.find("work_items", order=("-place",), limit=limit, offset=offset, **asked)
            )
            if not state and not offset:  # what waits for a person stands first on the first page
                first = {**asked, "state": "waiting", "order": ("place",), "limit": limit}
                waiting = cast(list[WorkItemRow], table.find("work_items", **first))
                rows = [*waiting, *(row for row in rows if row["state"] != "waiting")]
            running = work.find("work_items", state="running", order=("place",), limit=limit)
            return b.Queue(
                items=tuple(_item(row) for row in rows),
                total=table.count("work_items", **asked),
                states=table.counts("work_items", "state"),
                jobs=table.counts("work_items", "job"),
                workers=tuple(_worker(row) for row in running),
            )

    def due_board(self, *, role: str | None = None, limit: int = 50, offset: int = 0) -> b.DueBoard:
        """What is due, soonest first: of a role only, if asked; with the newest reminders and escalations."""
        now = self.now().isoformat(timespec="microseconds")
        asked: dict[str, Any] = {"state": OPEN, **({"role": role} if role else {})}
        with self._store.read() as work:
            table = any_table(work)
            rows = table.find("due_items", order=("due_at", "due_id"), limit=limit, offset=offset, **asked)
            told: dict[str, Any] = {"to_role": role} if role else {}
            notices = table.find("due_notices", order=("-told_at", "-level", "notice_id"), limit=20, **told)
            late = table.counts("due_items", "state", below={"due_at": now}, **asked)
            return b.DueBoard(
                items=tuple(c.DueView.model_validate(row) for row in rows),
                total=table.count("due_items", **asked),
                overdue=sum(late.values()),
                roles=table.counts("due_items", "role", state=OPEN),
                notices=tuple(c.DueNotice.model_validate(row) for row in notices),
            )

    def said_board(self) -> tuple[p.PredictionView, ...]:
        """What models said that nobody has decided on: the risks and what is undecided."""
        with self._store.read() as work:
            rows = work.find("predictions", response=None, order=("-made_at",), limit=_AGES)
        return tuple(
            p.PredictionView.model_validate({**without(row, "number", "document"), "said": json.loads(row["document"])})
            for row in rows
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


def _stage(state: State, ages: list[float]) -> b.Stage:
    return b.Stage(
        state=v.BatchState(state.value), batches=len(ages), median_days=_middle(ages), longest_days=max(ages)
    )


def _worker(row: WorkItemRow) -> tuple[str, str, str, str]:
    return row["worker"] or "-", row["job"], row["batch_id"], row["lease_until"] or ""


def _ages(work: UnitOfWork, state: State, now: str) -> list[float]:
    """Days since the last change of batches in a state."""
    rows = work.find("batches", state=state.value, order=("changed_at",), limit=_AGES)
    return [_days(row["changed_at"], now) for row in rows]


def _days(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 86_400


def _middle(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _item(row: WorkItemRow) -> v.WorkItemView:
    """A work item; one whose documents can't be used is there without them, and says so."""

    def bare(why: str) -> v.WorkItemView:
        empty = {"payload": "{}", "output": None, "evidence": None, "message": f"(can't be shown: {why})"}
        return views.item_view(cast(WorkItemRow, {**row, **empty}))

    return aside.readable(f"work item {row['item_id']}", lambda: views.item_view(row), bare)
