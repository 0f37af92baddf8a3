"""How departures end: which outcomes each kind may have, which of them keep a batch from release."""

from collections.abc import Mapping

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Role

DEVIATION, OOS, CAPA = "deviation", "oos", "capa"

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    DEVIATION: ("no_impact", "impact_accepted", "batch_affected"),
    # 21 CFR 211.192 and the agency's guidance: a result is set aside for an assignable laboratory error only.
    OOS: ("laboratory_error", "confirmed"),
    CAPA: ("effective", "not_effective"),
}
"""Outcomes by kind."""

_AGAINST_RELEASE = frozenset({"batch_affected", "confirmed"})
_GRAVE = frozenset({"critical", "major"})


def check_outcome(kind: str, outcome: str) -> None:
    """See that an outcome belongs to a kind.

    Raises:
        Invalid: it does not; says which do.
    """
    if outcome not in OUTCOMES[kind]:
        raise Invalid(f"{outcome!r} is no outcome of a {_WORDS[kind]}: use {' or '.join(OUTCOMES[kind])}.")


def closers(kind: str, severity: str) -> tuple[Role, ...]:
    """Who may close one: the critical and the out-of-specification ones are not for reviewers."""
    if kind == OOS or severity == "critical":
        return (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
    return (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)


def matters(severity: str, outcome: str | None) -> bool:
    """Whether it may touch the product: it is grave or was found to touch it, and nobody has found the contrary."""
    if outcome in _AGAINST_RELEASE:
        return True
    return severity in _GRAVE and outcome not in ("no_impact", "laboratory_error")


def check_release(batch_id: str, found: Mapping[str, tuple[str, str, str | None]]) -> None:
    """See that nothing that was opened on a batch keeps it from release.

    Args:
        batch_id: for the sentence.
        found: kind, severity and outcome (None while open) by key.

    Raises:
        Conflict: something does; says what, and what to do.
    """
    for key, (kind, severity, outcome) in sorted(found.items()):
        if kind == CAPA:
            continue
        if outcome in _AGAINST_RELEASE:
            raise Conflict(
                f"Batch {batch_id} can't be released: the {_WORDS[kind]} {key} ended as {outcome.replace('_', ' ')};"
                " reject the batch."
            )
        if outcome is None and (kind == OOS or severity in _GRAVE):
            raise Conflict(
                f"Batch {batch_id} can't be released: the {severity} {_WORDS[kind]} {key} is open; close it by"
                " signature first."
            )


_WORDS = {DEVIATION: "deviation", OOS: "out-of-specification investigation", CAPA: "corrective action"}


def word(kind: str) -> str:
    """A kind in words."""
    return _WORDS[kind]
