"""Distributions fitted to durations, with how well they fit; a fit that is refused is said to be.

What had not ended when the log did counts as "longer than that": right-censored, in the likelihood, in the observed
distribution (Kaplan and Meier, 1958) and in the samples drawn for the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

Array = NDArray[np.float64]

FEWEST: Final = 20
"""Durations from which a distribution is fitted at all."""
_MOST: Final = 5_000
"""So many are tested; with more, differences too small to matter would be refused, at a cost of minutes."""
_REPEATS: Final = 199
_FAMILIES: Final[dict[str, Any]] = {
    "lognormal": stats.lognorm,
    "gamma": stats.gamma,
    "Weibull": stats.weibull_min,
    "exponential": stats.expon,
}


@dataclass(frozen=True)
class Durations:
    """Durations of one activity.

    Attributes:
        hours: (n,) of zero or more; until the end of the log where it had not ended.
        cases: (n,) the case of each; cases, not durations, are resampled, because those of one case are alike.
        open: (n,) whether it had not ended.
        limit: (n,) hours from its beginning to the end of the log, which no duration seen here can exceed.
    """

    hours: Array
    cases: NDArray[np.str_]
    open: NDArray[np.bool_]
    limit: Array

    def of(self, chosen: NDArray[Any]) -> "Durations":
        """Some of them, by places or by a mask."""
        return Durations(self.hours[chosen], self.cases[chosen], self.open[chosen], self.limit[chosen])


@dataclass(frozen=True)
class Fit:
    """Durations in hours, and the family that describes them best by Akaike's criterion.

    Attributes:
        count: of durations, zeros and those that had not ended included.
        zeros: share of them that are zero (they are described apart).
        median, low, high: median of all with its 95 % interval, resampled by case; by Kaplan and Meier where some had
            not ended, and infinite where half of them had not.
        mean: of those that had ended.
        open: how many had not ended when the log did.
        family: name; empty where there are too few to fit.
        parameters: as SciPy names them, by name; the log sd of a lognormal is `s`, its median `scale`.
        distance: greatest distance between the fitted and the observed distribution (Kolmogorov-Smirnov): what a
            refused fit is wrong by, as a share of the durations.
        p: share of samples drawn from the fit itself that lie further away, after they were fitted anew.
        tails: the same distance with its square weighed towards both tails (Anderson-Darling).
        tails_p: its p, likewise.
    """

    count: int
    zeros: float
    median: float
    low: float
    high: float
    mean: float
    open: int = 0
    family: str = ""
    parameters: tuple[tuple[str, float], ...] = ()
    distance: float = float("nan")
    p: float = float("nan")
    tails: float = float("nan")
    tails_p: float = float("nan")

    @property
    def whole_mean(self) -> float:
        """Mean of all: of those seen, or of the fitted family where some had not ended and one was fitted."""
        if not self.open or not self.family:
            return self.mean
        given = dict(self.parameters)
        scale = given.pop("scale")
        return (1 - self.zeros) * float(_FAMILIES[self.family](*given.values(), scale=scale).mean())

    @property
    def log_spread(self) -> float:
        """The log sd with which a lognormal of this median has this mean; 0 where the mean is below the median."""
        ratio = self.whole_mean / self.median if self.median > 0 else 1.0
        return float(np.sqrt(2 * np.log(ratio))) if 1 < ratio < np.inf else 0.0

    @property
    def refused(self) -> bool:
        """Whether the data say that the family is the wrong one; two tests at 2.5 % are one at 5 % at most."""
        return bool(self.family) and min(self.p, self.tails_p) < 0.025


def fit_durations(given: Durations, rng: np.random.Generator) -> Fit:
    """Fit durations.

    Args:
        given: The durations.
        rng: For resampling.
    """
    low, high = _interval(given, _median, rng)
    ended = given.hours[~given.open]
    positive = given.of(given.hours > 0)
    known: dict[str, Any] = {
        "count": given.hours.size,
        "zeros": 1 - positive.hours.size / given.hours.size,
        "median": _median(given),
        "low": low,
        "high": high,
        "mean": float(ended.mean()) if ended.size else float("nan"),
        "open": int(given.open.sum()),
    }
    seen = positive.hours[~positive.open]
    if seen.size < FEWEST or np.ptp(seen) == 0:
        return Fit(**known)
    if positive.hours.size > _MOST:
        positive = positive.of(rng.choice(positive.hours.size, _MOST, replace=False))
    return Fit(**known, **_best(positive, rng))


def _best(given: Durations, rng: np.random.Generator) -> dict[str, Any]:
    """The family with the least of Akaike's criterion, and how far from it samples of its own would lie."""
    fitted = {name: _parameters(name, given) for name in _FAMILIES}
    name = min(fitted, key=lambda of: _aic(of, fitted[of], given))
    family, found = _FAMILIES[name], fitted[name]
    distances = _distances(name, found, given)
    further = np.zeros(2)
    for _ in range(_REPEATS):
        hours = np.maximum(family.rvs(*found, size=given.hours.size, random_state=rng), 1e-9)
        drawn = Durations(np.minimum(hours, given.limit), given.cases, hours > given.limit, given.limit)
        further += _distances(name, _parameters(name, drawn), drawn) >= distances
    p = (further + 1) / (_REPEATS + 1)
    labels = (*(family.shapes or "").split(", "), "loc", "scale") if family.shapes else ("loc", "scale")
    named = tuple((label, float(value)) for label, value in zip(labels, found, strict=True) if label != "loc")
    tests = {"distance": distances[0], "p": p[0], "tails": distances[1], "tails_p": p[1]}
    return {"family": name, "parameters": named, **{what: float(value) for what, value in tests.items()}}


