"""The part of the MES client that speaks of work items and effects, as a bot's worker takes and ends them."""

from collections.abc import Iterable, Iterator
from typing import Any, Unpack
from urllib.parse import quote

import httpx

from mes_core.client.predictive import Held, _Calls
from mes_core.messages import schedules as s
from mes_core.messages import views as v
from mes_core.messages import work as w

PAGE = 500


class WorkCalls:
    """Items claimed, renewed and ended, and the effects that they have elsewhere."""

    def claim(
        self: _Calls,
        worker: str,
        jobs: Iterable[str],
        secret: str,
        *,
        restarted: bool = False,
        business_key: str | None = None,
        content: Iterable[v.Content] = (),
        **held: Unpack[Held],
    ) -> v.WorkItemView | None:
        """Take the next work item of these jobs, or the one with this business key, or None when there is none.

        From then on this client acts under the lease of that item, until it claims again.

        Args:
            worker: stable name of the worker.
            jobs: which items to take.
            secret: known to this host alone; long and random.
            restarted: take back what a dead process of this worker on this host held.
            business_key: of the one item to take.
            content: what the worker would run; in production it has to be approved.
        """
        told = {"worker": worker, "jobs": tuple(jobs), "secret": secret, "restarted": restarted}
        body = v.ClaimRequest.model_validate({**told, "business_key": business_key, "content": tuple(content)})
        self.act_under(None)
        answer = self._request("POST", "/api/work-items/claim", body, held=held)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        item = v.WorkItemView.model_validate_json(answer.content)
        self.act_under(f"{item.item_id} {item.epoch} {secret}")
        return item

    def renew(self: _Calls, item: v.WorkItemView) -> v.LeaseView:
        """Let the lease that `item` was claimed under go on for another while."""
        return self._post(f"/api/work-items/{_q(item.item_id)}/renew", v.RenewLease(epoch=item.epoch), v.LeaseView)

    def tell_steps(self: _Calls, item_id: str, told: w.TellSteps) -> None:
        """Tell the steps of a running item so far, for people who look on."""
        self._request("POST", f"/api/work-items/{_q(item_id)}/steps", told)

    def live(self: _Calls, item_id: str) -> w.LiveView:
        """An item with the steps of its attempt, as they stand now."""
        return self._get(f"/api/work-items/{_q(item_id)}/live", w.LiveView)

    def next_start(self: _Calls, jobs: Iterable[str], business_key: str | None = None) -> float | None:
        """Seconds until an item of these jobs that is tried again may start; None without one."""
        params = {"jobs": list(jobs), "business_key": business_key}
        return self._get("/api/work-items/next-start", v.NextStart, params).in_s

    def wait_for_items(self: _Calls, jobs: Iterable[str], after: int | None, seconds: float) -> w.Rang:
        """Wait for so many seconds, 5 at most, until an item of these jobs is queued after a place of the queue.

        Without a place: the newest one, at once.
        """
        params: dict[str, Any] = {"jobs": list(jobs), "seconds": seconds}
        if after is not None:
            params["after"] = after
        return self._get("/api/work-items/bell", w.Rang, params)

    def complete(
        self: _Calls,
        item: v.WorkItemView,
        output: dict[str, Any] | None = None,
        evidence: v.EvidenceRef | None = None,
        **held: Unpack[Held],
    ) -> v.WorkItemView:
        """Report an item done, under the lease that `item` was claimed with."""
        body = v.ItemDone(epoch=item.epoch, output=output or {}, evidence=evidence)
        return self._post(f"/api/work-items/{_q(item.item_id)}/complete", body, v.WorkItemView, held=held)

    def fail(
        self: _Calls,
        item: v.WorkItemView,
        family: v.Family,
        code: str,
        message: str,
        evidence: v.EvidenceRef | None = None,
        **held: Unpack[Held],
    ) -> v.WorkItemView:
        """Report why an item failed, under the lease that `item` was claimed with."""
        body = v.ItemFailed(epoch=item.epoch, family=family, code=code, message=message, evidence=evidence)
        return self._post(f"/api/work-items/{_q(item.item_id)}/fail", body, v.WorkItemView, held=held)

    def work_items(
        self: _Calls, *, state: str | None = None, batch_id: str | None = None
    ) -> tuple[v.WorkItemView, ...]:
        """Work items, oldest first."""
        params = {"state": state or None, "batch_id": batch_id or None}
        return tuple(self._each("/api/work-items", v.WorkItemView, params))

    def each_work_item(
        self: _Calls, *, state: str | None = None, batch_id: str | None = None, job: str | None = None, page: int = PAGE
    ) -> Iterator[v.WorkItemView]:
        """Work items, oldest first, `page` of them at a time."""
        params = {"state": state or None, "batch_id": batch_id or None, "job": job}
        return self._each("/api/work-items", v.WorkItemView, params, page)

    def get_item(self: _Calls, item_id: str) -> v.WorkItemView:
        """One work item."""
        return self._get(f"/api/work-items/{_q(item_id)}", v.WorkItemView)

    def change_item(self: _Calls, item_id: str, change: w.ChangeItem, **held: Unpack[Held]) -> v.WorkItemView:
        """Try an item again, cancel it, or free it from a worker that is gone (people only)."""
        return self._post(f"/api/work-items/{_q(item_id)}/changes", change, v.WorkItemView, held=held)

    def schedules(self: _Calls) -> tuple[s.ScheduleView, ...]:
        """Schedules in force, with their next five moments."""
        return tuple(self._each("/api/schedules", s.ScheduleView, {}))

    def set_schedule(self: _Calls, change: s.SetSchedule, **held: Unpack[Held]) -> tuple[s.ScheduleView, ...]:
        """Make, change or end a schedule, signed (people only); those in force then."""
        return self._post("/api/schedules", change, v.Page[s.ScheduleView], held=held).items

    def ask_for_item(
        self: _Calls,
        job: str,
        business_key: str,
        batch_id: str,
        payload: dict[str, Any] | None = None,
        **held: Unpack[Held],
    ) -> v.WorkItemView:
        """Queue an item; the same business key again returns the one that is there."""
        body = v.NewWorkItem(job=job, business_key=business_key, batch_id=batch_id, payload=payload or {})
        return self._post("/api/work-items", body, v.WorkItemView, held=held)

    def register_effect(self: _Calls, effect: v.NewEffect, **held: Unpack[Held]) -> v.EffectView:
        """Write down the intent of a change in another system, before the act."""
        return self._post("/api/effects", effect, v.EffectView, held=held)

    def act_on_effect(
        self: _Calls,
        effect_id: str,
        item_id: str,
        epoch: int,
        details: dict[str, Any] | None = None,
        **held: Unpack[Held],
    ) -> v.EffectView:
        """Ask whether a request for an effect may leave now, under this lease; it is noted that it does."""
        body = v.ActEffect(item_id=item_id, epoch=epoch, details=details)
        return self._post(f"/api/effects/{_q(effect_id)}/act", body, v.EffectView, held=held)

    def confirm_effect(
        self: _Calls, effect_id: str, confirmation: v.ConfirmEffect, **held: Unpack[Held]
    ) -> v.EffectView:
        """Report the read-back after the act; a count other than 1 puts the effect in doubt and holds the batch."""
        return self._post(f"/api/effects/{_q(effect_id)}/confirm", confirmation, v.EffectView, held=held)

    def effects(self: _Calls, batch_id: str) -> tuple[v.EffectView, ...]:
        """The effects of a batch."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/effects", v.EffectView, {}))


def _q(part: str) -> str:
    return quote(part, safe="")
