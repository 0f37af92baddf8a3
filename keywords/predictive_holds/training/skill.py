"""Whether a model tells batches that fail from those that pass at all: what shows no skill may not answer."""

from typing import Any

import numpy as np

from keywords.predictive_holds.table import Array
from keywords.predictive_holds.training.measures import Windows

_DRAWS = 500


def skill(fail: Array, score: Array, window: Array, *, seed: int) -> dict[str, Any]:
    """PR-AUC with its interval beside what chance reaches on the same rows.

    `shown` where the whole 95 % interval (rows redrawn within window and class) lies above the prevalence and the value
    above what 39 of 40 shuffles of the outcome within the windows reach: with a dozen failures the interval alone is
    passed by chance too often.

    Args:
        fail: (n,) 0 or 1.
        score: (n,) higher is more likely to fail.
        window: (n,) number of the window of each row.
        seed: Of the draws and shuffles.
    """
    rng = np.random.default_rng(seed)
    rows = Windows(fail, window)
    value, prevalence = rows.pr_auc(score), rows.prevalence()
    drawn = rows.redrawn(score, rng, _DRAWS)
    low, high = np.quantile(drawn, [0.025, 0.975])
    chance = float(np.quantile(rows.shuffled(score, rng, _DRAWS), 0.975))
    return {
        "rows": len(fail),
        "failures": int(fail.sum()),
        "pr_auc": value,
        "interval": [float(low), float(high)],
        "prevalence": prevalence,
        "chance_reaches": chance,
        "shown": bool(low > prevalence and value > chance),
    }


def verdict(out_of_time: dict[str, Any], test: dict[str, Any]) -> dict[str, Any]:
    """Skill on rows out of time and on the test rows: shown where both show it, with a sentence for a person."""
    judged = (("test rows", test), ("rows out of time", out_of_time))
    lacking = next(((name, one) for name, one in judged if not one["shown"]), None)
    says = "it tells batches that fail from others"
    if lacking:
        name, one = lacking
        low, high = one["interval"]
        says = (
            f"no skill was shown, so it answers UNDECIDED only: PR-AUC {one['pr_auc']:.3f} [{low:.3f}, {high:.3f}] on"
            f" the {name}, of which {one['prevalence']:.3f} fail, and chance reaches {one['chance_reaches']:.3f}"
        )
    return {"shown": lacking is None, "says": says, "out_of_time": out_of_time, "test": test}
