"""What the rolling windows say of each candidate and ensemble, for the card."""

from typing import Any

import numpy as np

from keywords.predictive_holds.ensemble import probability
from keywords.predictive_holds.table import Array
from keywords.predictive_holds.training.fitting import default_of, menu
from keywords.predictive_holds.training.measures import paired_difference, summary, windows_pr_auc
from keywords.predictive_holds.training.members import BASELINE, Candidate
from keywords.predictive_holds.training.rolling import OutOfTime, choices


def rolling_report(found: OutOfTime, made: list[Candidate], seed: int) -> dict[str, Any]:
    """Each candidate and ensemble over the rolling windows, paired with the forest, and the nested choice."""
    offered = menu(made)
    tried = choices(found, {one.name: [one.name] for one in made} | offered)
    base = found.scores[BASELINE]
    rows = []
    for name, score in tried.items():
        pair = paired_difference(found.fail, score, base, found.window, seed=seed, draws=300)
        worth = windows_pr_auc(found.fail, score, found.window)
        rows.append({"name": name, "offered": name in offered, "windows_pr_auc": worth, "to_forest": pair})
    nested = nested_choice(found, {name: tried[name] for name in offered})
    return {
        "rows": len(found.rows),
        "failures": int(found.fail.sum()),
        "windows": len(np.unique(found.window)),
        "forest": {"windows_pr_auc": windows_pr_auc(found.fail, base, found.window)}
        | summary(found.fail, probability(base)),
        "candidates": sorted(rows, key=lambda row: -row["windows_pr_auc"]),
        "nested": {"windows_pr_auc": windows_pr_auc(found.fail, nested, found.window)}
        | {"to_forest": paired_difference(found.fail, nested, base, found.window, seed=seed)},
    }


def nested_choice(found: OutOfTime, tried: dict[str, Array]) -> Array:
    """Scores of whichever ensemble had been best in the windows before; the default one in the first."""
    made = np.empty(len(found.rows))
    for window in np.unique(found.window):
        here, before = found.window == window, found.window < window
        name = default_of(tried)
        if found.fail[before].sum():
            name = max(
                tried, key=lambda one: windows_pr_auc(found.fail[before], tried[one][before], found.window[before])
            )
        made[here] = tried[name][here]
    return made
