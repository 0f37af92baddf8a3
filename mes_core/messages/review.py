"""What a review says: observations of other systems in, a verdict with findings out."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from mes_core.messages.record import Instant, Message, View


class Severity(StrEnum):
    """How grave a finding is. Critical and major findings hold the batch; minor ones inform."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class VerdictKind(StrEnum):
    """What a review concludes; never a disposition, which only a person gives."""

    READY = "READY"
    HOLD = "HOLD"
    REJECT_PROPOSED = "REJECT_PROPOSED"
    UNDECIDED = "UNDECIDED"


class Closure(StrEnum):
    """How a person closes a finding."""

    CORRECTED = "corrected"
    JUSTIFIED = "justified"
    ESCALATED = "escalated"


class Observation(Message):
    """One table as a bot read it from another system, complete (all pages), cells as text under the page's headers.

    `system` is `lims` or `erp`; `table` is `results`, `samples`, `consumption` or `stock`. `complete` is False when the
    reader could not establish that it saw every row; rules that need the table then do not pass.
    """

    system: str
    table: str
    page: str
    read_at: Instant
    rows: tuple[dict[str, Any], ...] = ()
    complete: bool = True


class SourceRef(View):
    """Where a fact came from: system, page (or file), row, and the time it was read."""

    system: str
    page: str = ""
    row: str = ""
    read_at: Instant | None = None


class FindingFact(View):
    """One fact that shows a finding."""

    path: str
    value: Any = None
    source: SourceRef | None = None


class Finding(View):
    """One rule not satisfied (or not able to run), with the facts that show it."""

    rule: str
    severity: Severity
    clause: str
    title: str
    text: str
    next_step: str = ""
    fields: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    facts: tuple[FindingFact, ...] = ()


class Verdict(View):
    """The conclusion of one review, bound to the record and the rules by hashes (SHA-256, hexadecimal)."""

    verdict: VerdictKind
    rule_set: str
    rule_set_version: str
    rules_hash: str
    facts_hash: str
    rules_run: int
    selection: str = ""
    """The jurisdictions whose rules applied, and whether draft law was among them."""
    approval: str = ""
    """Whether the rule set was approved when it was used, and by whom; set by the MES, not by the rules."""
    findings: tuple[Finding, ...] = Field(default=())
