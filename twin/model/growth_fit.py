"""Growth kinetics fitted to measured cell counts: two laws, their parameters with intervals, and a test of fit.

Handling at the start leaves a fraction of the cells alive; these divide at `mu_max` until room or food runs out:

    logistic:   dN/dt = mu_max * N * (1 - N / capacity)
    substrate:  dN/dt = mu_max * N * q / (q + 0.024 * capacity),  q = capacity - N

`q` is the food left, in the cells it can still make, and 0.024 is the twin's half-saturation of glucose over its fresh
medium: the substrate law is the twin's culture with death, lactate and feeding taken away. Counts are compared as
logarithms, because counting errors are relative; every replicate has its own start.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares  # type: ignore[import-untyped]
from scipy.stats import f as f_test  # type: ignore[import-untyped]
from scipy.stats import t as student

from twin.model.culture import FRESH_GLUCOSE
from twin.model.errors import TwinError
from twin.model.rk import Rhs, integrate

Array = NDArray[np.float64]

PARAMETERS = ("mu_max", "capacity", "survival")
"""Shared parameters: 1/d, 1e6 cells/mL, fraction that survives the start."""
LAWS = ("logistic", "substrate")
_COLUMNS = ("state", "rep", "t_h", "cells_per_ml")
_HALF = 0.6 / FRESH_GLUCOSE
_ALLOWED = ((0.05, 5.0), (0.5, 500.0), (0.2, 1.5))


@dataclass(frozen=True)
class Counts:
    """Counts of one culture condition: `days` (times,) ascending, `density` (replicates, times) in 1e6 cells/mL."""

    days: Array
    density: Array


@dataclass(frozen=True)
class Estimate:
    """A fitted parameter and its 95 % interval, in the unit that `PARAMETERS` gives for its name."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GrowthFit:
    """Estimates by name, the fitted density of each replicate at the measured times, and how well the law fits.

    `residual_cv` is the residual standard deviation of log counts (about the relative error of one count).
    `lack_of_fit_p` is the probability of a misfit like this, if the law were right and replicates differed by their
    start and by counting errors alone: a small one speaks against the law. `aicc` is comparable between laws fitted
    to the same counts; lower is better.
    """

    law: str
    estimates: Mapping[str, Estimate]
    fitted: Array
    residual_cv: float
    lack_of_fit_p: float
    aicc: float
    counts: int

    @property
    def doubling_hours(self) -> float:
        """Doubling time of unhindered cells, hours."""
        return float(24.0 * np.log(2.0) / self.estimates["mu_max"].value)


