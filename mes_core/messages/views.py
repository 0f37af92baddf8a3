"""What the MES answers and accepts besides records and verdicts: views of its state, and the bodies of its requests."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import Field, TypeAdapter, field_validator

from mes_core.messages.approvals import Content as Content
from mes_core.messages.bounds import FIRST, LAST, Small
from mes_core.messages.conditional import ConditionView as ConditionView
from mes_core.messages.conditional import PendingTest as PendingTest
from mes_core.messages.deviations import DeviationView as DeviationView
from mes_core.messages.deviations import NewDeviation as NewDeviation
from mes_core.messages.effects import ActEffect as ActEffect
from mes_core.messages.effects import ConfirmEffect as ConfirmEffect
from mes_core.messages.effects import EffectView as EffectView
from mes_core.messages.effects import NewEffect as NewEffect
from mes_core.messages.filing import FilingView as FilingView
from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.review import Closure, Finding, Observation, Verdict
from mes_core.messages.signatures import Signed

Item = TypeVar("Item")


class Page(View, Generic[Item]):
    """One page of a list, and how long the whole list is."""

    items: tuple[Item, ...]
    total: int


class BatchState(StrEnum):
    """Where a batch stands on its way."""

    MANUFACTURED = "manufactured"
    READY = "ready"
    ON_HOLD = "on_hold"
    CONDITIONALLY_RELEASED = "conditionally_released"
    OUT_OF_SPECIFICATION = "out_of_specification"
    RELEASED = "released"
    CONDITIONALLY_SHIPPED = "conditionally_shipped"
    SHIPPED = "shipped"
    FILED = "filed"
    LATE_POSITIVE = "late_positive"
    REJECTED = "rejected"


class Disposition(StrEnum):
    """What a person decides about a batch and signs."""

    CONDITIONALLY_RELEASED = "conditionally_released"
    OUT_OF_SPECIFICATION = "out_of_specification"
    RELEASED = "released"
    REJECTED = "rejected"
    HELD = "held"


class Family(StrEnum):
    """The three families in which a work item fails; only APPLICATION is retried."""

    BUSINESS = "BUSINESS"
    APPLICATION = "APPLICATION"
    QUALITY = "QUALITY"


SITE_UNREACHABLE = "SITE_UNREACHABLE"
"""Code of an APPLICATION failure that is tried again for over an hour, since a site that is down comes back."""


class Principal(View):
    """Who is asking: account name, printed name, `person` or `bot`, and roles."""

    user: str
    printed_name: str
    kind: str
    roles: tuple[str, ...] = ()


class Login(Message):
    """A log-in: account name and password."""

    user: str = Field(max_length=80)
    password: str = Field(max_length=200, repr=False)


class NewPassword(Message):
    """Change one's own password."""

    user: str = Field(max_length=80)
    password: str = Field(max_length=200, repr=False)
    new_password: str = Field(max_length=200, repr=False)


class Session(View):
    """A token for `Authorization: Bearer`, and whose it is."""

    token: str
    expires_at: Instant
    principal: Principal


class HoldView(View):
    """One hold; open while `lifted_at` is None."""

    hold_id: str
    batch_id: str
    kind: str
    reason: str
    opened_at: Instant
    opened_by: str
    lifted_at: Instant | None = None
    lifted_by: str | None = None
    lift_reason: str | None = None


class DispositionView(View):
    """A signed disposition with the parts of the signature: printed name, time, meaning, and what it is bound to."""

    disposition: Disposition
    batch_id: str
    verdict_id: str
    record_hash: str
    reason: str
    meaning: str
    signed_by: str
    printed_name: str
    signed_at: Instant
    pending: tuple[PendingTest, ...] = ()


class Shipment(Message):
    """A shipment as booked and posted, by an assessment; earlier versions had the courier's hold (h) and risk (%)."""

    batch_id: Code
    booking_reference: str
    carrier: str
    slot_id: str
    pickup_at: Instant
    delivery_at: Instant
    erp_posting: str
    shipper_id: str
    customer_reference: str
    assessment_id: str = ""
    hold_time_h: float | None = None
    transit_risk: float | None = None


