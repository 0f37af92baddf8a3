"""The life of a model: draft, validated, approved, retired; and what keeps a model from approval."""

from collections.abc import Mapping
from typing import Any

from mes_core.domain.errors import Conflict

NEXT: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"validated", "retired"}),
    "validated": frozenset({"approved", "retired"}),
    "approved": frozenset({"retired"}),
    "retired": frozenset(),
}
SIGNATURES = 2
"""Different people whose signatures an approval takes."""


def check_move(model_id: str, state: str, to: str) -> None:
    """Whether a model may go from one state to another.

    Raises:
        Conflict: it may not.
    """
    if to not in NEXT[state]:
        ways = " or ".join(sorted(NEXT[state])) or "nothing any more"
        raise Conflict(f"Model {model_id} is {state} and can become {ways}, not {to}.")


def hindrances(card: Mapping[str, Any], least_recall: float) -> tuple[str, ...]:
    """Why a card does not carry an approval, one sentence each; empty when it does."""
    found = []
    if card.get("generated_data_only", True):
        found.append("its card rests on generated data alone: it runs as SHADOW only")
    if not card.get("tested_as_is"):
        found.append("it was fitted again after its test: train it with --keep-test-apart")
    lower = _lower_recall(card)
    if lower < least_recall:
        found.append(f"the lower bound of its recall is {lower:.2f} and the criterion {least_recall:.2f}")
    return tuple(found)


def _lower_recall(card: Mapping[str, Any]) -> float:
    """The lower end of the interval of recall on the test rows; 0 when the card does not say."""
    try:
        return float(card["test"]["at_threshold"]["recall_interval"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return 0.0
