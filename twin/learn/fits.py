"""Distributions fitted to durations, with how well they fit; a fit that is refused is said to be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

Array = NDArray[np.float64]

FEWEST: Final = 20
"""Durations from which a distribution is fitted at all."""
_TRIED: Final = 400
_REPEATS: Final = 199
_FAMILIES: Final[dict[str, Any]] = {
    "lognormal": stats.lognorm,
    "gamma": stats.gamma,
    "Weibull": stats.weibull_min,
    "exponential": stats.expon,
}


@dataclass(frozen=True)
class Fit:
    """Durations in hours, and the family that describes them best by Akaike's criterion.

    Attributes:
        count: of durations, zeros included.
        zeros: share of them that are zero (they are described apart).
        median, low, high: median of all with its 95 % interval, resampled by case.
        mean: of all.
        family: name; empty where there are too few to fit.
        parameters: as SciPy names them, by name; the log sd of a lognormal is `s`, its median `scale`.
        distance: greatest distance between the fitted and the observed distribution (Kolmogorov-Smirnov).
        p: share of samples drawn from the fit itself that lie further away, after they were fitted anew.
    """

    count: int
    zeros: float
    median: float
    low: float
    high: float
    mean: float
    family: str = ""
    parameters: tuple[tuple[str, float], ...] = ()
    distance: float = float("nan")
    p: float = float("nan")

    @property
    def refused(self) -> bool:
        """Whether the data say that the family is the wrong one."""
        return bool(self.family) and self.p < 0.05


def fit_durations(hours: Array, cases: NDArray[np.str_], rng: np.random.Generator) -> Fit:
    """Fit durations.

    Args:
        hours: (n,) durations of zero or more.
        cases: (n,) the case of each; cases, not durations, are resampled, because those of one case are alike.
        rng: For resampling.
    """
    positive = hours[hours > 0]
    low, high = _interval(hours, cases, np.median, rng)
    known = Fit(hours.size, 1 - positive.size / hours.size, float(np.median(hours)), low, high, float(hours.mean()))
    if positive.size < FEWEST or np.ptp(positive) == 0:
        return known
    name, given = min(
        ((name, _given(name, positive)) for name in _FAMILIES), key=lambda of: _aic(of[0], of[1], positive)
    )
    tried = positive if positive.size <= _TRIED else rng.choice(positive, _TRIED, replace=False)
    tested = _given(name, tried)
    distance = _distance(name, tested, tried)
    family = _FAMILIES[name]
    further = 0
    for _ in range(_REPEATS):
        drawn = family.rvs(*tested, size=tried.size, random_state=rng)
        further += _distance(name, _given(name, drawn), drawn) >= distance
    labels = (*(family.shapes or "").split(", "), "loc", "scale") if family.shapes else ("loc", "scale")
    named = tuple((label, float(value)) for label, value in zip(labels, given, strict=True) if label != "loc")
    p = (further + 1) / (_REPEATS + 1)
    return Fit(**{**vars(known), "family": name, "parameters": named, "distance": distance, "p": p})


def _given(name: str, values: Array) -> tuple[float, ...]:
    """Parameters by maximum likelihood, the place fixed at zero; in closed form where there is one."""
    if name == "lognormal":
        logs = np.log(values)
        return (float(logs.std()) or 1e-9, 0.0, float(np.exp(logs.mean())))
    if name == "exponential":
        return (0.0, float(values.mean()))
    return tuple(float(one) for one in _FAMILIES[name].fit(values, floc=0))


def _aic(name: str, given: tuple[float, ...], values: Array) -> float:
    found = 2 * (len(given) - 1) - 2 * float(_FAMILIES[name].logpdf(values, *given).sum())
    return found if np.isfinite(found) else float("inf")


def _distance(name: str, given: tuple[float, ...], values: Array) -> float:
    return float(stats.kstest(values, _FAMILIES[name].cdf, args=given).statistic)


def _interval(
    values: Array, cases: NDArray[np.str_], what: Callable[[Array], Any], rng: np.random.Generator
) -> tuple[float, float]:
    """95 % interval of a figure, by drawing cases with replacement."""
    names, place = np.unique(cases, return_inverse=True)
    if names.size < 3:
        return float("nan"), float("nan")
    groups = [values[place == number] for number in range(names.size)]
    found = []
    for _ in range(_REPEATS):
        drawn = rng.integers(0, names.size, names.size)
        found.append(float(what(np.concatenate([groups[number] for number in drawn]))))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
