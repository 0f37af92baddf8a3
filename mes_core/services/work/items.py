"""Work items as workers take them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.domain.states import LEFT, SUPPLIED, State
from mes_core.messages import views as v
from mes_core.messages.filing import FILINGS_CHAIN
from mes_core.messages.predictive import MODELS_CHAIN
from mes_core.services import aside, leases, outbox
from mes_core.services.batches import views
from mes_core.services.batches.deviations import stop
from mes_core.services.core import Change, Core, dumps, iso, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import WorkItemColumns, WorkItemRow
from mes_core.services.work import queue
from mes_core.services.work.approved import jobs_that_may_run

STORE = "system:store"
"""The chain that tells of the store itself."""
MOST_ATTEMPTS = 3
_OPEN = frozenset({"queued", "running"})
OUTAGE = tuple(timedelta(seconds=seconds) for seconds in (2, 8, 60, 300, 900, 1800, 1800))
"""Waits before an item is tried again whose site can't be reached: an outage of an hour needs no person."""


class Work(Core):
    """Work items: taken, done, failed."""

    def claim(self, request: v.ClaimRequest, actor: Actor) -> v.WorkItemView | None:
        """Take the item of these jobs with the least time left that is queued, or whose worker's lease has run out.

        A worker that was restarted also takes what its dead process held: account, name and host are the same.

        Raises:
            Forbidden: a person or the program: items are claimed by bots.
            Conflict: this is production, and what the worker would run is not approved.
        """
        if not isinstance(actor, BotPrincipal):
            raise Forbidden("Work items are claimed by bots: people try them again, cancel or adopt them.")
        now = self.now()
        with self._store.write() as work:
            if self._production:
                may = jobs_that_may_run(work, request.jobs, request.content)
                request = request.model_copy(update={"jobs": may})
            row = None if stands_still(work) else self._next_item(work, request, actor, now)
            if row is None:
                return None
            changed: WorkItemColumns = {
                "state": "running",
                "attempts": row["attempts"] + 1,
                "epoch": row["epoch"] + 1,
                "worker": request.worker,
                "lease_until": iso(now + leases.LEASE),
            }
            work.change("work_items", {"item_id": row["item_id"]}, **changed)
            leases.begin(work, {**row, **changed}, now)
            host = leases.host_of(request.secret)
            # Evidence is named by this number, so it never begins anew: not even after a person has asked once more.
            attempt = leases.claims(work, row) + 1
            new = {"worker": request.worker, "attempt": attempt, "host": host}
            write_audit(work, row["batch_id"], actor, now, Change(leases.CLAIMED, row["item_id"], row["state"], new))
            return views.item_view({**row, **changed}).model_copy(update={"attempt": attempt})

    def _next_item(self, work: UnitOfWork, request: v.ClaimRequest, actor: Actor, now: datetime) -> WorkItemRow | None:
        if request.business_key:
            one = work.get("work_items", business_key=request.business_key)
            found = [one] if one and one["job"] in request.jobs and one["state"] in _OPEN else []
            rows = iter([(row, leases.until(work, row)) for row in found])
        else:
            rows = queue.waiting(work, request.jobs)
        for row, ends in rows:
            if row["state"] == "queued" and iso(now) < (row["not_before"] or "") <= iso(now + 2 * max(OUTAGE)):
                continue  # one that is put off for longer than any is was put off by a clock that was ahead
            if row["state"] == "running" and leases.in_force(ends, now):
                mine = request.restarted and leases.taken_by(work, row, actor, request.worker, request.secret)
                if not mine:
                    continue
            if row["state"] == "running" and row["attempts"] >= MOST_ATTEMPTS:
                _give_up(work, row, actor, now)
            elif unusable(row):
                _set_aside(work, row, actor, now)
            elif _may_start(work, row):
                return row
        return None

    def renew(self, item_id: str, renewal: v.RenewLease, actor: Actor) -> v.LeaseView:
        """Let the lease of an item that runs go on for another while, for as long as its worker lives.

        Raises:
            Conflict: the lease has ended or is another's: whoever had it ends the item without another change.
            Forbidden: not the bot and host that claimed it.
        """
        now = self.now()
        with self._store.write() as work:
            row = leases.running(work, item_id, renewal.epoch, actor)
            ends = leases.renew(work, row, now)
        return v.LeaseView(item_id=item_id, epoch=renewal.epoch, until=datetime.fromisoformat(ends))

    def check_lease(self, actor: Actor) -> None:
        """See that a bot holds the lease that it says it acts under.

        Raises:
            NotFound: there is no such item.
            Conflict: the lease was lost.
            Forbidden: no bot, or not the account and host that claimed the item.
        """
        lease = actor.lease if isinstance(actor, BotPrincipal) else None
        if lease is None:
            raise Forbidden("Only a bot does this, under the lease of a work item that it claimed.")
        with self._store.read() as work:
            leases.running(work, lease.item_id, lease.epoch, actor)

    def next_start(self, jobs: Sequence[str], business_key: str | None = None) -> v.NextStart:
        """When the first item of these jobs that is to be tried again may start, by the clock of the MES."""
        with self._store.read() as work:
            first = queue.first_retry(work, jobs, business_key)
        if first is None:
            return v.NextStart(in_s=None)
        return v.NextStart(in_s=max(0.0, (datetime.fromisoformat(first) - self.now()).total_seconds()))

    def newest_place(self) -> int:
        """Place in the queue of the item that came last; 0 without one."""
        with self._store.read() as work:
            return queue.newest(work)

    def queued_since(self, jobs: Sequence[str], place: int) -> bool:
        """Whether an item of these jobs came after a place of the queue and waits."""
        with self._store.read() as work:
            return queue.queued_since(work, jobs, place)

    def complete(self, item_id: str, done: v.ItemDone, actor: Actor) -> v.WorkItemView:
        """Report an item done.

        Raises:
            Conflict: the lease was lost to another worker, or the item is not running.
        """
        now = self.now()
        with self._store.write() as work:
            row = leases.running(work, item_id, done.epoch, actor)
            changed: WorkItemColumns = {
                "state": "done",
                "finished_at": iso(now),
                "output": dumps(done.output),
                "evidence": dumps(done.evidence.model_dump()) if done.evidence else None,
                "family": None,
                "code": None,
                "message": None,
            }
            work.change("work_items", {"item_id": item_id}, **changed)
            evidence = done.evidence.model_dump() if done.evidence else None
            write_audit(work, row["batch_id"], actor, now, Change("work item done", item_id, "running", evidence))
            return views.item_view({**row, **changed})

    def fail(self, item_id: str, failed: v.ItemFailed, actor: Actor) -> v.WorkItemView:
        """Report why an item failed.

        An APPLICATION failure is queued again after a while, three times in all, and for over an hour while a site
        can't be reached, unless its time runs out meanwhile; everything else waits for a person, and a QUALITY failure
        also opens a deviation and holds the batch. One about a model holds none: its drift check keeps the model from
        holding batches.

        Raises:
            Conflict: the lease was lost to another worker, or the item is not running.
        """
        now = self.now()
        with self._store.write() as work:
            row = leases.running(work, item_id, failed.epoch, actor)
            again_at = _again_at(row, failed, now)
            again = again_at is not None
            message = failed.message if again else leases.with_what_is_unread(work, row, failed.message)
            evidence = failed.evidence.model_dump() if failed.evidence else None
            changed: WorkItemColumns = {
                "state": "queued" if again else "waiting",
                "finished_at": None if again else iso(now),
                "not_before": iso(again_at) if again_at else None,
                "family": failed.family.value,
                "code": failed.code,
                "message": message,
                "evidence": dumps(evidence) if evidence else None,
            }
            work.change("work_items", {"item_id": item_id}, **changed)
            new = {"family": failed.family.value, "code": failed.code, "state": changed["state"], "evidence": evidence}
            failure = Change("work item failed", item_id, "running", new, message)
            write_audit(work, row["batch_id"], actor, now, failure)
            if failed.family is v.Family.QUALITY and row["batch_id"] not in (MODELS_CHAIN, FILINGS_CHAIN):
                stop(work, row["batch_id"], f"item:{item_id}:{row['epoch']}", failed.message, actor, now)
            return views.item_view({**row, **changed})

    def work_items(self, *, state: str | None = None, batch_id: str | None = None) -> tuple[v.WorkItemView, ...]:
        """Work items, oldest first."""
        chosen = _chosen(state, batch_id)
        with self._store.read() as work:
            if batch_id:
                the_batch(work, batch_id)
            rows = work.find("work_items", order=("place",), limit=None, offset=0, within=None, **chosen)
        return tuple(views.listed_item(row) for row in rows)

    def work_items_page(
        self,
        *,
        limit: int,
        offset: int = 0,
        state: str | None = None,
        batch_id: str | None = None,
        job: str | None = None,
    ) -> v.Page[v.WorkItemView]:
        """One page of work items, oldest first."""
        chosen = _chosen(state, batch_id, job)
        with self._store.read() as work:
            if batch_id:
                the_batch(work, batch_id)
            rows = work.find("work_items", order=("place",), limit=limit, offset=offset, within=None, **chosen)
            total = work.count("work_items", **chosen)
        return v.Page[v.WorkItemView](items=tuple(views.listed_item(row) for row in rows), total=total)


