"""How many people and places a plant of another size needs."""

from math import ceil

import numpy as np

from twin.line import loads
from twin.study.inputs import Inputs
from twin.study.plant import AUGMENTED, BASELINE, draw_chance, plan_work, plant_network
from twin.study.run import MONTH

_BUSIEST = 0.85
_SAMPLE = 4000


def staff_for(inputs: Inputs, batches_per_month: float, scenario: str) -> dict[str, int]:
    """Places and people a shift of each resource, so that none is busier than 85 % of its time on average.

    `scenario` is "baseline" or "augmented". Failures are left out: a failed batch takes about the same hands.
    """
    levers = {"baseline": BASELINE, "augmented": AUGMENTED}[scenario]
    network, rate = plant_network(inputs), batches_per_month / MONTH
    days = np.full(_SAMPLE, inputs["cells.culture_days"])
    arrivals = np.arange(_SAMPLE) / rate
    chance = draw_chance(0, 0, _SAMPLE)
    work, _ = plan_work(inputs, levers, chance, arrivals, np.zeros(_SAMPLE, bool), days)
    return {
        load.resource: max(1, ceil(load.places * load.utilisation / _BUSIEST))
        for load in loads(network, work, _SAMPLE / rate)
    }
