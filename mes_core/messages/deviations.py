"""Deviations, out-of-specification investigations and corrective actions; reviews of an audit trail."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mes_core.messages.record import Instant, Message, View
from mes_core.messages.review import Closure
from mes_core.messages.signatures import Signed


class DeviationKind(StrEnum):
    """What was opened."""

    DEVIATION = "deviation"
    OOS = "oos"
    CAPA = "capa"


class NewDeviation(Message):
    """Open a deviation, an investigation (`oos`) or a corrective action (`capa`); the key makes it idempotent.

    `parent_key` names what a corrective action follows from, on the same batch.
    """

    deviation_key: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    severity: str = Field(default="major", pattern="^(critical|major|minor)$")
    finding_id: str | None = Field(default=None, max_length=200)
    kind: DeviationKind = DeviationKind.DEVIATION
    parent_key: str | None = Field(default=None, max_length=200)


class CloseDeviation(Signed):
    """Close one, signed: its outcome, and the root cause or evidence in words."""

    deviation_key: str = Field(min_length=1, max_length=200)
    outcome: Literal[
        "no_impact",
        "impact_accepted",
        "batch_affected",
        "laboratory_error",
        "confirmed",
        "effective",
        "not_effective",
    ]
    conclusion: str = Field(min_length=3, max_length=2000)


class CloseFindings(Signed):
    """Close findings of one cause together; with an outcome, the deviations named too, as far as the signer may.

    `deviation_keys` are deviations that were opened for these findings, no others. `hand_to` is the user name of
    whoever takes on what is escalated; without one it is due with quality assurance.
    """

    finding_ids: tuple[str, ...] = Field(min_length=1, max_length=2000)
    closure: Closure
    reason: str = Field(min_length=3, max_length=1000)
    outcome: Literal["no_impact", "impact_accepted", "batch_affected"] | None = None
    deviation_keys: tuple[str, ...] = Field(default=(), max_length=2000)
    hand_to: str | None = Field(default=None, max_length=64)


class ClosedGroup(View):
    """What was closed together: how many findings, which deviations ended, and why others remain."""

    batch_id: str
    findings: int
    ended: tuple[str, ...] = ()
    remain: tuple[str, ...] = ()


class DeviationView(View):
    """One of them; open while `closed_at` is None."""

    deviation_key: str
    batch_id: str
    title: str
    severity: str
    opened_at: Instant
    opened_by: str
    finding_id: str | None = None
    kind: DeviationKind = DeviationKind.DEVIATION
    parent_key: str | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None
    printed_name: str | None = None
    outcome: str | None = None
    conclusion: str | None = None
    signature_id: str | None = None


class ReviewTrail(Signed):
    """Sign that the audit trail of a batch was reviewed up to an entry."""

    number: int = Field(ge=1, le=10_000_000)
    reason: str = Field(min_length=3, max_length=1000)


class TrailReview(View):
    """A signed review of an audit trail: up to which entry, by whom."""

    batch_id: str
    number: int
    entry_hash: str
    signature_id: str
    user: str
    printed_name: str
    at: Instant
    reason: str
