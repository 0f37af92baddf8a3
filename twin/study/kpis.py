"""Sums over batches that can be added up, and the figures with intervals that are made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student  # type: ignore[import-untyped]

Array = NDArray[np.float64]
_Z = 1.959963984540054
BINS = np.linspace(0.0, 60.0, 241)
"""Edges of the histogram of release times, days; the last bin also holds what takes longer."""


@dataclass(frozen=True)
class Figure:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass
class Tally:
    """What one replication of one scenario adds up to. `potency` holds n and the sums of the first four powers of the
    potency less 50; `sums` any other sums by name; `histogram` of release times; `busy` loads by resource."""

    batches: int = 0
    failed: int = 0
    released: int = 0
    right_first: int = 0
    potency: Array = field(default_factory=lambda: np.zeros(5))
    sums: dict[str, float] = field(default_factory=dict)
    histogram: Array = field(default_factory=lambda: np.zeros(BINS.size))
    busy: dict[str, float] = field(default_factory=dict)

    def mean(self, name: str) -> float:
        """Mean over released batches of what was summed under a name."""
        return self.sums[name] / self.released if self.released else float("nan")

    def weighed(self, kpi: str) -> tuple[float, float]:
        """A figure of this replication and its weight: `failure_rate`, `right_first_time` and `potency_cv` over all
        batches, whatever else was summed over released ones."""
        if kpi == "failure_rate":
            return self.failed / self.batches, self.batches
        if kpi == "right_first_time":
            return 1 - self.failed / self.batches, self.batches
        if kpi == "potency_cv":
            return variation(self.potency).mean, self.batches
        return self.mean("release" if kpi == "release_days" else kpi), self.released


def power_sums(values: Array) -> Array:
    """Number and sums of the first four powers of values less 50."""
    shifted = values - 50.0
    return np.array([values.size, *(float((shifted**power).sum()) for power in range(1, 5))])


def share(hits: int, of: int) -> Figure:
    """A share with its Wilson interval; an empty group has no share (NaN)."""
    if not of:
        return Figure(float("nan"), float("nan"), float("nan"))
    p = hits / of
    centre = (p + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z / (1 + _Z**2 / of) * sqrt(p * (1 - p) / of + _Z**2 / (4 * of**2))
    return Figure(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)))


def variation(powers: Array) -> Figure:
    """Coefficient of variation with an interval by the delta method (third and fourth moments enter it)."""
    n = powers[0]
    if n < 2:
        return Figure(float("nan"), float("nan"), float("nan"))
    m1, m2, m3, m4 = (powers[power] / n for power in range(1, 5))
    mean, variance = 50.0 + m1, m2 - m1**2
    third = m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    cv = sqrt(max(variance, 0.0) * n / (n - 1)) / mean
    if variance <= 0:
        return Figure(cv, cv, cv)
    spread = cv**2 * ((fourth - variance**2) / (4 * variance**2) + variance / mean**2 - third / (variance * mean))
    half = _Z * sqrt(max(spread, 0.0) / n)
    return Figure(cv, max(0.0, cv - half), cv + half)


def over_replications(values: Sequence[float], weights: Sequence[float]) -> Figure:
    """Mean over replications, and its interval by Student's t; a single replication has no interval (NaN)."""
    given = np.array([(value, weight) for value, weight in zip(values, weights, strict=True) if weight > 0])
    if not given.size:
        return Figure(float("nan"), float("nan"), float("nan"))
    value, weight = given.T
    mean = float((value * weight).sum() / weight.sum())
    count = len(value)
    if count < 2:
        return Figure(mean, float("nan"), float("nan"))
    error = sqrt(float(((weight * (value - mean)) ** 2).sum()) * count / (count - 1)) / float(weight.sum())
    half = float(student.ppf(0.975, count - 1)) * error
    return Figure(mean, mean - half, mean + half)


def combined(parts: Sequence[tuple[float, Sequence[float], Sequence[float]]]) -> Figure:
    """A sum of weighted means over the same replications, each times a factor, with its 95 % interval.

    Replications are paired: what they have in common (the same patients, the same luck) falls out of a difference.
    The interval is Student's t on the sums of residuals, one for each replication (the delta method for ratios).

    Args:
        parts: of each mean its factor, its values and their weights, one for each replication.
    """
    count = len(parts[0][1])
    mean, residuals = 0.0, np.zeros(count)
    for factor, values, weights in parts:
        # A replication without weight (it released nothing) has no value.
        value, weight = np.nan_to_num(np.array(values, float)), np.array(weights, float)
        if not weight.sum():
            return Figure(float("nan"), float("nan"), float("nan"))
        own = float((value * weight).sum() / weight.sum())
        mean += factor * own
        residuals += factor * weight * (value - own) / weight.sum()
    if count < 2:
        return Figure(mean, float("nan"), float("nan"))
    half = float(student.ppf(0.975, count - 1)) * sqrt(float((residuals**2).sum()) * count / (count - 1))
    return Figure(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Summary:
    """Figures of one scenario over all replications."""

    batches: int
    failed: int
    failure_rate: Figure
    right_first_time: Figure
    right_first_time_strict: Figure
    release_days: Figure
    potency_cv: Figure
    means: dict[str, Figure]
    histogram: Array
    busy: dict[str, float]

    def quantile(self, q: float) -> float:
        """Release time that a share `q` of released batches stays below, to a quarter of a day."""
        total = np.cumsum(self.histogram)
        if not total[-1]:
            return float("nan")
        return float(BINS[min(int(np.searchsorted(total, q * total[-1])) + 1, BINS.size - 1)])


def summarise(tallies: Sequence[Tally]) -> Summary:
    """One scenario from its replications."""
    batches, failed = sum(one.batches for one in tallies), sum(one.failed for one in tallies)
    weights = [float(one.released) for one in tallies]
    names = tallies[0].sums
    means = {name: over_replications([one.mean(name) for one in tallies], weights) for name in names}
    busy = {
        name: float(np.average([one.busy[name] for one in tallies], weights=[one.batches for one in tallies]))
        for name in tallies[0].busy
    }
    return Summary(
        batches,
        failed,
        share(failed, batches),
        share(batches - failed, batches),
        share(sum(one.right_first for one in tallies), batches),
        means["release"],
        variation(np.sum([one.potency for one in tallies], axis=0)),
        means,
        np.sum([one.histogram for one in tallies], axis=0),
        busy,
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """The four KPIs of Table 1 by name, each with mean, low and high."""
    return {
        "failure_rate": summary.failure_rate.as_dict(),
        "right_first_time": summary.right_first_time.as_dict(),
        "release_days": summary.release_days.as_dict(),
        "potency_cv": summary.potency_cv.as_dict(),
    }
