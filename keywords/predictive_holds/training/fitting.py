"""Fitting: windows in turn, choice of the ensemble, calibration and the rule of holds; each model is fitted once."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from keywords.predictive_holds.calibration import Calibration
from keywords.predictive_holds.conformal import calibrate
from keywords.predictive_holds.ensemble import Scale, mean_log_odds, raw_score
from keywords.predictive_holds.hold_rule import HoldRule
from keywords.predictive_holds.prepare import Preparation
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.calibrate import fit_calibration
from keywords.predictive_holds.training.checks import Learnable, Roles, learn_preparation
from keywords.predictive_holds.training.measures import paired_difference, threshold_at_budget, windows_pr_auc
from keywords.predictive_holds.training.members import BASELINE, Candidate, Sizes, candidates, clipped_severity, fit
from keywords.predictive_holds.training.rolling import OutOfTime, blended, choices, roll, scale_of, training_matrix

DEFAULT = "forest and boosting"
"""The ensemble that is used unless another one proves better over the rolling windows."""
DEFAULT_OF_SEVERITY = "severity"
"""The same where the measured outcome is known: yes and no alone throw away what near misses tell."""


@dataclass(frozen=True)
class Options:
    """How to train. `alpha`: error allowed per class; `budget`: share of batches that may be held at most;
    `cost_ratio`: how many false holds one caught failure is worth; `apart`: keep the test rows apart for good (needed
    for approval); `subgroups`: columns by whose values the test rows are judged in parts; `replaces`: the column by
    which batches are held so far (needed for approval)."""

    roles: Roles
    seed: int = 2026
    alpha: float = 0.1
    budget: float = 0.1
    cost_ratio: float = 10.0
    apart: bool = False
    generated: bool = False
    subgroups: tuple[str, ...] = ()
    replaces: str | None = None
    sizes: Sizes = field(default_factory=Sizes)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Fitted:
    """An ensemble with its calibration and its rule; `found` and `out_of_time` (probabilities) are of the rows that no
    member had seen when it scored them."""

    preparation: Preparation
    members: dict[str, Any]
    scales: dict[str, Scale]
    calibration: Calibration
    rule: HoldRule
    out_of_time: Array
    found: OutOfTime
    chosen: str

    def raw_scores(self, table: Table) -> dict[str, Array]:
        """What each member says of each row, (n,)."""
        matrix = self.preparation.matrix(table, texts_missing=True)
        return {name: raw_score(one, matrix) for name, one in self.members.items()}

    def probabilities(self, raw: dict[str, Array]) -> Array:
        """Probability of failure for raw scores, (n,)."""
        return self.calibration.probability(mean_log_odds(self.scales, raw))


def menu(made: list[Candidate]) -> dict[str, list[str]]:
    """The ensembles that may be chosen, named beforehand and few: with a dozen failures the best of many is luck."""
    groups = {
        DEFAULT: [BASELINE, "boosting"],
        "forest, boosting and logistic": [BASELINE, "boosting", "logistic"],
        "logistic": ["logistic"],
    }
    severity = [one.name for one in made if one.on == "severity"]
    if severity:
        groups[DEFAULT_OF_SEVERITY] = severity
        groups["forest, boosting and severity"] = [BASELINE, "boosting", *severity]
    return groups


def fit_on(data: Learnable, options: Options) -> Fitted:
    """Roll over the rows, choose the ensemble, and fit it to all of them."""
    made = candidates(options.sizes, severity=data.severity is not None, rows=data.table.rows)
    found = roll(data, options.roles, made, seed=options.seed)
    return _fitted(data, options, found, choose(found, menu(made), options.seed))


def fit_again(judged: Fitted, data: Learnable, test: np.ndarray, raw: dict[str, Array], options: Options) -> Fitted:
    """The judged ensemble fitted to all rows. What it said of the test rows, which it had not seen, is one window more
    to calibrate on: nothing is rolled again.

    Args:
        judged: The ensemble as judged.
        data: All rows.
        test: Places of the test rows in `data`.
        raw: What its members said of them, each (rows of `test`,).
        options: As before.
    """
    known = judged.found
    window = np.full(len(test), known.window.max() + 1)
    found = OutOfTime(
        np.concatenate([known.rows, test]),
        np.concatenate([known.window, window]),
        np.concatenate([known.fail, data.fail[test]]),
        {name: np.concatenate([known.scores[name], raw[name]]) for name in judged.members},
    )
    made = _fitted(data, options, found, judged.chosen)
    latest = made.out_of_time[-len(test) :]
    return replace(made, rule=within_budget(made.rule, latest, options.budget))


def _fitted(data: Learnable, options: Options, found: OutOfTime, chosen: str) -> Fitted:
    made = candidates(options.sizes, severity=data.severity is not None, rows=data.table.rows)
    names = [name for name in menu(made)[chosen] if name in found.scores]
    score = blended(found, names)
    calibration = fit_calibration(score, found.fail)
    sure = calibration.probability(score)
    preparation = learn_preparation(data, options.roles)
    matrix = training_matrix(preparation, data)
    severity = None if data.severity is None else clipped_severity(data.severity, data.fail)
    members = {one.name: fit(one, matrix, data.fail, severity, options.seed) for one in made if one.name in names}
    scales = {name: scale_of(found.scores[name], found.fail) for name in names}
    rule = HoldRule(calibrate(sure, found.fail, options.alpha), 1.0 / (1.0 + options.cost_ratio))
    rule = within_budget(rule, sure, options.budget)
    return Fitted(preparation, members, scales, calibration, rule, sure, found, chosen)


def within_budget(rule: HoldRule, said: Array, budget: float) -> HoldRule:
    """The rule with a threshold at which no more than the share `budget` of rows like these is held.

    No outcome is looked at. It takes rows that the very model was asked about: one that learnt from more rows is surer
    than those of the earlier windows, and more of what it says lies above any threshold.

    Args:
        rule: With a threshold that is kept where it is the higher one.
        said: (n,) probabilities that the model gave to rows it had not seen.
        budget: Share that may be held.
    """
    return replace(rule, threshold=max(rule.threshold, threshold_at_budget(said, budget)))


def default_of(offered: Collection[str]) -> str:
    """The ensemble used unless another proves better: that on the measured outcome where it is known."""
    return DEFAULT_OF_SEVERITY if DEFAULT_OF_SEVERITY in offered else DEFAULT


def choose(found: OutOfTime, groups: dict[str, list[str]], seed: int) -> str:
    """The ensemble to use: the default one, unless another beats it in four draws out of five."""
    default = default_of(groups)
    tried = choices(found, groups)
    best = max(tried, key=lambda name: windows_pr_auc(found.fail, tried[name], found.window))
    if best == default:
        return default
    gain = paired_difference(found.fail, tried[best], tried[default], found.window, seed=seed, draws=300)
    return best if gain["above_zero"] >= 0.8 else default
