"""Which way is taken: never-rules, then P, then the second choice, then the price; below the threshold a person."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mes_core.journey.assess import Assessed, Conditions, Shipment, assess
from mes_core.journey.never import shipment_refusals
from mes_core.journey.ways import Offer

AS_GOOD = 0.001
"""Ways whose P differs by at most a tenth of a point are told apart by their second choice."""


@dataclass(frozen=True)
class Choice:
    """All ways on offer, the best first, and whether the first may be booked.

    Attributes:
        ways: those that may be taken, in order; then those that may not.
        second: for each way that may be taken, the P of the best way that leaves later, 0 when there is none.
        never: why nothing may be booked for this shipment at all.
        decides: "bot" when the first way may be booked, else "person".
        why: one sentence for a person.
    """

    ways: tuple[Assessed, ...]
    second: dict[str, float]
    never: tuple[str, ...]
    decides: str
    why: str

    @property
    def first(self) -> Assessed | None:
        """The way that comes first, whoever decides; None when none may be taken."""
        return self.ways[0] if self.ways and self.ways[0].chance is not None else None


def choose(shipment: Shipment, offers: Sequence[Offer], conditions: Conditions) -> Choice:
    """Judge and rank all ways on offer for one shipment."""
    judged = assess(shipment, offers, conditions)
    open_ways = [one for one in judged if one.chance is not None]
    shut = [one for one in judged if one.chance is None]
    second = _second(open_ways)
    ranked = _ranked(open_ways, second)
    never = shipment_refusals(shipment.standing)
    decides, why = _who_decides(shipment, ranked, shut, second, never)
    return Choice((*ranked, *shut), second, never, decides, why)


def _second(ways: Sequence[Assessed]) -> dict[str, float]:
    """For each way, the P of the best one that could still be booked when it fails at its pick-up; 0 without one."""
    by_booking = sorted(
        (one.way.pickup_at - timedelta(hours=one.way.service.cut_off_h), _p(one)) for one in ways if one.way is not None
    )
    best = [0.0]
    for _, p in reversed(by_booking):
        best.append(max(best[-1], p))
    best.reverse()
    times = [at for at, _ in by_booking]
    return {one.way_id: best[bisect_left(times, one.way.pickup_at)] for one in ways if one.way is not None}


def _ranked(ways: Sequence[Assessed], second: dict[str, float]) -> list[Assessed]:
    """By P; those within a tenth of a point of the best of their group by the second choice, then by the price."""
    left = sorted(ways, key=lambda one: (-_p(one), one.price, one.way_id))
    ranked: list[Assessed] = []
    while left:
        best = _p(left[0])
        group = [one for one in left if _p(one) >= best - AS_GOOD]
        left = left[len(group) :]
        ranked += sorted(group, key=lambda one: (-round(second[one.way_id], 4), one.price, -_p(one), one.way_id))
    return ranked


def _p(one: Assessed) -> float:
    return one.chance.p if one.chance else -1.0


def _who_decides(
    shipment: Shipment,
    ranked: Sequence[Assessed],
    shut: Sequence[Assessed],
    second: dict[str, float],
    never: tuple[str, ...],
) -> tuple[str, str]:
    batch = shipment.batch_id
    if never:
        return "person", f"Batch {batch} can't be booked: {'; '.join(never)}."
    if not ranked:
        return "person", f"No way brings batch {batch} in time: {_why_none(shut)}."
    best = ranked[0]
    threshold = shipment.product.threshold
    told = f"{best.courier} {best.service} ({best.way_id}) arrives in time, cold and unharmed with {_p(best):.2%}"
    if _p(best) < threshold:
        return "person", f"The best way for batch {batch}, {told}, below {threshold:.2%}: a person decides."
    after = second[best.way_id]
    then = f"the second choice still has {after:.2%}" if after else "there is no second choice"
    return "bot", f"For batch {batch} {told}; {then}."


def _why_none(shut: Sequence[Assessed]) -> str:
    if not shut:
        return "no way is on offer"
    counts: dict[str, int] = {}
    for one in shut:
        reason = one.never[0] if one.never else "no reason was found"
        counts[reason] = counts.get(reason, 0) + 1
    told = [f"{count} because {reason.rstrip('.')}" for reason, count in sorted(counts.items(), key=lambda x: -x[1])]
    return f"of {len(shut)} on offer, {', '.join(told[:4])}"