class BatchView(View):
    """A batch as lists and the console show it."""

    batch_id: str
    kind: str
    product: str
    state: BatchState
    record_version: int
    record_hash: str
    markets: tuple[str, ...] = ()
    patient_code: str | None = None
    donation_number: str | None = None
    treatment_centre: str | None = None
    infusion_planned_on: str | None = None
    manufactured_at: Instant | None = None
    expires_at: Instant | None = None
    verdict: str | None = None
    verdict_id: str | None = None
    open_findings: int = 0
    holds: tuple[HoldView, ...] = ()
    disposition: DispositionView | None = None
    may_be_supplied: bool = False
    not_supplied_because: tuple[str, ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    shipment: Shipment | None = None
    filings: tuple[FilingView, ...] = ()


class FindingView(View):
    """A finding of a stored verdict, and how a person closed it."""

    finding_id: str
    batch_id: str
    status: str
    finding: Finding
    closure: Closure | None = None
    reason: str | None = None
    closed_by: str | None = None
    printed_name: str | None = None
    closed_at: Instant | None = None


class VerdictView(View):
    """A stored verdict. `current` is False once the record, an observation or a newer verdict has overtaken it."""

    verdict_id: str
    batch_id: str
    number: int
    record_hash: str
    record_version: int
    reviewed_at: Instant
    reviewed_by: str
    current: bool
    verdict: Verdict
    findings: tuple[FindingView, ...] = ()


class AuditEntry(View):
    """One entry of a batch's audit trail: who, when, what, old, new, why, and its place in the hash chain."""

    batch_id: str
    number: int
    at: Instant
    user: str
    action: str
    subject: str
    old: Any = None
    new: Any = None
    why: str | None = None
    previous_hash: str
    entry_hash: str


class ReviewRequest(Message):
    """Ask for a verdict; observations given here are stored first, in the same transaction."""

    observations: tuple[Observation, ...] = ()


class ObservationSet(Message):
    """Tables that a bot read from other systems."""

    observations: tuple[Observation, ...]


class NewHold(Message):
    """Open a hold; the key makes it idempotent."""

    kind: str = Field(pattern="^(quality|predictive|logistics)$")
    reason: str = Field(min_length=1, max_length=1000)
    key: str = Field(min_length=1, max_length=200)


class Correction(Signed):
    """Correct one value of the record. `path` is like `parameters/harvest_volume/text`; `old` must
    be what stands there."""

    path: str = Field(min_length=1, max_length=200)
    old: Any = None
    new: Any = None
    reason: str = Field(min_length=3, max_length=1000)


class CloseFinding(Signed):
    """Close a finding, signed with the person's password."""

    closure: Closure
    reason: str = Field(min_length=3, max_length=1000)


class ReviewAgain(Message):
    """Ask for a new review by the bot."""

    reason: str = Field(min_length=3, max_length=1000)


class SignDisposition(Signed):
    """Sign a disposition on one verdict about the record as it is now.

    `pending` names the tests whose final result is missing: a conditional release has some, any other disposition none.
    """

    disposition: Disposition
    verdict_id: str
    record_hash: str
    pending: tuple[PendingTest, ...] = Field(default=(), max_length=10)
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class LiftHold(Signed):
    """Lift a hold, signed."""

    reason: str = Field(min_length=3, max_length=1000)


class ClaimRequest(Message):
    """Ask for the next work item of these jobs; `restarted` also gives back what a dead process of this name held.

    `secret` is known to the worker's host alone: only with it is an item gone on with, or taken back after a restart.
    With a `business_key` only that item is given, or none. `content` is what the worker would run: in production only
    what a second person approved is handed an item.
    """

    worker: str = Field(min_length=1, max_length=100)
    secret: str = Field(min_length=22, max_length=200, repr=False)
    jobs: tuple[str, ...] = Field(min_length=1)
    restarted: bool = False
    business_key: str | None = Field(default=None, max_length=300)
    content: tuple[Content, ...] = Field(default=(), max_length=500)


class RenewLease(Message):
    """Go on with an item for another while, under the lease of this epoch."""

    epoch: int = Field(ge=0)


class LeaseView(View):
    """Until when an item is its worker's."""

    item_id: str
    epoch: int
    until: Instant


class NextStart(View):
    """Seconds, by the clock of the MES, until an item that is tried again may start; None without one."""

    in_s: float | None


class NewWorkItem(Message):
    """Ask for a work item; the business key makes it idempotent."""

    job: str = Field(pattern="^[a-z][a-z0-9_]*$", max_length=80)
    business_key: str = Field(min_length=1, max_length=300)
    batch_id: str = Field(max_length=200)
    payload: Small = Field(default_factory=dict)

    @field_validator("payload")
    @classmethod
    def _due_is_a_time(cls, payload: dict[str, Any]) -> dict[str, Any]:
        due = payload.get("due_at")
        if due is not None and not FIRST <= _INSTANT.validate_python(due) <= LAST:
            raise ValueError(f"due_at lies outside the years {FIRST.year} to {LAST.year - 1}")
        return payload


_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


class EvidenceRef(Message):
    """Where an item's evidence lies: its folder with the SHA-256 of the manifest, and the capsule packed from it."""

    path: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    capsule: str | None = None
    capsule_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class ItemDone(Message):
    """An item's output and evidence. `epoch` is the lease the worker holds."""

    epoch: int
    output: Small = Field(default_factory=dict)
    evidence: EvidenceRef | None = None


class ItemFailed(Message):
    """Why an item failed, in one of three families."""

    epoch: int
    family: Family
    code: str = Field(min_length=1, max_length=80)
    message: str = Field(min_length=1, max_length=2000)
    evidence: EvidenceRef | None = None


class WorkItemView(View):
    """One work item: a batch or a filing, for one bot.

    `attempts` counts from 1 at the first claim, and anew when a person has it tried again; `attempt` is the number of
    the one that was just claimed over the item's whole life, by which its evidence is named, and 0 elsewhere.

    `due_at` is until when it is of use (the cells expire, the infusion is planned, the clock of a filing ends), as ISO
    text so that the order of texts is that of time; `not_before` is when a failed attempt is tried again.
    """

    item_id: str
    job: str
    business_key: str
    batch_id: str
    payload: dict[str, Any] = Field(default_factory=dict)
    state: str
    attempts: int = 0
    attempt: int = 0
    epoch: int = 0
    worker: str | None = None
    created_at: Instant
    due_at: str = "9999-12-31"
    not_before: Instant | None = None
    finished_at: Instant | None = None
    output: dict[str, Any] | None = None
    family: Family | None = None
    code: str | None = None
    message: str | None = None
    evidence: EvidenceRef | None = None