def _parameters(name: str, given: Durations) -> tuple[float, ...]:
    """Parameters by maximum likelihood, the place fixed at zero; in closed form where there is one."""
    hours = given.hours
    if given.open.any():
        data = stats.CensoredData(uncensored=hours[~given.open], right=hours[given.open])
        return tuple(float(one) for one in _FAMILIES[name].fit(data, floc=0))
    if name == "lognormal":
        logs = np.log(hours)
        return (float(logs.std()) or 1e-9, 0.0, float(np.exp(logs.mean())))
    if name == "exponential":
        return (0.0, float(hours.mean()))
    return tuple(float(one) for one in _FAMILIES[name].fit(hours, floc=0))


def _aic(name: str, found: tuple[float, ...], given: Durations) -> float:
    family = _FAMILIES[name]
    likely = family.logpdf(given.hours[~given.open], *found).sum() + family.logsf(given.hours[given.open], *found).sum()
    criterion = 2 * (len(found) - 1) - 2 * float(likely)
    return criterion if np.isfinite(criterion) else float("inf")


def _distances(name: str, found: tuple[float, ...], given: Durations) -> Array:
    """(2,) Kolmogorov-Smirnov and Anderson-Darling, between the fit and what was observed, up to the longest seen.

    With u the fitted and k the observed distribution, the second is n times the integral of (k - u)^2 / (u (1 - u)) du:
    between two observations k stands still, and the integral is k^2 ln u - (1 - k)^2 ln(1 - u) - u.
    """
    times, steps = observed(given)
    u = np.clip(_FAMILIES[name].cdf(times, *found), 1e-12, 1 - 1e-12)
    before = np.concatenate([[0.0], steps[:-1]])
    ks = max(np.abs(steps - u).max(), np.abs(before - u).max())
    whole = steps[-1] >= 1 - 1e-12
    edges = np.concatenate([[0.0], u, [1.0] if whole else []])
    levels = np.concatenate([[0.0], steps])[: edges.size - 1]
    ad = given.hours.size * float((_integral(levels, edges[1:]) - _integral(levels, edges[:-1])).sum())
    return np.array([ks, ad])


def _integral(k: Array, u: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(k > 0, k**2 * np.log(u), 0.0)
        right = np.where(k < 1, (1 - k) ** 2 * np.log1p(-u), 0.0)
    return np.asarray(left - right - u, float)


def observed(given: Durations) -> tuple[Array, Array]:
    """The observed distribution by Kaplan and Meier: times at which something ended, and the share ended by then.

    `scipy.stats.ecdf` gives the same (a test holds it) at four to eight times the cost (benchmarks/survival.py), which
    the bootstrap and the samples of the tests would pay 199 times each.
    """
    times = np.unique(given.hours[~given.open])
    order = np.sort(given.hours)
    at_risk = given.hours.size - np.searchsorted(order, times, side="left")
    ends = np.sort(given.hours[~given.open])
    ended = np.searchsorted(ends, times, side="right") - np.searchsorted(ends, times, side="left")
    if not given.open.any():
        return times, np.asarray(np.cumsum(ended) / given.hours.size, float)
    return times, np.asarray(1 - np.cumprod(1 - ended / at_risk), float)


def _median(given: Durations) -> float:
    if not given.open.any():
        return float(np.median(given.hours)) if given.hours.size else float("nan")
    times, shares = observed(given)
    past = times[shares >= 0.5 - 1e-12]
    return float(past[0]) if past.size else float("inf")


def _interval(given: Durations, what: Callable[[Durations], float], rng: np.random.Generator) -> tuple[float, float]:
    """95 % interval of a figure, by drawing cases with replacement."""
    names, place = np.unique(given.cases, return_inverse=True)
    if names.size < 3:
        return float("nan"), float("nan")
    groups = [np.flatnonzero(place == number) for number in range(names.size)]
    found = []
    for _ in range(_REPEATS):
        drawn = rng.integers(0, names.size, names.size)
        found.append(what(given.of(np.concatenate([groups[number] for number in drawn]))))
    low, high = np.quantile(found, (0.025, 0.975), method="inverted_cdf")
    return float(low), float(high)
