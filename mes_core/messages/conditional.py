"""Conditional release in two stages, and what is due: reminders, escalations, who must be told by when."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, Message, View
from mes_core.messages.signatures import Signed


class FinalTest(StrEnum):
    """Tests whose final result may come after the cells are needed."""

    STERILITY = "Sterility"
    MYCOPLASMA = "Mycoplasma"


class PendingTest(Message):
    """A test that still runs when a batch is released conditionally: what it says so far, and when it ends."""

    test: FinalTest
    so_far: str = Field(min_length=3, max_length=500)
    expected_at: Instant


class FinalOutcome(StrEnum):
    """What a final test said."""

    NEGATIVE = "negative"
    POSITIVE = "positive"


class FinalResult(Message):
    """A final result as the laboratory reports it. A positive one counts at once, final or not."""

    test: FinalTest
    outcome: FinalOutcome
    reported_at: Instant
    source: str = Field(min_length=1, max_length=500)


class SignFinalResult(Signed):
    """Note a final result, signed; a negative one counts only if the laboratory's own table, as last read, says so."""

    test: FinalTest
    outcome: FinalOutcome
    reported_at: Instant
    source: str = Field(min_length=1, max_length=500)


class ConditionView(View):
    """What a conditional release waits for: `waiting`, `negative` or `positive`."""

    batch_id: str
    test: FinalTest
    state: str
    so_far: str
    expected_at: Instant
    reported_at: Instant | None = None
    noted_at: Instant | None = None
    noted_by: str | None = None
    source: str | None = None


class DueKind(StrEnum):
    """What is waited for."""

    FINAL_RESULT = "final_result"
    SECOND_CERTIFICATION = "second_certification"
    NOTICE = "notice"
    FILING = "filing"
    DEVIATION = "deviation"
    OOS = "oos"
    CAPA = "capa"
    PREDICTION = "prediction"
    COURIER = "courier"
    EXPIRY = "expiry"
    MISUSE = "misuse"
    UNREADABLE = "unreadable"
    ESCALATION = "escalation"


class DueView(View):
    """One thing that is due: who has it, by when, after which clause. `level` counts reminders and escalations."""

    due_id: str
    batch_id: str
    kind: DueKind
    subject: str
    text: str
    role: str
    clause: str
    opened_at: Instant
    due_at: Instant
    state: str
    level: int
    done_at: Instant | None = None
    done_by: str | None = None
    note: str | None = None
    signature_id: str | None = None
    owner: str | None = None
    """User name of the person who has taken it on; None: whoever has the role."""


class DueNotice(View):
    """A reminder or an escalation: to whom, when it was planned, and by which tick it was given."""

    notice_id: str
    due_id: str
    batch_id: str
    level: int
    to_role: str
    text: str
    planned_at: Instant
    told_at: Instant


class TickView(View):
    """What one tick did."""

    now: Instant
    opened: int
    ended: int
    reminded: int
    escalated: int
    open: int
    overdue: int


class DueDone(Signed):
    """Sign that something due was done: who was told, how, and by whom."""

    note: str = Field(min_length=3, max_length=1000)


class RegisterEntry(View):
    """One entry of the register of certifications (EU GMP Part IV, 11), in the order of signing."""

    number: int
    batch_id: str
    certification: str
    disposition_id: str
    record_hash: str
    signature_id: str | None = None
    certified_by: str
    printed_name: str
    entered_at: Instant
