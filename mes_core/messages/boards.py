"""Lists that people work through: batches with exceptions first, findings over batches, what can be signed."""

from typing import Any

from mes_core.messages.causes import HOLDS_ALONE, CauseNote
from mes_core.messages.conditional import DueNotice, DueView
from mes_core.messages.journeys import OptionsView
from mes_core.messages.record import Instant, View
from mes_core.messages.views import BatchState, BatchView, WorkItemView


class Line(View):
    """A batch in a list: where it stands, why, and until when it is of use.

    `why` are the reasons of its open holds, or what a person who asked would be refused for; empty: nothing hinders.
    """

    batch_id: str
    kind: str
    state: BatchState
    product: str
    verdict: str | None = None
    patient_code: str | None = None
    markets: tuple[str, ...] = ()
    infusion_planned_on: str | None = None
    expires_at: Instant | None = None
    open_findings: int = 0
    since: Instant
    why: tuple[str, ...] = ()


class Board(View):
    """One page of batches, and how many there are in each state."""

    lines: tuple[Line, ...]
    total: int
    counts: dict[str, int]


class Cause(View):
    """One rule that open findings of one batch come from; without a rule, a batch that is held by its holds alone."""

    batch_id: str
    state: BatchState
    rule: str = ""
    title: str
    severity: str = ""
    text: str
    findings: int = 0
    infusion_planned_on: str | None = None
    days: int
    owner: str | None = None
    """User name of who has it; None: nobody."""
    owner_name: str | None = None
    notes: tuple[CauseNote, ...] = ()
    """What people noted on it, oldest first."""

    @property
    def key(self) -> str:
        """The rule, or what stands for it where there is none."""
        return self.rule or HOLDS_ALONE

    @property
    def newest(self) -> int:
        """Number of the newest note; 0: none."""
        return self.notes[-1].number if self.notes else 0


class Causes(View):
    """One page of exceptions, and in how many batches each rule has open findings."""

    causes: tuple[Cause, ...]
    batches: int
    rules: dict[str, int]
    owners: dict[str, int]
    """How many causes each person has, and "" for those that nobody has."""


class Hit(View):
    """What a search found: a batch, and by what."""

    kind: str
    key: str
    batch_id: str
    about: str = ""


class Check(View):
    """One line of the checklist of a release: what was looked at, whether it is in order, and what stands there."""

    name: str
    fine: bool
    text: str


class Limited(View):
    """A result against its limits. `inside` is None where there is no limit or no number: it is not shown to be in."""

    name: str
    text: str
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    inside: bool | None = None
    step_id: str | None = None

    @property
    def limited(self) -> bool:
        """Whether there is a limit to hold it against."""
        return self.low is not None or self.high is not None


class Trend(View):
    """A number of a batch, its limits in the record, and those of earlier batches of its product, the oldest first."""

    name: str
    batch_id: str
    value: float
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    earlier: tuple[tuple[str, float], ...] = ()


class Checklist(View):
    """What a person who signs a release would sign under."""

    checks: tuple[Check, ...]
    results: tuple[Limited, ...]
    without_limits: int
    hindrances: tuple[str, ...]


class Version(View):
    """A version of a record, and what changed from the one before: place, old value, new value."""

    version: int
    record_hash: str
    stored_at: Instant
    stored_by: str
    changes: tuple[tuple[str, Any, Any], ...] = ()
    more: int = 0


class Stage(View):
    """Batches that stand in one state: how many, and for how many days."""

    state: BatchState
    batches: int
    median_days: float
    longest_days: float


class Flow(View):
    """The plant at a glance: batches and work items by state, stages, first verdicts, failures by code."""

    counts: dict[str, int]
    stages: tuple[Stage, ...]
    first_verdicts: dict[str, int]
    items: dict[str, int]
    failures: dict[str, int]

    @property
    def right_first_time(self) -> float | None:
        """Share of batches whose first review found them ready; None before the first review."""
        total = sum(self.first_verdicts.values())
        return self.first_verdicts.get("READY", 0) / total if total else None

    @property
    def bots_success(self) -> float | None:
        """Share of ended work items that ended without a person; None before the first one."""
        ended = self.items.get("done", 0) + self.items.get("waiting", 0)
        return self.items.get("done", 0) / ended if ended else None


class Way(View):
    """A batch that is to leave, with the ways that were assessed for it; None: none yet."""

    batch: BatchView
    options: OptionsView | None = None


class Queue(View):
    """One page of work items; how many there are by state and job; workers with what they have in hand."""

    items: tuple[WorkItemView, ...]
    total: int
    states: dict[str, int]
    jobs: dict[str, int]
    workers: tuple[tuple[str, str, str, str], ...] = ()


class DueBoard(View):
    """One page of what is due; how many items there are, are overdue, and belong to each role."""

    items: tuple[DueView, ...]
    total: int
    overdue: int
    roles: dict[str, int]
    notices: tuple[DueNotice, ...] = ()
