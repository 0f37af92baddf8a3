"""What a line is: resources with places and working hours, and steps that each batch goes through.

A step becomes ready when all steps it comes after are done. It is booked then, first come, first served: at the
earliest time from then on at which everything that it needs (a room, its people) is free of earlier bookings and open,
and, where it may not be interrupted, stays open until it ends. It is done after a further delay for which nobody is
needed (an assay that incubates, an answer that is waited for). Rework is written out as steps that only some batches
take.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.line.calendar import ALWAYS, Calendar, together
from twin.model.errors import TwinError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Resource:
    """`places` batches can be worked on at the same time, during the hours of the `calendar`."""

    name: str
    places: int
    calendar: Calendar = ALWAYS

    def __post_init__(self) -> None:
        if self.places < 1:
            raise TwinError(f"{self.name} has {self.places} places: a line needs at least one of each resource.")


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: its name.
        resource: of which it takes one place; empty where nobody is needed.
        after: earlier steps that have to be done.
        beside: what else it takes for as long as it is worked on: names of resources, and how many places of each.
        whole: whether it may not be interrupted. Such work begins only where it ends before closing; what is longer
            than any day begins in the morning, and people stay until it is done.
        lag: days after the earlier steps at which it becomes ready, where a batch takes it.
    """

    name: str
    resource: str = ""
    after: tuple[str, ...] = ()
    beside: tuple[tuple[str, int], ...] = ()
    whole: bool = False
    lag: float = 0.0

    @property
    def needs(self) -> tuple[tuple[str, int], ...]:
        """All that it takes, and how many places of each."""
        return ((self.resource, 1), *self.beside) if self.resource else self.beside


@dataclass(frozen=True)
class Network:
    """Resources and steps of a line; steps come in an order in which each follows those it comes after."""

    resources: tuple[Resource, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        known: set[str] = set()
        places = {resource.name: resource.places for resource in self.resources}
        for step in self.steps:
            if step.name in known:
                raise TwinError(f"The step {step.name!r} is there twice: give each step a name of its own.")
            missing = [name for name in step.after if name not in known]
            if missing:
                raise TwinError(f"The step {step.name!r} comes after {missing[0]!r}, which is not an earlier step.")
            for name, count in step.needs:
                if name not in places:
                    raise TwinError(f"The step {step.name!r} needs {name!r}, which is none of the resources.")
                if not 0 < count <= places[name]:
                    raise TwinError(
                        f"The step {step.name!r} needs {count} {name} at the same time, and there are {places[name]}:"
                        f" give {max(count, 1)} or more."
                    )
            if not 0 <= step.lag < np.inf:
                raise TwinError(f"The step {step.name!r} begins {step.lag} days later: give zero or more.")
            known.add(step.name)

    def index(self, name: str) -> int:
        """Place of a step. Raises `TwinError` for an unknown name."""
        for place, step in enumerate(self.steps):
            if step.name == name:
                return place
        raise TwinError(f"There is no step {name!r} in this line.")

    def before(self) -> list[list[int]]:
        """For each step, the places of the steps that it comes after."""
        return [[self.index(name) for name in step.after] for step in self.steps]

    def needs(self) -> list[tuple[tuple[int, int], ...]]:
        """For each step, the places of its resources in `resources`, and how many it takes of each."""
        names = {resource.name: place for place, resource in enumerate(self.resources)}
        return [tuple((names[name], count) for name, count in step.needs) for step in self.steps]

    def calendars(self) -> list[Calendar]:
        """For each step, when all that it needs is open."""
        return [together(self.resources[place].calendar for place, _ in its) for its in self.needs()]


@dataclass(frozen=True)
class Work:
    """What each batch needs: `arrivals` (n,) ascending; `touch` and `delay` (n, steps) in days; `taken` (n, steps) says
    which steps a batch goes through at all (the others take no time and no place)."""

    arrivals: Array
    touch: Array
    delay: Array
    taken: Flags

    def check(self, network: Network) -> None:
        """Raises `TwinError` for shapes that do not fit and for negative or missing times."""
        n, steps = self.arrivals.size, len(network.steps)
        if not self.touch.shape == self.delay.shape == self.taken.shape == (n, steps):
            raise TwinError(f"The work is not given for {n} batches and {steps} steps.")
        for name, times in (("touch time", self.touch), ("delay", self.delay)):
            bad = ~(times >= 0) | ~np.isfinite(times)
            if bad.any():
                step = network.steps[int(np.argwhere(bad)[0, 1])].name
                raise TwinError(f"A {name} of step {step!r} is negative or no number: give zero or more days.")
        if n and (not np.isfinite(self.arrivals).all() or self.arrivals[0] < 0 or (np.diff(self.arrivals) < 0).any()):
            raise TwinError("Arrival times must be zero or more and in ascending order.")


@dataclass(frozen=True)
class Passage:
    """When each batch (n, steps) was ready for a step, began it, was worked on to the end, and was done with it."""

    ready: Array
    begun: Array
    worked: Array
    done: Array