def read_counts(path: Path) -> dict[str, Counts]:
    """Counts by condition from a CSV file with the columns `state`, `rep`, `t_h` and `cells_per_ml`.

    Raises `TwinError`, naming the line, when a column is missing, a value is no positive number, or a replicate lacks
    a time that another one has.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise TwinError(f"{path.name} has no column {lacking[0]!r}: it needs {', '.join(_COLUMNS)}.")
            rows = [_row(path, reader.line_num, row) for row in reader]
    except OSError as error:
        raise TwinError(f"The counts {path} cannot be read: {error.strerror}.") from error
    return {state: _counts(path, state, rows) for state in dict.fromkeys(row[0] for row in rows)}


def _row(path: Path, line: int, row: Mapping[str, str]) -> tuple[str, str, float, float]:
    try:
        hours, cells = float(row["t_h"]), float(row["cells_per_ml"])
    except (TypeError, ValueError) as error:
        raise TwinError(f"{path.name}, line {line}: time and count must be numbers.") from error
    if not (np.isfinite(hours) and np.isfinite(cells) and hours >= 0 and cells > 0):
        raise TwinError(f"{path.name}, line {line}: a time must be zero or more and a count above zero.")
    return row["state"], row["rep"], hours, cells


def _counts(path: Path, state: str, rows: list[tuple[str, str, float, float]]) -> Counts:
    table = {(rep, hours): cells for name, rep, hours, cells in rows if name == state}
    reps = list(dict.fromkeys(rep for rep, _ in table))
    times = sorted({hours for _, hours in table})
    for rep in reps:
        for hours in times:
            if (rep, hours) not in table:
                raise TwinError(f"{path.name}: replicate {rep} of {state} has no count at {hours:g} h.")
    density = np.array([[table[rep, hours] for hours in times] for rep in reps]) / 1e6
    return Counts(np.array(times) / 24.0, density)


def _logistic(y: Array, p: Array) -> Array:
    mu_max, capacity = p
    rate: Array = mu_max * y * (1.0 - y / capacity)
    return rate


def _substrate(y: Array, p: Array) -> Array:
    mu_max, capacity = p
    left = np.maximum(capacity - y, 0.0)
    rate: Array = mu_max * y * left / (left + _HALF * capacity)
    return rate


_RHS: Mapping[str, Rhs] = {"logistic": _logistic, "substrate": _substrate}


def curves(law: str, shared: Array, start: Array, days: Array) -> Array:
    """Density at `days` (times,) for parameters (3, n) and densities at the first time (n,); shape (n, times).

    Raises `TwinError` for an unknown law.
    """
    if law not in _RHS:
        raise TwinError(f"There is no growth law {law!r}: choose one of {', '.join(LAWS)}.")
    y = (start * shared[2])[None, :]
    made = [start]
    for span in np.diff(days):
        y = integrate(_RHS[law], y, shared[:2], float(span), rtol=1e-9, atol=1e-11)
        made.append(y[0])
    return np.stack(made, axis=1)


class _Problem:
    """Log counts, and what a law predicts for them at a point (log parameters, then log starts)."""

    def __init__(self, counts: Counts, law: str) -> None:
        self.law, self.days = law, counts.days
        self.replicates, self.times = counts.density.shape
        self.target = np.log(counts.density)
        self.shared = len(PARAMETERS)
        self.unknown = self.shared + self.replicates
        self.freedom = self.target.size - self.unknown

    def predict(self, points: Array) -> Array:
        """Log densities for points (k, unknown), integrated side by side; shape (k, replicates * times)."""
        shared = np.repeat(np.exp(points[:, : self.shared]).T, self.replicates, axis=1)
        start = np.exp(points[:, self.shared :]).ravel()
        logs: Array = np.log(curves(self.law, shared, start, self.days))
        return logs.reshape(points.shape[0], -1)

    def misfit(self, point: Array) -> Array:
        """Predicted less measured log counts."""
        misfit: Array = self.predict(point[None, :])[0] - self.target.ravel()
        return misfit

    def slopes(self, point: Array) -> Array:
        """Derivative of the misfit by the point, from central differences."""
        shift = 1e-5 * np.eye(self.unknown)
        both = self.predict(np.concatenate([point + shift, point - shift]))
        slopes: Array = (both[: self.unknown] - both[self.unknown :]).T / 2e-5
        return slopes


def fit_growth(counts: Counts, law: str = "substrate") -> GrowthFit:
    """Least squares on log counts, with 95 % intervals from the curvature at the optimum (Student's t).

    The parameters are fitted as logarithms, so that intervals stay positive. Raises `TwinError` for an unknown law,
    fewer than five times or two replicates, or when the fit does not converge.
    """
    replicates, times = counts.density.shape
    if times < 5 or replicates < 2:
        raise TwinError(f"{replicates} replicates at {times} times are too few to fit: give 2 or more at 5 or more.")
    problem = _Problem(counts, law)
    starts = np.log(counts.density[:, 0])
    guess = np.log(np.array([1.0, 1.2 * counts.density.max(), 0.9]))
    low, high = np.log(np.array(_ALLOWED)).T
    found = least_squares(
        problem.misfit,
        np.concatenate([np.clip(guess, low, high), starts]),
        jac=problem.slopes,
        bounds=(np.concatenate([low, starts - 1.0]), np.concatenate([high, starts + 1.0])),
        xtol=1e-10,
    )
    if not found.success:
        raise TwinError(f"The {law} law could not be fitted: {found.message}")
    return _report(problem, np.asarray(found.x, dtype=np.float64))


def best_fit(counts: Counts) -> tuple[GrowthFit, ...]:
    """All laws fitted to the same counts, the one with the lowest corrected Akaike criterion first."""
    return tuple(sorted((fit_growth(counts, law) for law in LAWS), key=lambda fit: fit.aicc))


def _report(problem: _Problem, point: Array) -> GrowthFit:
    misfit, slopes = problem.misfit(point), problem.slopes(point)
    squares = float(misfit @ misfit)
    variance = squares / problem.freedom
    spread = np.sqrt(np.diag(np.linalg.pinv(slopes.T @ slopes)) * variance)
    spread = spread * float(student.ppf(0.975, problem.freedom))
    used = problem.unknown + 1
    size = problem.target.size
    return GrowthFit(
        law=problem.law,
        estimates={
            name: Estimate(*(float(np.exp(point[n] + sign * spread[n])) for sign in (0.0, -1.0, 1.0)))
            for n, name in enumerate(PARAMETERS)
        },
        fitted=np.exp(problem.target + misfit.reshape(problem.target.shape)),
        residual_cv=float(np.sqrt(variance)),
        lack_of_fit_p=_lack_of_fit(problem, squares),
        aicc=float(size * np.log(squares / size) + 2 * used + 2 * used * (used + 1) / (size - used - 1)),
        counts=size,
    )


def _lack_of_fit(problem: _Problem, squares: float) -> float:
    """Probability, by an F test, of this misfit beyond what replicates show among themselves."""
    logs = problem.target
    scatter = logs - logs.mean(axis=0) - logs.mean(axis=1, keepdims=True) + logs.mean()
    pure, pure_freedom = float((scatter**2).sum()), (problem.replicates - 1) * (problem.times - 1)
    extra = problem.freedom - pure_freedom
    if pure <= 0.0 or extra < 1:
        return 1.0
    return float(f_test.sf(max(squares - pure, 0.0) / extra / (pure / pure_freedom), extra, pure_freedom))
