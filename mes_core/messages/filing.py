"""Filings: events that start clocks, licences, the filings themselves with their drafts, approvals and answers."""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import Field

from mes_core.messages.base import Day
from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.signatures import Signed

Text = str
FILINGS_CHAIN = "system:filings"
"""The chain that tells of filings that are about no single batch, and of licences."""


class EventFields(Message):
    """What an event says. `places` are jurisdictions (US, EU, GB, CH, OTHER); None where nobody knows.

    `aware_at` is the moment in which the first person knew, ISO text with its offset, or without one where nobody
    knows: then the earliest moment that it can mean counts. `zone` is where that person was (IANA), `aware_who` their
    name. `answers` are yes, no or unknown by question; `details` are further fields of the forms, by name.
    """

    kind: str = Field(max_length=60)
    aware_at: str = Field(min_length=10, max_length=40)
    zone: str | None = Field(default=None, max_length=60)
    aware_who: str | None = Field(default=None, max_length=200)
    places: tuple[Literal["US", "EU", "GB", "CH", "OTHER"], ...] | None = Field(default=None, max_length=5)
    batch_id: Code | None = None
    product: str | None = Field(default=None, min_length=1, max_length=80)
    case_id: Code | None = None
    day: Day | None = None
    closed_on: Day | None = None
    answers: dict[str, Literal["yes", "no", "unknown"]] = Field(default_factory=dict, max_length=20)
    text: str = Field(default="", max_length=4000)
    details: dict[str, str] = Field(default_factory=dict, max_length=40)


class NewEvent(EventFields):
    """Record an event; `source` and `source_key` name it where it comes from, and make it idempotent."""

    source: Code
    source_key: Code


class CorrectEvent(Signed):
    """Correct an event, signed. Only what is given changes; its clocks are worked out again.

    `withdrawn` says that it was none, `duplicate_of` that it is another report of an event, `by_itself` that it is none
    of another event after all. With `version`, the version that was looked at, it is refused where that one has moved.
    """

    changes: dict[str, Any] = Field(default_factory=dict, max_length=20)
    withdrawn: bool | None = None
    duplicate_of: Code | None = None
    by_itself: bool = False
    version: int | None = Field(default=None, ge=1)
    reason: str = Field(min_length=3, max_length=1000)


class EventView(EventFields):
    """An event as it is known now; `questions` are open ones, and the clocks run meanwhile."""

    _bounded: ClassVar[bool] = False
    event_id: str
    version: int
    source: str
    source_key: str
    duplicate_of: str | None = None
    withdrawn: bool = False
    recorded_at: Instant
    recorded_by: str
    reason: str | None = None
    questions: tuple[str, ...] = ()
    created: bool = False


class NewLicence(Signed):
    """Record a licence or authorisation, or correct it, signed. `details` are fields of the forms, by name.

    Periods that had closed before `tracked_from` were filed elsewhere, and are not started here.
    """

    licence_id: Code
    jurisdiction: Literal["US", "EU", "GB", "CH"]
    product: str = Field(min_length=1, max_length=80)
    granted_on: Day
    roles: tuple[Literal["holder", "manufacturer", "importer"], ...] = Field(min_length=1, max_length=3)
    ended_on: Day | None = None
    tracked_from: Day | None = None
    answers: dict[str, Literal["yes", "no", "unknown"]] = Field(default_factory=dict, max_length=20)
    details: dict[str, str] = Field(default_factory=dict, max_length=40)
    reason: str = Field(min_length=3, max_length=1000)


class LicenceView(View):
    """A licence as it stands."""

    licence_id: str
    version: int
    jurisdiction: str
    product: str
    granted_on: Day
    roles: tuple[str, ...]
    ended_on: Day | None = None
    tracked_from: Day | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    details: dict[str, str] = Field(default_factory=dict)
    recorded_at: Instant
    recorded_by: str


class FilingStatus(StrEnum):
    """Where a filing stands. Only `accepted` is filed; `rejected` is not, and its clock runs."""

    OPEN = "open"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NOT_APPLICABLE = "not_applicable"


class FilingView(View):
    """One filing: what it is about, why, by when, where it stands, and what the agency answered.

    `plan_by` is the plant's own day before `due_at`; `undecided` is what nobody knows and counts as yes. `attempt`
    counts submissions of this version, `reference` is the agency's number of the last one.
    """

    filing_id: str
    batch_id: str
    form: str
    clause: str
    applies: bool
    why: str
    due_at: Instant | None = None
    status: str = "open"
    acknowledgement: str | None = None
    submitted_at: Instant | None = None
    document_sha256: str | None = None
    clock_id: str | None = None
    unit_kind: str | None = None
    unit: str | None = None
    jurisdiction: str | None = None
    authority: str | None = None
    event_id: str | None = None
    version: int = 1
    plan_by: Instant | None = None
    begins: Day | None = None
    ends: Day | None = None
    undecided: tuple[str, ...] = ()
    draft_number: int | None = None
    draft_hash: str | None = None
    approved_by: str | None = None
    approved_at: Instant | None = None
    attempt: int = 0
    accepted_at: Instant | None = None
    answer: str | None = None


