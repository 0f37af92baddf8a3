"""Measures of a model with their intervals."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import beta  # type: ignore[import-untyped]
from sklearn.metrics import brier_score_loss, roc_auc_score

from keywords.predictive_holds.table import Array


def pr_auc(fail: Array, score: Array) -> float:
    """Area under precision and recall (average precision, ties taken together); NaN without a failure.

    The same value as scikit-learn's, which checks its input for thirty times as long as this computes: intervals draw
    tens of thousands.
    """
    order = np.argsort(-score, kind="stable")
    caught = np.cumsum(fail[order])
    if not len(caught) or not caught[-1]:
        return float("nan")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    precision = caught[last] / (last + 1)
    return float(np.diff(caught[last], prepend=0.0) @ precision / caught[-1])


def interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval of a share; (0, 1) when nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    return low, high


def windows_pr_auc(fail: Array, score: Array, window: Array) -> float:
    """Mean PR-AUC over windows that hold a failure, weighted by their failures: time itself must not flatter."""
    found = [
        (fail[window == one].sum(), pr_auc(fail[window == one], score[window == one])) for one in np.unique(window)
    ]
    weights = np.array([count for count, _ in found])
    values = np.array([value for _, value in found])
    return float(np.average(values[weights > 0], weights=weights[weights > 0])) if weights.sum() else float("nan")


def paired_difference(
    fail: Array, score: Array, other: Array, window: Array, *, seed: int, draws: int = 1000
) -> dict[str, float]:
    """PR-AUC of `score` less that of `other`, over the same rows: value and 95 % bootstrap interval.

    Rows are redrawn within each window and class, so that every draw has the windows' own numbers of failures; the
    measure is `windows_pr_auc`.
    """
    rng = np.random.default_rng(seed)
    strata = [np.flatnonzero((window == one) & (fail == kind)) for one in np.unique(window) for kind in (0, 1)]
    strata = [rows for rows in strata if len(rows)]

    def difference(rows: np.ndarray) -> float:
        mine = windows_pr_auc(fail[rows], score[rows], window[rows])
        return mine - windows_pr_auc(fail[rows], other[rows], window[rows])

    drawn = [difference(np.concatenate([rng.choice(rows, len(rows)) for rows in strata])) for _ in range(draws)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    value = difference(np.arange(len(fail)))
    return {
        "difference": value,
        "low": float(low),
        "high": float(high),
        "above_zero": float(np.mean(np.array(drawn) > 0)),
    }


def bootstrap(
    fail: Array, score: Array, measure: Callable[[Array, Array], float], seed: int, draws: int = 500
) -> tuple[float, float]:
    """95 % interval of a measure, rows redrawn within each class."""
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(fail == kind) for kind in (0, 1)]
    drawn = []
    for _ in range(draws):
        rows = np.concatenate([rng.choice(one, len(one)) for one in classes])
        drawn.append(measure(fail[rows], score[rows]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def summary(fail: Array, score: Array, *, seed: int = 0) -> dict[str, Any]:
    """PR-AUC, ROC-AUC and Brier score with what a constant answer would reach."""
    made: dict[str, Any] = {"rows": len(fail), "failures": int(fail.sum()), "prevalence": float(fail.mean())}
    if 0 < fail.sum() < len(fail):
        made["pr_auc"] = pr_auc(fail, score)
        made["pr_auc_interval"] = bootstrap(fail, score, pr_auc, seed)
        made["roc_auc"] = float(roc_auc_score(fail, score))
        made["brier"] = float(brier_score_loss(fail, np.clip(score, 0, 1)))
        made["brier_of_prevalence"] = float(fail.mean() * (1 - fail.mean()))
    return made


def at_threshold(fail: Array, score: Array, threshold: float) -> dict[str, Any]:
    """Counts, precision and recall with exact intervals when rows at or above the threshold are held."""
    held = score >= threshold
    caught, false = int((held & (fail == 1)).sum()), int((held & (fail == 0)).sum())
    failed, passed = int(fail.sum()), int((1 - fail).sum())
    return {
        "threshold": threshold,
        "held": caught + false,
        "caught": caught,
        "failures": failed,
        "passed": passed,
        "precision": caught / (caught + false) if caught + false else None,
        "precision_interval": interval(caught, caught + false),
        "recall": caught / failed if failed else None,
        "recall_interval": interval(caught, failed),
        "false_hold_rate": false / passed if passed else None,
        "false_hold_interval": interval(false, passed),
    }


def at_prevalence(found: dict[str, Any], prevalence: float, cost_ratio: float) -> dict[str, Any]:
    """Precision and net benefit where failures are as rare as `prevalence`, from recall and false-hold rate.

    Net benefit counts a caught failure as 1 and a false hold as 1/`cost_ratio` (how many false holds a caught failure
    is worth). The interval joins the ends of the two exact intervals: wider than a 95 % one, never narrower.
    """

    def benefit(recall: float, false: float) -> tuple[float | None, float]:
        caught, wrong = prevalence * recall, (1 - prevalence) * false
        return (caught / (caught + wrong) if caught + wrong else None), caught - wrong / cost_ratio

    (low, high), (few, many) = found["recall_interval"], found["false_hold_interval"]
    precision, value = benefit(found["recall"] or 0.0, found["false_hold_rate"] or 0.0)
    worst, best = benefit(low, many), benefit(high, few)
    return {
        "prevalence": prevalence,
        "recall": found["recall"],
        "recall_interval": [low, high],
        "precision": precision,
        "precision_interval": [worst[0], best[0]],
        "net_benefit": value,
        "net_benefit_interval": [worst[1], best[1]],
    }


def threshold_at_budget(score: Array, budget: float) -> float:
    """The lowest threshold at which at most the share `budget` of these rows is held."""
    allowed = int(np.floor(budget * len(score)))
    ordered = np.sort(score)[::-1]
    if allowed >= len(score):
        return float(ordered[-1])
    return float(np.nextafter(ordered[allowed], np.inf))
