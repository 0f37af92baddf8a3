"""What people do about work items: try again, cancel, take one from a worker that is gone, ask for one more."""

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.messages import views as v
from mes_core.messages.predictive import DRIFT_JOB, MODELS_CHAIN
from mes_core.services import outbox
from mes_core.services.batches import views
from mes_core.services.core import Change, Core, iso, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import WorkItemColumns, WorkItemRow

CHECK = "effect_check"
PREDICTIVE_HOLD = "predictive_hold"
ASKED_BY_BOTS = frozenset({CHECK, PREDICTIVE_HOLD, DRIFT_JOB})
"""Jobs that bots may ask for; all others follow from what people do and from records."""


class Jobs(Core):
    """Control of work items. Only people and the program may; a bot can't take an item from another."""

    def get_item(self, item_id: str) -> v.WorkItemView:
        """One work item."""
        with self._store.read() as work:
            return views.item_view(_item(work, item_id))

    def retry_item(self, item_id: str, reason: str, actor: Actor) -> v.WorkItemView:
        """Queue an item again that waits for a person, with all its attempts; its effects keep it from acting twice.

        Raises:
            Conflict: it does not wait for a person.
        """
        again: WorkItemColumns = {"state": "queued", "attempts": 0, "finished_at": None, "not_before": None}
        return self._change(item_id, ("waiting", "cancelled"), "work item tried again", again, reason, actor)

    def cancel_item(self, item_id: str, reason: str, actor: Actor) -> v.WorkItemView:
        """Take an item out of the queue for good.

        Raises:
            Conflict: it is running, done or cancelled.
        """
        gone: WorkItemColumns = {"state": "cancelled", "finished_at": iso(self.now())}
        return self._change(item_id, ("queued", "waiting"), "work item cancelled", gone, reason, actor)

    def adopt_item(self, item_id: str, reason: str, actor: Actor) -> v.WorkItemView:
        """End the lease of a worker that will not come back; should it wake up, nothing it sends is let out any more.

        Raises:
            Conflict: the item is not running.
        """
        free: WorkItemColumns = {"state": "queued", "lease_until": None, "not_before": None}
        return self._change(item_id, ("running",), "work item adopted", free, reason, actor)

    def ask_for_item(self, asked: v.NewWorkItem, actor: Actor) -> v.WorkItemView:
        """Queue an item unless one with this business key is there.

        Raises:
            Invalid: it is a job that follows from something else.
        """
        if isinstance(actor, BotPrincipal) and asked.job not in ASKED_BY_BOTS:
            raise Invalid(f"Nobody asks for {asked.job!r}: it is queued when a record or a decision calls for it.")
        if outbox.job_of_key(asked.business_key) not in (None, asked.job):
            raise Invalid(f"Business keys like {asked.business_key!r} are those of another job: choose another key.")
        now = self.now()
        with self._store.write() as work:
            if (asked.job == DRIFT_JOB) != (asked.batch_id == MODELS_CHAIN):
                raise Invalid(f"A work item of {DRIFT_JOB!r}, and no other, is about {MODELS_CHAIN!r} and not a batch.")
            if asked.job != DRIFT_JOB:
                the_batch(work, asked.batch_id)
            there = work.get("work_items", business_key=asked.business_key)
            if there is not None:
                return views.item_view(there)
            row = outbox.enqueue(
                work, now, job=asked.job, key=asked.business_key, batch_id=asked.batch_id, payload=asked.payload
            )
            write_audit(work, asked.batch_id, actor, now, Change("work item queued", row["item_id"], None, asked.job))
            return views.item_view(row)

    def _change(
        self, item_id: str, states: tuple[str, ...], what: str, changed: WorkItemColumns, reason: str, actor: Actor
    ) -> v.WorkItemView:
        if isinstance(actor, BotPrincipal):
            raise Forbidden(f"Bot {actor.user!r} can't change work items: a person does.")
        now = self.now()
        with self._store.write() as work:
            row = _item(work, item_id)
            if row["state"] not in states:
                raise Conflict(f"Work item {item_id} is {row['state']}: this is for items that are {_either(states)}.")
            changed = {**changed, "epoch": row["epoch"] + 1}
            work.change("work_items", {"item_id": item_id}, **changed)
            write_audit(
                work, row["batch_id"], actor, now, Change(what, item_id, row["state"], changed["state"], reason)
            )
            return views.item_view({**row, **changed})


def _item(work: UnitOfWork, item_id: str) -> WorkItemRow:
    row = work.get("work_items", item_id=item_id)
    if row is None:
        raise NotFound(f"There is no work item {item_id!r}: look at 'batchwright jobs list'.")
    return row


def _either(states: tuple[str, ...]) -> str:
    return " or ".join(states)
