"""Trends over earlier batches: the Nelson and Western Electric tests on a control chart, with limits from a baseline.

Sources: L. S. Nelson, Journal of Quality Technology 16 (1984) 237; Western Electric, Statistical Quality Control
Handbook (1956). A test says how many points it needs; with fewer it can't fire, and it says so through `needs`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from rules.errors import BadFact

_D2 = 1.128
"""Mean of the range of two normal values, in standard deviations."""
Deviations = Sequence[float]


@dataclass(frozen=True)
class Centre:
    """Centre line and standard deviation of a chart of single values."""

    mean: float
    sigma: float


@dataclass(frozen=True)
class Signal:
    """A test that fired on the newest value: its name, its words, and how many of the last values show it."""

    test: str
    words: str
    points: int


@dataclass(frozen=True)
class TrendTest:
    """One test on the newest values: how many it looks at, and when it fires (values in standard deviations)."""

    needs: int
    words: str
    fires: Callable[[Deviations], bool]


def baseline(values: Sequence[float], *, least: int = 20) -> Centre:
    """Centre and spread from the moving range of at least `least` earlier values, oldest first.

    Raises:
        BadFact: too few values, one that is not finite, or no spread at all.
    """
    if len(values) < least:
        raise BadFact(f"A trend needs at least {least} earlier values, there are {len(values)}.")
    if not all(math.isfinite(one) for one in values):
        raise BadFact("An earlier value is NaN or infinite: a trend can't be judged on it.")
    sigma = fmean(abs(b - a) for a, b in pairwise(values)) / _D2
    if sigma <= 0:
        raise BadFact("The earlier values are all the same: a trend can't be judged without a spread.")
    return Centre(fmean(values), sigma)


def _same_side(many: int, beyond: float) -> Callable[[Deviations], bool]:
    """At least `many` values on one side, further out than `beyond`."""
    return lambda zs: sum(z > beyond for z in zs) >= many or sum(z < -beyond for z in zs) >= many


def _steady(zs: Deviations) -> bool:
    return all(b > a for a, b in pairwise(zs)) or all(b < a for a, b in pairwise(zs))


def _alternating(zs: Deviations) -> bool:
    steps = [b - a for a, b in pairwise(zs)]
    return all(a * b < 0 for a, b in pairwise(steps))


TESTS: dict[str, TrendTest] = {
    "nelson_1": TrendTest(1, "one value beyond 3 standard deviations", lambda zs: abs(zs[0]) > 3),
    "nelson_2": TrendTest(9, "nine values in a row on one side of the mean", _same_side(9, 0)),
    "nelson_3": TrendTest(6, "six values in a row that all rise or all fall", _steady),
    "nelson_4": TrendTest(14, "fourteen values in a row that go up and down in turn", _alternating),
    "nelson_5": TrendTest(3, "two of three values beyond 2 standard deviations on one side", _same_side(2, 2)),
    "nelson_6": TrendTest(5, "four of five values beyond 1 standard deviation on one side", _same_side(4, 1)),
    "nelson_7": TrendTest(
        15, "fifteen values in a row within 1 standard deviation", lambda zs: all(abs(z) < 1 for z in zs)
    ),
    "nelson_8": TrendTest(
        8, "eight values in a row beyond 1 standard deviation", lambda zs: all(abs(z) > 1 for z in zs)
    ),
    "western_electric_4": TrendTest(8, "eight values in a row on one side of the mean", _same_side(8, 0)),
}
"""The closed family of tests by name; Western Electric's other three are Nelson's 1, 5 and 6."""


def signals(values: Sequence[float], centre: Centre, tests: Sequence[str]) -> tuple[Signal, ...]:
    """The tests that fire on the newest of the values.

    Args:
        values: oldest first; the last one is the batch under review.
        centre: from `baseline`, on values that are not under review.
        tests: names out of `TESTS`.

    Raises:
        BadFact: an unknown test, or a value that is not finite.
    """
    if not all(math.isfinite(one) for one in values):
        raise BadFact("A value is NaN or infinite: a trend can't be judged on it.")
    unknown = next((name for name in tests if name not in TESTS), None)
    if unknown is not None:
        raise BadFact(f"There is no trend test {unknown!r}: use {', '.join(TESTS)}.")
    scaled = [(one - centre.mean) / centre.sigma for one in values]
    found: list[Signal] = []
    for name in tests:
        test = TESTS[name]
        if len(scaled) < test.needs:
            continue
        window = scaled[-test.needs :]
        if test.fires(window) and _newest_takes_part(name, window):
            found.append(Signal(name, test.words, test.needs))
    return tuple(found)


def _newest_takes_part(name: str, window: Deviations) -> bool:
    """In the 'some of several' tests the newest value lies out too: else the signal was an older batch's."""
    if name == "nelson_5":
        return abs(window[-1]) > 2 and _same_side(2, 2)([z for z in window if z * window[-1] > 0])
    if name == "nelson_6":
        return abs(window[-1]) > 1 and _same_side(4, 1)([z for z in window if z * window[-1] > 0])
    return True
