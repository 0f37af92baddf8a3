"""`batchwright model compare` without a table: what two models said of batches in the MES, and what became of these."""

from typing import TYPE_CHECKING, Any

from batchwright.support.settings import main_home

if TYPE_CHECKING:
    from mes_core.messages.predictive import ShadowComparison, ShadowSide


def in_shadow(champion: str, challenger: str) -> tuple[dict[str, Any], list[str]]:
    """The comparison by content hash as plain data, and lines for a person.

    With outcomes of both kinds it holds the paired difference in PR-AUC too.
    """
    from batchwright.support.wiring import open_mes

    found = open_mes(main_home()).compare_in_shadow(champion, challenger)
    made = found.model_dump(mode="json")
    lines = [
        f"{found.batches} batches with a known outcome, {found.failed} failed; {found.waiting} more wait for theirs",
        _line("in use", found.champion, found),
        _line("challenger", found.challenger, found),
        f"failures only one caught: in use {found.only_champion_caught}, challenger {found.only_challenger_caught}",
    ]
    if 0 < found.failed < found.batches:
        made |= _ranking(found)
        lines.append(difference_line(made))
    missing = "; ".join(found.hindrances) or "nothing but its own card and two signatures"
    return made, [*lines, f"missing before the challenger may take over: {missing}"]


def difference_line(made: dict[str, Any]) -> str:
    """The paired difference in PR-AUC in words."""
    gain = made["difference"]
    return (
        f"challenger less champion: {gain['difference']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]; {made['says']}"
    )


def _line(name: str, side: "ShadowSide", found: "ShadowComparison") -> str:
    recall, false = side.recall_interval, side.false_hold_interval
    return (
        f"{name} {side.content_hash[:12]}: {side.caught} of {found.failed} failures caught"
        f" [{recall[0]:.2f}, {recall[1]:.2f}], {side.false_holds} of {found.batches - found.failed} held in vain"
        f" [{false[0]:.2f}, {false[1]:.2f}], {side.undecided} undecided"
    )


def _ranking(found: "ShadowComparison") -> dict[str, Any]:
    import numpy as np

    from keywords.predictive_holds.training.compare import better
    from keywords.predictive_holds.training.measures import paired_difference

    fail = np.array([float(one.failed) for one in found.rows])
    old = np.array([one.champion_probability for one in found.rows])
    new = np.array([one.challenger_probability for one in found.rows])
    gain = paired_difference(fail, new, old, np.zeros(len(fail), int), seed=1)
    return {"difference": gain, "says": better(gain)}
