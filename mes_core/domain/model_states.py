"""The life of a model: draft, validated, approved, retired; and what keeps a model from approval."""

import math
from collections.abc import Mapping
from typing import Any

from mes_core.domain.errors import Conflict
from mes_core.domain.shares import exact_interval

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


SHADOW_BATCHES = 30
"""Batches with a known outcome on which a challenger ran beside the model in use before it may take its place."""


def hindrances(card: Mapping[str, Any], least_recall: float) -> tuple[str, ...]:
    """Why a card does not carry an approval, one sentence each; empty when it does.

    What a card does not say plainly counts against it.
    """
    found = []
    if card.get("generated_data_only") is not False:
        found.append("its card rests on generated data alone: it runs as SHADOW only")
    asked = card.get("asked_about")
    if asked != []:
        named = ", ".join(map(repr, asked)) if isinstance(asked, list) else "some column"
        found.append(f"its card leaves open whether {named} was known on the day of decision: train it again and say")
    if card.get("tested_as_is") is not True:
        found.append("it was fitted again after its test: train it with --keep-test-apart")
    lower = _lower_recall(card)
    if not lower >= least_recall:
        found.append(f"the lower bound of its recall is {lower:.2f} and the criterion {least_recall:.2f}")
    return (*found, *_by_rule(card), *_no_worse(card))


def _by_rule(card: Mapping[str, Any]) -> tuple[str, ...]:
    """What keeps a model from approval in its rule of holds and its skill."""
    found = []
    skill = card.get("skill")
    if not isinstance(skill, Mapping) or skill.get("shown") is not True:
        found.append("its card does not show that it tells batches that fail from others: no skill, no holds")
    if _rule(card) is None:
        found.append("its card does not say by which rule it holds batches: train it again")
    return tuple(found)


def _rule(card: Mapping[str, Any]) -> tuple[float, float] | None:
    """Error allowed per class and threshold of the probability, as the card tells them; None where it does not."""
    rule = card.get("rule")
    if not isinstance(rule, Mapping):
        return None
    alpha, threshold = rule.get("alpha"), rule.get("threshold")
    if not (isinstance(alpha, float | int) and isinstance(threshold, float | int)):
        return None
    return (float(alpha), float(threshold)) if 0 < alpha < 1 and 0 <= threshold <= 1 else None


def against_rule(card: Mapping[str, Any], answer: str, probability: float, p_fail: float, p_pass: float) -> str:
    """Why an answer does not follow from the rule that a card was judged by; empty where it does.

    Args:
        card: of the model that gave it.
        answer: RISK, CLEAR or UNDECIDED, which holds nothing and needs no rule.
        probability: of failing, 0 to 1.
        p_fail: conformal p-value of failing.
        p_pass: of passing.
    """
    if answer == "UNDECIDED":
        return ""
    rule = _rule(card)
    if rule is None:
        return "the card names none; train the model again"
    alpha, threshold = rule
    if answer == "CLEAR":
        return "" if p_fail <= alpha < p_pass else f"failing is credible at a p-value above {alpha:g}"
    if not p_pass <= alpha < p_fail:
        return f"passing is credible at a p-value above {alpha:g}, or failing is not"
    return "" if probability >= threshold else f"the probability {probability:.4f} is below {threshold:.4f}"


def _no_worse(card: Mapping[str, Any]) -> tuple[str, ...]:
    """What keeps a model from replacing the rule that is kept so far; a card that says nothing of it does."""
    test = card.get("test")
    rule = test.get("replaced") if isinstance(test, Mapping) else None
    if not isinstance(rule, Mapping) or not rule.get("column"):
        return ("its card does not compare it with what it replaces: train it with --replaces",)
    if rule.get("worse") is not False:
        return (f"it is worse than what it replaces, {rule['column']}, on the test rows",)
    return ()


def _lower_recall(card: Mapping[str, Any]) -> float:
    """The lower end of the interval of recall that follows from the counts on the test rows, or the one the card tells.

    The lower of the two; 0 when the card says neither, or nothing that a number of batches can be.
    """
    try:
        found = card["test"]["at_threshold"]
        told, caught, failures = float(found["recall_interval"][0]), found["caught"], found["failures"]
    except (KeyError, IndexError, TypeError, ValueError):
        return 0.0
    if not (type(caught) is int and type(failures) is int and 0 <= caught <= failures <= 1_000_000):
        return 0.0
    if not math.isfinite(told):
        return 0.0
    return min(told, exact_interval(caught, failures)[0])


def shadow_hindrances(batches: int, caught: tuple[int, int], champion: str) -> tuple[str, ...]:
    """Why a challenger may not take the place of the model in use yet.

    Args:
        batches: on which both answered and whose outcome is known.
        caught: failures that the model in use and the challenger answered with RISK.
        champion: number of the model in use.
    """
    if batches < SHADOW_BATCHES:
        return (
            f"it ran in shadow beside {champion} on {batches} batches whose outcome is known, and it takes"
            f" {SHADOW_BATCHES}",
        )
    if caught[1] < caught[0]:
        return (f"in shadow it caught {caught[1]} failures and {champion}, which is in use, {caught[0]}",)
    return ()
