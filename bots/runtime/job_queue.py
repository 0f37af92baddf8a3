"""Where items come from: a port, and its implementation over the MES's own work items."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from bots.runtime.keeper import LONGEST_S, Keeper
from keywords.failures import Failure
from mes_core.client import MesClient
from mes_core.messages.views import Content, EvidenceRef, WorkItemView

Job = WorkItemView
"""An item as the queue hands it out, with the lease it was claimed under."""


class JobQueue(Protocol):
    """A queue of work items; a claimed item belongs to one worker until it is completed, failed, or its lease ends."""

    def claim(self, jobs: Sequence[str]) -> Job | None:
        """The next item of these jobs, None when there is none."""
        ...

    def next_in(self, jobs: Sequence[str]) -> float | None:
        """Seconds until an item that is to be tried again may start; None when there is none."""
        ...

    def kept(self, job: Job) -> AbstractContextManager[Keeper]:
        """Let the lease of an item run on while it is worked at."""
        ...

    def complete(self, job: Job, output: dict[str, Any], evidence: EvidenceRef) -> None:
        """Report an item done."""
        ...

    def fail(self, job: Job, failure: Failure, evidence: EvidenceRef | None) -> None:
        """Report why an item failed; the family decides whether it is tried again."""
        ...


class MesJobQueue:
    """The queue that the MES keeps beside its batches.

    Args:
        client: Speaks to the MES as the bot.
        worker: Stable name of the worker.
        secret: Known to this host alone; with it an item is gone on with, and taken back after a restart.
        only: Business key of the one item to take; all by default.
        longest_s: Seconds for which an item's lease is renewed at most.
        content: What would be run, as the MES asks for it in production.
    """

    def __init__(
        self,
        client: MesClient,
        worker: str,
        secret: str,
        *,
        only: str | None = None,
        longest_s: float = LONGEST_S,
        content: Sequence[Content] = (),
    ) -> None:
        self._client = client
        self._worker = worker
        self._secret = secret
        self._only = only
        self._longest_s = longest_s
        self._content = tuple(content)
        self._restarted = True

    def claim(self, jobs: Sequence[str]) -> Job | None:
        """The next item of these jobs, None when there is none; at first what a dead process of this worker held."""
        restarted, self._restarted = self._restarted, True  # also what a claim took whose answer never came
        told = {"restarted": restarted, "business_key": self._only, "content": self._content}
        job = self._client.claim(self._worker, jobs, self._secret, **told)  # type: ignore[arg-type]  # one by one
        self._restarted = False
        return job

    def next_in(self, jobs: Sequence[str]) -> float | None:
        """Seconds until an item that is to be tried again may start; None when there is none."""
        return self._client.next_start(jobs, self._only)

    def kept(self, job: Job) -> AbstractContextManager[Keeper]:
        """Let the lease of an item run on while it is worked at."""
        return Keeper(self._client.beside, job, longest_s=self._longest_s)

    def complete(self, job: Job, output: dict[str, Any], evidence: EvidenceRef) -> None:
        """Report an item done."""
        self._client.complete(job, output, evidence, idempotency_key=_report_key(job, "complete"))

    def fail(self, job: Job, failure: Failure, evidence: EvidenceRef | None) -> None:
        """Report why an item failed."""
        key = _report_key(job, "fail")
        self._client.fail(job, failure.family, failure.code, failure.message, evidence, idempotency_key=key)


def _report_key(job: Job, how: str) -> str:
    """Names one report, so that it counts once however often it is sent."""
    return f"{job.item_id}:{job.epoch}:{how}"
