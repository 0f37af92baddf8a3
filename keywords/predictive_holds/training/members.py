"""The candidates: what is fitted to the prepared matrix, and in which words a card speaks of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LogisticRegression, Ridge

from keywords.predictive_holds.table import Array

BASELINE = "forest"
MOST_OF_PROCESS = 5_000
"""Rows up to which a Gaussian process is fitted."""
MOST_OF_TREE = 10_000
"""Rows that one tree of a forest is drawn from at most: beyond, other trees see other rows, and time and memory of a
forest no longer grow with the table."""


@dataclass(frozen=True)
class Sizes:
    """How much is computed: trees of the forests, rounds of boosting. The defaults are those of a model for use."""

    trees: int = 500
    rounds: int = 100
    jobs: int = 2


@dataclass(frozen=True)
class Candidate:
    """A kind of model: `make(features, seed)`; `on` is fail or severity, what it is fitted to; and its words."""

    name: str
    on: str
    words: str
    make: Callable[[int, int], Any]


def candidates(sizes: Sizes, *, severity: bool, rows: int = 0, signs: dict[int, int] | None = None) -> list[Candidate]:
    """What an ensemble can be chosen from, and nothing else is fitted; those on `severity` only when the continuous
    outcome is known, and a Gaussian process only for so many `rows`: its memory grows with their square.

    `signs` maps features to +1 or -1 where the process knows that failure can only become more or less likely; the
    boosting candidate is held to it.
    """
    made = [
        Candidate(BASELINE, "fail", f"random forest of {sizes.trees} trees", lambda _n, seed: _forest(sizes, seed)),
        Candidate("boosting", "fail", "gradient boosting", lambda n, seed: _boosting(sizes, n, seed, signs or {})),
        Candidate("logistic", "fail", "logistic regression with a strong L2 penalty", lambda _n, _s: _logistic(0.01)),
    ]
    if severity:
        made += [
            Candidate(
                "severity_forest", "severity", "forest on the outcome itself", lambda _n, seed: _regressor(sizes, seed)
            ),
            Candidate(
                "severity_extra",
                "severity",
                "extremely randomised trees on the outcome itself",
                lambda _n, seed: _extra_regressor(sizes, seed),
            ),
            Candidate(
                "severity_ridge", "severity", "ridge regression on the outcome itself", lambda _n, _s: Ridge(100.0)
            ),
        ]
        if rows <= MOST_OF_PROCESS:
            words = "Gaussian process on the outcome itself"
            made.insert(-1, Candidate("severity_process", "severity", words, lambda n, _s: _process(n)))
    return made


def _forest(sizes: Sizes, seed: int) -> Any:
    return RandomForestClassifier(sizes.trees, random_state=seed, n_jobs=sizes.jobs)


def _boosting(sizes: Sizes, features: int, seed: int, signs: dict[int, int]) -> Any:
    held = [signs.get(place, 0) for place in range(features)] if signs else None
    return HistGradientBoostingClassifier(
        max_iter=sizes.rounds,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=15,
        l2_regularization=5.0,
        max_features=0.3,
        monotonic_cst=held,
        random_state=seed,
    )


def _logistic(strength: float) -> Any:
    return LogisticRegression(C=strength, max_iter=3000)


def _process(features: int) -> Any:
    """Length scale by the number of features: typical distances between standardised rows grow with its root."""
    kernel = ConstantKernel(1.0, "fixed") * RBF(0.6 * features**0.5, "fixed") + WhiteKernel(0.5, "fixed")
    return GaussianProcessRegressor(kernel, normalize_y=True, optimizer=None)


def _regressor(sizes: Sizes, seed: int) -> Any:
    few = max(20, sizes.trees * 3 // 5)
    return RandomForestRegressor(few, random_state=seed, n_jobs=sizes.jobs, min_samples_leaf=2, max_features=0.4)


def _extra_regressor(sizes: Sizes, seed: int) -> Any:
    few = max(20, sizes.trees * 3 // 5)
    return ExtraTreesRegressor(few, random_state=seed, n_jobs=sizes.jobs, min_samples_leaf=3, max_features=0.5)


def fit(candidate: Candidate, matrix: Array, fail: Array, severity: Array | None, seed: int) -> Any:
    """A fitted estimator of this kind."""
    estimator = candidate.make(matrix.shape[1], seed)
    if len(matrix) > MOST_OF_TREE and getattr(estimator, "bootstrap", False):
        estimator.set_params(max_samples=MOST_OF_TREE)
    outcome = fail if candidate.on == "fail" or severity is None else severity
    return estimator.fit(matrix, outcome.astype(int) if candidate.on == "fail" and _classifies(estimator) else outcome)


def _classifies(estimator: Any) -> bool:
    return hasattr(estimator, "predict_proba")


def clipped_severity(severity: Array, fail: Array) -> Array:
    """The outcome, oriented so that failing is up, on a scale of 0 to 1; extremes are cut: a typing slip can't rule."""
    up = severity if severity[fail == 1].mean() >= severity[fail == 0].mean() else -severity
    edge = up[fail == 1].min()
    spread = max(float(np.quantile(np.abs(up - edge), 0.8)), 1e-12)
    clipped: Array = np.clip((up - edge) / spread, -1.0, 0.6)
    return clipped
