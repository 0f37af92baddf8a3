"""Measures of a model with their intervals."""

from typing import Any

import numpy as np
from scipy.stats import beta, binom  # type: ignore[import-untyped]
from sklearn.metrics import brier_score_loss, roc_auc_score

from keywords.predictive_holds.hold_rule import Flags
from keywords.predictive_holds.table import Array

_SURE = 0.1
_CELLS = 1_000_000
"""Cells of a table of draws and rows: what a thousand draws of a thousand rows take."""


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


class Windows:
    """Rows in their windows, for PR-AUC and its draws: mean over windows that hold a failure, weighted by their
    failures, so that time itself does not flatter. Scores are sorted once, however often rows are redrawn."""

    def __init__(self, fail: Array, window: Array) -> None:
        self._fail = fail
        self._windows = [np.flatnonzero(window == one) for one in np.unique(window)]
        kinds = [rows[fail[rows] == kind] for rows in self._windows for kind in (0, 1)]
        self._strata = [rows for rows in kinds if len(rows)]

    def prevalence(self) -> float:
        """What a score without skill reaches: the windows' shares of failures, weighted as PR-AUC is."""
        failures = np.array([self._fail[rows].sum() for rows in self._windows])
        shares = np.array([self._fail[rows].mean() for rows in self._windows])
        return float(np.average(shares, weights=failures)) if failures.sum() else float("nan")

    def pr_auc(self, score: Array) -> float:
        """PR-AUC of a score, shape (n,); NaN without a failure."""
        once = np.ones((1, len(self._fail)))
        return float(self._measures(self._fail * once, once, self._sorted(score))[0])

    def redrawn(self, score: Array, rng: np.random.Generator, draws: int) -> Array:
        """PR-AUC with rows redrawn within window and class, shape (draws,)."""
        order, made = self._sorted(score), []
        for part in self._parts(draws):
            weights = self._weights(rng, part)
            made.append(self._measures(weights * self._fail, weights, order))
        return np.concatenate(made)

    def differences(self, score: Array, other: Array, rng: np.random.Generator, draws: int) -> Array:
        """PR-AUC of `score` less that of `other` with the same rows redrawn for both, shape (draws,)."""
        mine, theirs, made = self._sorted(score), self._sorted(other), []
        for part in self._parts(draws):
            weights = self._weights(rng, part)
            failing = weights * self._fail
            made.append(self._measures(failing, weights, mine) - self._measures(failing, weights, theirs))
        return np.concatenate(made)

    def shuffled(self, score: Array, rng: np.random.Generator, draws: int) -> Array:
        """PR-AUC with the outcomes shuffled within each window, shape (draws,): what chance reaches."""
        order, made = self._sorted(score), []
        for part in self._parts(draws):
            fail = np.tile(self._fail, (part, 1))
            for draw in fail:
                for rows in self._windows:
                    draw[rows] = rng.permutation(draw[rows])
            made.append(self._measures(fail, np.ones_like(fail), order))
        return np.concatenate(made)

    def _parts(self, draws: int) -> list[int]:
        """Draws that are measured together, as many as fit into a bounded table."""
        most = max(1, _CELLS // max(1, len(self._fail)))
        return [min(most, draws - begin) for begin in range(0, draws, most)]

    def _weights(self, rng: np.random.Generator, draws: int) -> Array:
        """How often each row is drawn, shape (draws, n)."""
        made = np.empty((draws, len(self._fail)))
        for weights in made:
            drawn = np.concatenate([rows[rng.integers(0, len(rows), len(rows))] for rows in self._strata])
            weights[:] = np.bincount(drawn, minlength=len(weights))
        return made

    def _sorted(self, score: Array) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each window its rows by falling score, and the place of the last row of each tie."""
        made = []
        for rows in self._windows:
            order = rows[np.argsort(-score[rows], kind="stable")]
            made.append((order, np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)))
        return made

    @staticmethod
    def _measures(failing: Array, weights: Array, windows: list[tuple[np.ndarray, np.ndarray]]) -> Array:
        """PR-AUC of each draw: the weights of the rows that fail, and of all, both (draws, n).

        A draw changes no window's number of failures, so a window without one is without one in all of them.
        """
        failures, values = [], []
        for order, last in windows:
            caught = np.cumsum(failing.take(order, axis=1), axis=1).take(last, axis=1)
            if caught[0, -1]:
                seen = np.cumsum(weights.take(order, axis=1), axis=1).take(last, axis=1)
                gains, precision = np.diff(caught, axis=1, prepend=0.0), caught / np.maximum(seen, 1.0)
                areas = [gain @ exact for gain, exact in zip(gains, precision, strict=True)]
                failures.append(caught[0, -1])
                values.append(np.array(areas) / caught[0, -1])
        if not failures:
            return np.full(len(failing), np.nan)
        return np.asarray(np.average(np.stack(values, axis=1), axis=1, weights=failures))


def windows_pr_auc(fail: Array, score: Array, window: Array) -> float:
    """Mean PR-AUC over windows that hold a failure, weighted by their failures: time itself must not flatter."""
    return Windows(fail, window).pr_auc(score)


def paired_difference(
    fail: Array, score: Array, other: Array, window: Array, *, seed: int, draws: int = 1000
) -> dict[str, float]:
    """PR-AUC of `score` less that of `other`, over the same rows: value and 95 % bootstrap interval.

    Rows are redrawn within each window and class, so that every draw has the windows' own numbers of failures; the
    measure is `windows_pr_auc`.
    """
    rows = Windows(fail, window)
    drawn = rows.differences(score, other, np.random.default_rng(seed), draws)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "difference": rows.pr_auc(score) - rows.pr_auc(other),
        "low": float(low),
        "high": float(high),
        "above_zero": float(np.mean(drawn > 0)),
    }


def bootstrap(fail: Array, score: Array, seed: int, draws: int = 500) -> tuple[float, float]:
    """95 % interval of PR-AUC, rows redrawn within each class."""
    drawn = Windows(fail, np.zeros(len(fail), int)).redrawn(score, np.random.default_rng(seed), draws)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def summary(fail: Array, score: Array, *, seed: int = 0) -> dict[str, Any]:
    """PR-AUC, ROC-AUC and Brier score with what a constant answer would reach."""
    made: dict[str, Any] = {"rows": len(fail), "failures": int(fail.sum()), "prevalence": float(fail.mean())}
    if 0 < fail.sum() < len(fail):
        made["pr_auc"] = pr_auc(fail, score)
        made["pr_auc_interval"] = bootstrap(fail, score, seed)
        made["roc_auc"] = float(roc_auc_score(fail, score))
        made["brier"] = float(brier_score_loss(fail, np.clip(score, 0, 1)))
        made["brier_of_prevalence"] = float(fail.mean() * (1 - fail.mean()))
    return made


def when_held(fail: Array, held: Flags) -> dict[str, Any]:
    """Counts, precision and recall with exact intervals when these rows, shape (n,), are held."""
    caught, false = int((held & (fail == 1)).sum()), int((held & (fail == 0)).sum())
    failed, passed = int(fail.sum()), int((1 - fail).sum())
    return {
        "held": caught + false,
        "held_share": (caught + false) / len(fail) if len(fail) else 0.0,
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
    """The lowest threshold that keeps the share held of rows like these within `budget`, nine times in ten.

    So few of these rows are held that chance alone would show as few in one sample of ten if the share were the budget.
    """
    allowed = int(binom.ppf(_SURE, len(score), budget))
    ordered = np.sort(score)[::-1]
    if allowed >= len(score):
        return float(ordered[-1])
    return float(np.nextafter(ordered[allowed], np.inf))
