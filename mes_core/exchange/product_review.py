"""The yearly product review (21 CFR 211.180(e)): what was made, how it behaved, and what no record here says.

The figures are worked out here from records alone; `product_review_pdf` prints them.
"""

import itertools
import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import combinations

from mes_core.messages import BatchRecord
from mes_core.messages.deviations import DeviationView
from mes_core.messages.views import BatchView
from mes_core.spelling.times import BEGINS_FIRST, BEGINS_LAST, day_in

_D2 = 1.128
"""Mean moving range of two values over their standard deviation."""
_LEAST = 8
"""Fewer values than this in a subgroup give no limits: they would say little."""
NOT_RECORDED = (
    "Results of stability studies",
    "Returns, complaints and recalls",
    "Starting materials and supplier audits beyond the lots used",
    "Changes and variations filed, granted or refused",
    "State of equipment and utilities",
    "Technical agreements",
    "Commitments and actions of earlier reviews",
)
"""Parts of a review of which this system holds no record: open questions, answered by people."""


@dataclass(frozen=True)
class Made:
    """One batch with what happened to it."""

    record: BatchRecord
    view: BatchView
    deviations: Sequence[DeviationView] = ()


@dataclass(frozen=True)
class Point:
    """One value of a parameter: batch, value, and its place in the record."""

    batch_id: str
    value: float
    source: str


@dataclass(frozen=True)
class Subgroup:
    """A parameter in one subgroup, in the order in which batches were made.

    `sigma` is within the subgroup, from moving ranges; `overall` the standard deviation. Both are in the unit of the
    parameter. Limits of the control chart are three `sigma` from the mean. What can't be said is None.
    """

    name: str
    points: tuple[Point, ...]
    mean: float
    overall: float
    sigma: float | None
    low: float | None
    high: float | None
    trend: float | None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Lower and upper control limit."""
        return (self.mean - 3 * self.sigma, self.mean + 3 * self.sigma) if self.sigma else None

    @property
    def outside(self) -> tuple[Point, ...]:
        """Values outside of the control limits."""
        limits = self.limits
        return tuple(one for one in self.points if limits and not limits[0] <= one.value <= limits[1])

    def capability(self, spread: float | None) -> float | None:
        """Distance from the mean to the nearer limit of the specification in three standard deviations."""
        if not spread:
            return None
        sides = [self.high - self.mean] if self.high is not None else []
        sides += [self.mean - self.low] if self.low is not None else []
        return min(sides) / (3 * spread) if sides else None


@dataclass(frozen=True)
class Parameter:
    """A parameter over all subgroups."""

    name: str
    unit: str
    subgroups: tuple[Subgroup, ...]


@dataclass(frozen=True)
class Review:
    """The figures of a review, each traceable to the batches it was made from."""

    product: str
    begins: date
    ends: date
    made: tuple[Made, ...]
    states: Mapping[str, int]
    parameters: tuple[Parameter, ...]
    materials: tuple[tuple[str, str, int], ...]
    answers: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def undated(self) -> int:
        """How many batches have no time of manufacture on record: they stand in the order of their numbers."""
        return sum(one.record.manufactured_at is None for one in self.made)

    @property
    def questions(self) -> tuple[str, ...]:
        """What nobody has said yet."""
        unread = tuple(f"Batch {one}, whose record can't be read: is it of this product?" for one in self.unread)
        return tuple(one for one in (*unread, *NOT_RECORDED) if one not in self.answers)


def review(
    product: str,
    begins: date,
    ends: date,
    made: Iterable[Made],
    answers: Mapping[str, str] | None = None,
    *,
    unread: tuple[str, ...] = (),
) -> Review:
    """Work out a review.

    Args:
        product: name or code of the product.
        begins, ends: first and last day.
        made: batches of the period.
        answers: a person's words on what no record says, by `NOT_RECORDED`.
        unread: batches that may belong to it and whose record can't be read: each is an open question.
    """
    ordered = tuple(sorted(made, key=lambda one: (_when(one.record), counted(one.record.batch_id))))
    states = Counter(one.view.state.value for one in ordered)
    lots: Counter[tuple[str, str]] = Counter()
    for one in ordered:
        lots.update({(used.name, used.lot) for used in one.record.materials})
    materials = tuple((name, lot, number) for (name, lot), number in sorted(lots.items()))
    return Review(product, begins, ends, ordered, dict(states), _parameters(ordered), materials, answers or {}, unread)


def counted(name: str) -> tuple[tuple[bool, int, str], ...]:
    """A key that sorts names as people count: batch 9 before batch 10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts)


def _when(record: BatchRecord) -> str:
    return record.manufactured_at.isoformat() if record.manufactured_at else ""


def _parameters(made: Sequence[Made]) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], dict[str, list[tuple[Point, float | None, float | None]]]] = {}
    for one in made:
        for each in one.record.parameters:
            if each.value is None or not math.isfinite(each.value):
                continue
            source = f"batches/{one.record.batch_id}#record.parameters.{each.name}.value"
            point = Point(one.record.batch_id, each.value, source)
            groups = found.setdefault((each.name, each.unit), {})
            groups.setdefault(one.record.product_code or "-", []).append((point, each.low, each.high))
    return tuple(
        Parameter(
            name, unit, tuple(_subgroup(key, values) for key, values in sorted(groups.items(), key=_counted_first))
        )
        for (name, unit), groups in sorted(found.items())
    )


def _counted_first(group: tuple[str, object]) -> tuple[tuple[bool, int, str], ...]:
    return counted(group[0])


def _subgroup(name: str, values: Sequence[tuple[Point, float | None, float | None]]) -> Subgroup:
    points = tuple(point for point, _, _ in values)
    numbers = [point.value for point in points]
    mean = statistics.fmean(numbers)
    overall = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
    enough = len(numbers) >= _LEAST
    ranges = [abs(after - before) for before, after in itertools.pairwise(numbers)]
    sigma = statistics.fmean(ranges) / _D2 if enough else None
    lows = {low for _, low, _ in values if low is not None}
    highs = {high for _, _, high in values if high is not None}
    # Where limits changed within the year, the stricter ones are looked at.
    low, high = max(lows, default=None), min(highs, default=None)
    return Subgroup(name, points, mean, overall, sigma, low, high, _trend(numbers) if enough else None)


def _trend(numbers: Sequence[float]) -> float | None:
    """Kendall's tau (a) of the values over their order: -1 falls throughout, 1 rises throughout."""
    pairs = [(later > earlier) - (later < earlier) for earlier, later in combinations(numbers, 2)]
    return sum(pairs) / len(pairs)


def in_period(record: BatchRecord, begins: date, ends: date, zone: tzinfo | None) -> bool | None:
    """Whether a batch was made in a period, by the day that it was at the plant; one without a time was not.

    None: the plant's zone is not known, and it decides.
    """
    made: datetime | None = record.manufactured_at
    if made is None:
        return False
    found = {begins <= day_in(made, one) <= ends for one in ((zone,) if zone else (BEGINS_FIRST, BEGINS_LAST))}
    return found.pop() if len(found) == 1 else None
