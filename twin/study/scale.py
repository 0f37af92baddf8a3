"""How many people and places a plant of another size needs."""

from math import ceil
from typing import Final

import numpy as np

from twin.line import Work, usable_loads
from twin.study.inputs import Inputs
from twin.study.plant import AUGMENTED, BASELINE, draw_chance, plan_work, plant_network
from twin.study.run import MONTH

BUSIEST: Final = 0.85
_SAMPLE = 2000
_LARGEST: Final = 300.0
"""Batches a month up to which a plant is tried out; a larger one loses as much of its hours, person by person."""


def staff_for(inputs: Inputs, batches_per_month: float, scenario: str) -> dict[str, int]:
    """Places and people a shift of each resource, so that none is busier than 85 % of the hours that it can use.

    What can't be used is what work that may not be interrupted leaves over before closing, or while one waits for the
    other that is needed at the same time. `scenario` is "baseline" or "augmented". Failures are left out: a failed
    batch takes about the same hands.
    """
    tried = min(batches_per_month, _LARGEST)
    exact = _exact(inputs, tried, scenario)
    places = _tried(inputs.with_values({"plant.batches_per_month": tried}), scenario)
    if tried == batches_per_month:
        return places
    larger = batches_per_month / tried
    # Below one more place than the work alone asks for, nothing was lost but by rounding up.
    return {
        name: ceil(larger * (exact[name] if count <= ceil(exact[name]) else count - 0.5))
        for name, count in places.items()
    }


def _exact(inputs: Inputs, batches_per_month: float, scenario: str) -> dict[str, float]:
    """Places that 85 % of which the work alone takes."""
    network = plant_network(inputs)
    found = usable_loads(network, _work(inputs, scenario), _SAMPLE / batches_per_month * MONTH)
    return {one.resource: one.places * one.utilisation / BUSIEST for one in found}


def _tried(inputs: Inputs, scenario: str) -> dict[str, int]:
    """Places from what the work alone asks for upwards, one by one where a group is busier than it may be."""
    monthly = inputs["plant.batches_per_month"]
    places = {name: max(1, ceil(one)) for name, one in _exact(inputs, monthly, scenario).items()}
    places = {name: max(count, _hands(inputs).get(name, 1)) for name, count in places.items()}
    while True:
        sized = inputs.with_values({f"plant.{name}": float(count) for name, count in places.items()})
        found = usable_loads(plant_network(sized), _work(inputs, scenario), _SAMPLE / monthly * MONTH)
        over = [one for one in found if one.full > BUSIEST]
        if not over:
            return places
        for one in over:
            places[one.resource] += max(1, int(one.places * (one.full / BUSIEST - 1) / 2))


def _hands(inputs: Inputs) -> dict[str, int]:
    """Places of each resource that one step takes at once, at most."""
    found: dict[str, int] = {}
    for step in plant_network(inputs).steps:
        for name, count in step.needs:
            found[name] = max(count, found.get(name, 0))
    return found


def _work(inputs: Inputs, scenario: str) -> Work:
    levers = {"baseline": BASELINE, "augmented": AUGMENTED}[scenario]
    days = np.full(_SAMPLE, inputs["cells.culture_days"])
    chance, arrivals = draw_chance(0, 0, _SAMPLE), np.arange(_SAMPLE, dtype=float)
    return plan_work(inputs, levers, chance, arrivals, np.zeros(_SAMPLE, bool), days)[0]
