"""Exact intervals of a share."""

from collections.abc import Callable
from math import exp, lgamma, log, log1p

_STEPS = 60
"""Halvings of the range from 0 to 1: more than a number of 64 bits can tell apart."""


def exact_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval of a share; (0, 1) when nothing was tried."""
    if trials <= 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if successes <= 0 else _border(lambda share: _at_least(successes, trials, share) >= tail)
    high = 1.0 if successes >= trials else _border(lambda share: _at_least(successes + 1, trials, share) >= 1 - tail)
    return low, high


def _at_least(successes: int, trials: int, share: float) -> float:
    """Chance of so many successes or more; sums of logarithms, as the terms of long trials are tiny."""
    return sum(
        exp(
            lgamma(trials + 1)
            - lgamma(count + 1)
            - lgamma(trials - count + 1)
            + count * log(share)
            + (trials - count) * log1p(-share)
        )
        for count in range(successes, trials + 1)
    )


def _border(reached: Callable[[float], bool]) -> float:
    """The share from which on something is reached."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
        if high >= 1.0 and low >= 1.0 - 1e-15:
            break
    return (low + high) / 2
