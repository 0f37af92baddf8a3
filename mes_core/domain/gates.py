"""Supply outside of specification: its three gates as data (EU GMP Part IV for advanced therapies, 11.53-11.54)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mes_core.domain.errors import Conflict
from mes_core.domain.principals import Role

REQUEST, EVALUATION, ACCEPTANCE = "physician_request", "risk_evaluation", "acceptance"
WAYS: Mapping[str, str] = {
    "US": (
        "it goes to the United States, to which the three gates of the EU's guideline are not open; a dose outside of"
        " specification is given there under expanded access (21 CFR 312, subpart I), outside of this release."
    ),
    "GB": (
        "it goes to the United Kingdom, for which no text on such a supply is known here; ask the MHRA, and settle the"
        " way with quality assurance first."
    ),
    "CH": (
        "it goes to Switzerland, for which no text on such a supply is known here; ask Swissmedic, and settle the way"
        " with quality assurance first."
    ),
    "": "its record names no market, so that nobody knows whose law it is; correct the record first.",
    "OTHER": "it goes to a market for which no such way is known here; ask its authority first.",
}
"""Why the gates are not open to a batch that goes outside of the European Union, and which way there is."""


@dataclass(frozen=True)
class Gate:
    """One gate: what it is in words, who may record it, and which gate comes before it."""

    words: str
    roles: tuple[Role, ...]
    after: str | None = None


GATES: Mapping[str, Gate] = {
    REQUEST: Gate(
        "the treating physician's request for the patient",
        (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON),
    ),
    EVALUATION: Gate("the manufacturer's evaluation of the risks", (Role.QUALITY_ASSURANCE,), REQUEST),
    ACCEPTANCE: Gate(
        "the physician's acceptance of the product after that evaluation",
        (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON),
        EVALUATION,
    ),
}
"""The gates, in their order."""


def check_order(batch_id: str, gate: str, given_at: datetime, there: Mapping[str, datetime]) -> None:
    """See that a gate follows the one before it, in the store and in time.

    Args:
        batch_id: for the sentence.
        gate: the gate that is to be recorded.
        given_at: when it was given.
        there: when those were given that are recorded.

    Raises:
        Conflict: it is there already, the one before is not, or it is dated before that one.
    """
    if gate in there:
        raise Conflict(f"Batch {batch_id}: {GATES[gate].words} is recorded already.")
    before = GATES[gate].after
    if before and before not in there:
        raise Conflict(f"Batch {batch_id}: record {GATES[before].words} first.")
    if before and given_at < there[before]:
        raise Conflict(f"Batch {batch_id}: {GATES[gate].words} is dated before {GATES[before].words}.")


def missing(recorded: Mapping[str, object], outcomes: Mapping[str, str | None]) -> tuple[str, ...]:
    """What a supply outside of specification still needs, in words; empty when nothing.

    Args:
        recorded: gates that are recorded.
        outcomes: outcome of each out-of-specification investigation, None while open.
    """
    found = [f"the outcome of investigation {key}" for key, outcome in sorted(outcomes.items()) if outcome is None]
    if "confirmed" not in outcomes.values():
        found.append("an out-of-specification investigation that closed as confirmed")
    found += [gate.words for name, gate in GATES.items() if name not in recorded]
    return tuple(found)