class DecisionView(View):
    """A clock for an event: whether it is started, and why or why not."""

    clock_id: str
    title: str
    jurisdiction: str
    clause: str
    started: bool
    why: str
    due_at: Instant | None = None
    filing_id: str | None = None


class ClockView(View):
    """A clock of the book, those included that only look applicable."""

    id: str
    title: str
    jurisdiction: str
    authority: str
    category: str
    clause: str
    status: str
    unit: str
    events: tuple[str, ...]
    bound: tuple[str, ...]
    due: str
    zone: str
    channel: str
    form: str
    approve: tuple[str, ...]
    reason: str
    note: str


class DraftField(Message):
    """A field of a draft: its value as text or None, whether it must be there, and the record that it comes from."""

    name: str
    label: str
    value: str | None
    required: bool
    source: str | None


class DraftTable(Message):
    """A table of a draft; each row names the record that it comes from."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]


class DraftView(View):
    """A draft: its fields, its open questions, its hash, and who approved it."""

    filing_id: str
    number: int
    form: str
    title: str
    fields: tuple[DraftField, ...]
    tables: tuple[DraftTable, ...] = ()
    questions: tuple[str, ...] = ()
    content_hash: str
    drafted_at: Instant
    drafted_by: str
    approved_by: str | None = None
    printed_name: str | None = None
    approved_at: Instant | None = None
    meaning: str | None = None


APPROVAL = "I state that this report is true as its records have it, and approve it for submission."
"""What a person signs: the bot declares nothing that it does not say."""


class ApproveDraft(Signed):
    """Approve a draft for submission, signed on its hash; `meaning` states that the report is true (`APPROVAL`)."""

    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    meaning: str = Field(min_length=3, max_length=200)
    reason: str = Field(min_length=3, max_length=1000)


class WithdrawFiling(Signed):
    """End a filing that is not to be submitted, or was withdrawn with the agency, signed."""

    reason: str = Field(min_length=3, max_length=1000)


class AnswerKind(StrEnum):
    """What the agency said: it has it, nothing yet, it accepts it, it rejects it, or it has lost what it had."""

    RECEIPT = "receipt"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LOST = "lost"


class NewAnswer(Message):
    """An answer of the agency to a submission. `attempt` is the one that it answers to.

    A bot tells what it read; a person, who may have been told by telephone, signs for it with the password.
    """

    kind: AnswerKind
    attempt: int = Field(ge=1, le=1000)
    reference: str = Field(min_length=1, max_length=100)
    at: Instant
    document_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    reasons: str = Field(default="", max_length=2000)
    password: str | None = Field(default=None, max_length=200, repr=False)
    user_name: str | None = Field(default=None, max_length=80)


class SubmissionView(View):
    """What a bot may submit now: the approved draft, under which key, and in whose name it is declared."""

    filing: FilingView
    draft: DraftView
    attempt: int
    business_key: str
    product: str
    declared_by: str
    file_name: str


class AnswerView(View):
    """An answer of the agency as it was noted."""

    filing_id: str
    number: int
    batch_id: str
    kind: AnswerKind
    attempt: int
    reference: str
    at: Instant
    reasons: str
    document_sha256: str | None = None
    recorded_at: Instant
    recorded_by: str


class HandOver(Signed):
    """The safety database has sent a case: the number of its message, and when. Signed: it stops the agency's clock."""

    message: str = Field(min_length=1, max_length=100)
    at: Instant
    reason: str = Field(default="", max_length=2000)


class CaseAnswer(Message):
    """What an acknowledgement says of one case: accepted or not, with the words of the agency."""

    message: str = Field(min_length=1, max_length=100)
    accepted: bool
    reasons: str = Field(default="", max_length=2000)
    at: Instant


class DraftRequest(Message):
    """Draft a filing; `given` are a person's answers to open questions, by field."""

    given: dict[str, str] = Field(default_factory=dict, max_length=60)


class SafetyAcknowledgement(Signed):
    """An acknowledgement of safety reports in the electronic form (E2B(R3)), as text; who brings it signs for it."""

    content: str = Field(min_length=10, max_length=1_000_000)
    reason: str = Field(default="", max_length=2000)


class AcknowledgedView(View):
    """The filings that an acknowledgement told of, and in sentences what it says of reports that are none of ours."""

    items: tuple[FilingView, ...]
    total: int
    refused: tuple[str, ...] = ()
