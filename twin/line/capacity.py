"""Whether a line keeps up: how busy its resources are, and what they lose because work does not fit into a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.line.compiled import at_hand
from twin.line.engine import run_line
from twin.line.network import Array, Network, Work
from twin.model.errors import TwinError

_BUSIEST = 0.995
_FLOOD_DAYS = 100.0
_FEWEST, _MOST = 100, 2000
"""Batches in a flood."""
_IDLE = 0.45
"""Below it a group keeps up whatever it loses: of a day, work that fits into it leaves less than half."""


@dataclass(frozen=True)
class Load:
    """How busy a resource is.

    Attributes:
        resource: its name.
        places: how many it has.
        utilisation: work offered over open hours, while batches arrive.
        lost: share of the open hours that nobody can use, because what may not be interrupted would not end before
            closing, or waits for what else it needs.
    """

    resource: str
    places: int
    utilisation: float
    lost: float = 0.0

    @property
    def full(self) -> float:
        """Work offered over the hours that can be used."""
        return self.utilisation / (1.0 - self.lost)


def loads(network: Network, work: Work, span: float) -> list[Load]:
    """Load of each resource for the work that arrives in `span` days; what is lost is not looked at."""
    days = (work.touch * work.taken).sum(axis=0)
    possible = {one.name: one.places * one.calendar.weekly / 7.0 * span for one in network.resources}
    offered = {
        one.name: sum(float(days[step]) * count for step, count in _steps_at(network, place))
        for place, one in enumerate(network.resources)
    }
    return [Load(one.name, one.places, offered[one.name] / possible[one.name]) for one in network.resources]


def usable_loads(network: Network, work: Work, span: float) -> list[Load]:
    """The same with what is lost, of those resources of a group that are busiest.

    A group are resources that are needed at the same time. It is flooded: the work of batches that come in about a
    hundred days is all there at once, and what the busiest resource of the group gets done is what it can do. Where
    that is more than a day's work of very many people, nothing but whole days would be measured, and no loss is said.
    """
    found = loads(network, work, span)
    groups = [
        group
        for group in _groups(network)
        if max(found[place].utilisation for place in group) > _IDLE and _whole_at(network, group)
    ]
    steps = [
        place
        for place, its in enumerate(network.needs())
        if any(where in group for where, _ in its for group in groups)
    ]
    if not steps:
        return found
    count = int(np.clip(np.ceil(work.arrivals.size / span * _FLOOD_DAYS), _FEWEST, _MOST))
    few = slice(0, min(count, work.arrivals.size))
    touch, taken = work.touch[few][:, steps], work.taken[few][:, steps]
    flooded = Network(network.resources, tuple(replace(network.steps[one], after=(), lag=0.0) for one in steps))
    passage = run_line(flooded, Work(np.zeros(len(touch)), touch, np.zeros_like(touch), taken), compiled=_as_it_is())
    for group in groups:
        place = max(group, key=lambda one: found[one].utilisation)
        found[place] = replace(found[place], lost=_lost(flooded, place, touch * taken, passage.begun, passage.worked))
    return found


def _as_it_is() -> bool | None:
    """So few batches are worth no loading of the compiled loop; what this process has already is used."""
    return None if at_hand() else False


def _whole_at(network: Network, group: set[int]) -> bool:
    return any(step.whole for step, its in zip(network.steps, network.needs(), strict=True) if group & dict(its).keys())


def _lost(network: Network, place: int, days: Array, begun: Array, worked: Array) -> float:
    """Share of its open hours that a flooded resource does not use, until its last piece of work begins."""
    resource = network.resources[place]
    steps = _steps_at(network, place)
    until = max((float(begun[:, step].max()) for step, _ in steps), default=0.0)
    possible = resource.places * resource.calendar.clock(until)
    done = sum(float((days[:, step] * (worked[:, step] <= until)).sum()) * count for step, count in steps)
    if until < _FLOOD_DAYS / 10:
        return 0.0
    return min(max(1.0 - done / possible, 0.0), 0.99)


def _steps_at(network: Network, place: int) -> list[tuple[int, int]]:
    """Steps that need a resource, and how many of its places each takes."""
    return [(step, dict(its)[place]) for step, its in enumerate(network.needs()) if place in dict(its)]


def _groups(network: Network) -> list[set[int]]:
    """Resources that some step needs at the same time, together."""
    groups: list[set[int]] = []
    for its in network.needs():
        joined = {place for place, _ in its}
        for group in [one for one in groups if one & joined]:
            groups.remove(group)
            joined |= group
        groups += [joined] if joined else []
    return groups


def refuse_overload(found: Sequence[Load]) -> None:
    """Raises `TwinError` that names every resource whose queue would grow without end, and what it needs."""
    over = [load for load in found if load.full > _BUSIEST]
    if over:
        said = "; ".join(
            f"{load.resource}: {load.full:.0%} of {load.places}, needs at least "
            f"{int(load.places * load.full / _BUSIEST) + 1}"
            + (f", {load.lost:.0%} of its hours can't be used by work that has to fit into a day" if load.lost else "")
            for load in over
        )
        raise TwinError(f"The line can't keep up, its queues would grow without end ({said}): add staff or batch less.")
