"""What a line is: resources with places and working hours, and steps that each batch goes through.

A step becomes ready when all steps it comes after are done; it waits for a place at its resource (first come, first
served), is worked on, and is done after a further delay for which nobody is needed (an assay that incubates, an answer
that is waited for). Rework is written out as steps that only some batches take.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.line.calendar import ALWAYS, Calendar
from twin.model.errors import TwinError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BUSIEST = 0.995


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
    """`resource` is the name of a resource, or empty where nobody is needed; `after` names earlier steps."""

    name: str
    resource: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """Resources and steps of a line; steps come in an order in which each follows those it comes after."""

    resources: tuple[Resource, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        known: set[str] = set()
        names = {resource.name for resource in self.resources}
        for step in self.steps:
            if step.name in known:
                raise TwinError(f"The step {step.name!r} is there twice: give each step a name of its own.")
            missing = [name for name in step.after if name not in known]
            if missing:
                raise TwinError(f"The step {step.name!r} comes after {missing[0]!r}, which is not an earlier step.")
            if step.resource and step.resource not in names:
                raise TwinError(f"The step {step.name!r} needs {step.resource!r}, which is none of the resources.")
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

    def at(self) -> list[int]:
        """For each step, the place of its resource, or -1."""
        names = [resource.name for resource in self.resources]
        return [names.index(step.resource) if step.resource else -1 for step in self.steps]


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


@dataclass(frozen=True)
class Load:
    """How busy a resource is: work offered over work possible while batches arrive."""

    resource: str
    places: int
    utilisation: float


def loads(network: Network, work: Work, span: float) -> list[Load]:
    """Load of each resource for the work that arrives in `span` days."""
    at, found = network.at(), []
    hours = (work.touch * work.taken).sum(axis=0)
    for place, resource in enumerate(network.resources):
        offered = float(sum(hours[step] for step, where in enumerate(at) if where == place))
        possible = resource.places * resource.calendar.weekly / 7.0 * span
        found.append(Load(resource.name, resource.places, offered / possible))
    return found


def refuse_overload(found: Sequence[Load]) -> None:
    """Raises `TwinError` that names every resource whose queue would grow without end, and what it needs."""
    over = [load for load in found if load.utilisation > _BUSIEST]
    if over:
        said = "; ".join(
            f"{load.resource}: {load.utilisation:.0%} of {load.places}, needs at least "
            f"{int(load.places * load.utilisation / _BUSIEST) + 1}"
            for load in over
        )
        raise TwinError(f"The line can't keep up, its queues would grow without end ({said}): add staff or batch less.")
