"""Nothing is saleable before certification and register entry (EU GMP Part IV, 11): what keeps cells in the plant."""

from collections.abc import Collection
from dataclasses import dataclass

from mes_core.domain.states import SUPPLIED, State

CERTIFICATIONS = frozenset({"released", "conditionally_released", "out_of_specification"})
"""Dispositions by which a qualified person certifies."""


@dataclass(frozen=True)
class Standing:
    """A batch as far as it decides whether it may leave.

    `disposition` and `disposition_id` are of the newest signed one; `registered` are those that the register holds.
    """

    batch_id: str
    state: State
    disposition: str | None
    disposition_id: str | None
    registered: Collection[str]
    open_holds: int


def hindrances(standing: Standing) -> tuple[str, ...]:
    """Why a batch may not be supplied, one sentence each; empty when it may."""
    found = []
    batch = f"Batch {standing.batch_id}"
    if standing.disposition not in CERTIFICATIONS:
        found.append(f"{batch} has no certification by a qualified person that stands.")
    elif standing.disposition_id not in standing.registered:
        found.append(f"{batch} is certified, but the register of certifications does not hold the entry.")
    if standing.open_holds:
        found.append(f"{batch} is on hold: a person lifts the hold first.")
    if standing.state not in SUPPLIED:
        found.append(f"{batch} is {standing.state.value.replace('_', ' ')}, from where nothing is supplied.")
    return tuple(found)
