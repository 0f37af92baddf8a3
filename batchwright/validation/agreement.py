"""Agreement of people and bots on the same batches: Cohen's kappa with its interval, and shares with theirs.

kappa compares how often two raters agree with how often they would by chance, given how often each says what (Cohen
1960). Its standard error for large samples is that of Fleiss, Cohen and Everitt (1969). For few batches the interval is
too narrow: fewer than 30 pairs are said to be too few.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

FEW = 30
_Z = 1.959964


@dataclass(frozen=True)
class Agreement:
    """How far two raters agree.

    Attributes:
        pairs: Batches that both rated.
        agreed: Those that both rated alike.
        kappa: 1 full agreement, 0 that of chance; None where chance alone gives full agreement.
        low, high: Its 95 % interval; None with kappa.
        table: How often each pair of ratings came.
    """

    pairs: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None
    table: dict[tuple[str, str], int]

    @property
    def few(self) -> bool:
        """Whether the interval can't be trusted, for want of pairs."""
        return self.pairs < FEW


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Agreement over pairs of ratings.

    Raises:
        ValueError: There is no pair.
    """
    if not pairs:
        raise ValueError("no pair of ratings")
    number, table = len(pairs), Counter(pairs)
    ratings = sorted({one for pair in pairs for one in pair})
    first = {one: sum(table[one, other] for other in ratings) / number for one in ratings}
    second = {one: sum(table[other, one] for other in ratings) / number for one in ratings}
    agreed = sum(table[one, one] for one in ratings)
    by_chance = sum(first[one] * second[one] for one in ratings)
    if math.isclose(by_chance, 1.0):
        return Agreement(number, agreed, None, None, None, dict(table))
    kappa = (agreed / number - by_chance) / (1 - by_chance)
    error = _standard_error(table, number, ratings, first, second, kappa, by_chance)
    low, high = max(-1.0, kappa - _Z * error), min(1.0, kappa + _Z * error)
    return Agreement(number, agreed, kappa, low, high, dict(table))


def _standard_error(
    table: Counter[tuple[str, str]],
    number: int,
    ratings: Sequence[str],
    first: dict[str, float],
    second: dict[str, float],
    kappa: float,
    by_chance: float,
) -> float:
    same = sum(table[one, one] / number * (1 - (first[one] + second[one]) * (1 - kappa)) ** 2 for one in ratings)
    other = sum(
        table[one, two] / number * (second[one] + first[two]) ** 2 for one in ratings for two in ratings if one != two
    )
    inner = same + (1 - kappa) ** 2 * other - (kappa - by_chance * (1 - kappa)) ** 2
    return math.sqrt(max(0.0, inner) / number) / (1 - by_chance)


def share(hits: int, of: int) -> tuple[float, float, float]:
    """A share with its 95 % interval (Wilson); the whole range where there is nothing to share.

    Raises:
        ValueError: More hits than there are.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if not of:
        return 0.0, 0.0, 1.0
    part, spread = hits / of, _Z * _Z / of
    middle = (part + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(part * (1 - part) / of + spread / of / 4) / (1 + spread)
    return part, max(0.0, middle - half), min(1.0, middle + half)


def median(values: Sequence[float]) -> float | None:
    """The middle one; None where there is none."""
    if not values:
        return None
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
