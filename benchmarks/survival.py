"""The observed distribution of durations, some of which had not ended: ours and SciPy's, as the bootstrap asks for it.

    python benchmarks/survival.py [--format json]

Both are Kaplan's and Meier's estimate, and give the same shares. Figures are microseconds of processor time for one
estimate, medians of interleaved rounds, for 30, 300 and 5,000 durations of which a fifth is open.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from twin.learn.fits import Durations, observed

ROUNDS, TIMES = 40, 10
SIZES = (30, 300, 5000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    figures, ratios = measure()
    if parser.parse_args().format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, value in (figures | ratios).items():
        print(f"{name:28} {value:10.2f}")


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """Microseconds of each, and how many times faster ours is."""
    figures, ratios = {}, {}
    for size in SIZES:
        given = _durations(size)
        same(given)
        taken: dict[str, list[float]] = {"ours": [], "scipy": []}
        for _ in range(ROUNDS):
            for name, estimate in (("ours", observed), ("scipy", by_scipy)):
                taken[name].append(_microseconds(estimate, given))
        found = {name: statistics.median(values) for name, values in taken.items()}
        figures |= {f"{name}_{size}_us": round(value, 1) for name, value in found.items()}
        ratios[f"observed_vs_scipy_{size}"] = round(found["scipy"] / found["ours"], 2)
    return figures, ratios


def by_scipy(given: Durations) -> tuple[Any, Any]:
    """Times and shares as SciPy gives them."""
    data = stats.CensoredData(uncensored=given.hours[~given.open], right=given.hours[given.open])
    found = stats.ecdf(data).cdf
    return found.quantiles, found.probabilities


def same(given: Durations) -> None:
    """Refuse to compare what does not agree."""
    times, shares = observed(given)
    theirs = dict(zip(*by_scipy(given), strict=True))
    assert np.allclose([theirs[one] for one in times], shares)


def _durations(size: int) -> Durations:
    rng = np.random.default_rng(1)
    hours = np.round(rng.lognormal(1, 1, size), 2)
    limit = np.full(size, np.quantile(hours, 0.8))
    return Durations(np.minimum(hours, limit), np.arange(size).astype(str), hours > limit, limit)


def _microseconds(estimate: Callable[[Durations], Any], given: Durations) -> float:
    started = time.process_time()
    for _ in range(TIMES):
        estimate(given)
    return (time.process_time() - started) / TIMES * 1e6


if __name__ == "__main__":
    main()