def _chosen(state: str | None, batch_id: str | None, job: str | None = None) -> WorkItemColumns:
    """What was asked for; what was not is left open."""
    chosen: WorkItemColumns = {}
    if state:
        chosen["state"] = state
    if batch_id:
        chosen["batch_id"] = batch_id
    if job:
        chosen["job"] = job
    return chosen


def stands_still(work: UnitOfWork) -> bool:
    """Whether the queues stand still: after a restore, effects since the backup are compared with the sites first."""
    restored = work.find("audit", batch_id=STORE, action="store restored", order=("-number",), limit=1)
    if not restored:
        return False
    going = work.find("audit", batch_id=STORE, action="queues let go on", order=("-number",), limit=1)
    return not going or going[0]["number"] < restored[0]["number"]


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 2 s, 8 s, and so on, at most five minutes."""
    return min(timedelta(seconds=2 * 4 ** (attempts - 1)), timedelta(minutes=5))


def _again_at(row: WorkItemRow, failed: v.ItemFailed, now: datetime) -> datetime | None:
    """When an item that failed is tried again; None when it waits for a person."""
    if failed.family is not v.Family.APPLICATION:
        return None
    attempts = row["attempts"]
    if attempts < MOST_ATTEMPTS:
        return now + backoff(attempts)
    if failed.code == v.SITE_UNREACHABLE and attempts <= len(OUTAGE):
        at = now + OUTAGE[attempts - 1]
        return at if iso(at) < row["due_at"] else None  # a person can still book by telephone
    return None


def _may_start(work: UnitOfWork, row: WorkItemRow) -> bool:
    """A courier item rests while its batch is on hold: nothing is booked for what a person has stopped.

    One whose worker died after the shipment was recorded is finished all the same: nothing is left to be done twice.
    """
    if row["job"] not in (outbox.COURIER, outbox.REBOOKING):
        return True
    return State(the_batch(work, row["batch_id"])["state"]) in SUPPLIED | LEFT


def unusable(row: WorkItemRow) -> bool:
    """Whether nothing can be made of what an item says: from before there were bounds, or damaged."""
    return "not_shown" in (aside.fields(row["payload"]) or {})


def _set_aside(work: UnitOfWork, row: WorkItemRow, actor: Actor, now: datetime) -> None:
    """An item that no bot can read waits for a person; those behind it go on."""
    message = "Its payload is too deep, too large or damaged: no bot can read it; a person cancels it and asks anew."
    changed: WorkItemColumns = {"state": "waiting", "family": v.Family.BUSINESS.value, "code": "unreadable"}
    new = dict(changed)
    changed.update({"finished_at": iso(now), "message": message})
    work.change("work_items", {"item_id": row["item_id"]}, **changed)
    write_audit(
        work, row["batch_id"], actor, now, Change("work item failed", row["item_id"], row["state"], new, message)
    )


def _give_up(work: UnitOfWork, row: WorkItemRow, actor: Actor, now: datetime) -> None:
    """An item that takes its worker down each time would otherwise be claimed for ever."""
    message = leases.with_what_is_unread(
        work,
        row,
        f"{row['attempts']} times nothing more was heard of the worker that had it: a person looks at its evidence.",
    )
    changed: WorkItemColumns = {"state": "waiting", "family": v.Family.APPLICATION.value, "code": "worker_lost"}
    new = dict(changed)
    changed.update({"finished_at": iso(now), "message": message})
    work.change("work_items", {"item_id": row["item_id"]}, **changed)
    write_audit(
        work, row["batch_id"], actor, now, Change("work item failed", row["item_id"], row["state"], new, message)
    )
