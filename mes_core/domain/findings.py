"""When a finding still holds a batch, and which closing survives a new review."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mes_core.domain.audit import digest

HOLDING = frozenset({"critical", "major"})
JUSTIFIED = "justified"


@dataclass(frozen=True)
class Standing:
    """A finding as far as it matters here."""

    severity: str
    closure: str | None = None
    could_not_run: bool = False


def fingerprint(finding: Mapping[str, Any]) -> str:
    """What makes a finding the same in a later review: rule, fields, values and facts, not when they were read."""
    facts = [{"path": fact["path"], "value": fact["value"]} for fact in finding.get("facts", ())]
    return digest([finding["rule"], list(finding.get("fields", ())), list(finding.get("values", ())), facts])


def holds(standing: Standing) -> bool:
    """Whether a finding keeps a batch from being ready.

    A justified finding does not. A corrected one that a new review finds again is a new finding, and an escalated one
    stays open in its effect: both hold.
    """
    if standing.closure == JUSTIFIED:
        return False
    return standing.severity in HOLDING or standing.could_not_run


def is_ready(verdict: str, findings: Iterable[Standing]) -> bool:
    """Whether a batch may be signed for on this verdict.

    A proposal to reject is never justified away; UNDECIDED means that a rule did not run, and what was not looked at
    can't be justified either. HOLD becomes ready when every holding finding of it is justified.
    """
    if verdict == "READY":
        return True
    return verdict == "HOLD" and not any(holds(one) for one in findings)
