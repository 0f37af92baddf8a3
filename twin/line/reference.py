"""The line in SimPy: one process for each batch and step, resources with requests, nothing computed ahead of its time.

This is the plain way to write the model down. It is slow, and it is the yardstick of `twin.line.engine`.
"""

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from twin.line.network import Network, Passage, Work


def run_reference(network: Network, work: Work) -> Passage:
    """As `run_line`, by SimPy. Raises `TwinError` for work that does not fit the network."""
    work.check(network)
    n, steps = work.touch.shape
    passage = Passage(*(np.zeros((n, steps)) for _ in range(4)))
    env = simpy.Environment()
    pools = [simpy.Resource(env, resource.places) for resource in network.resources]
    before, at = network.before(), network.at()

    def step_of(batch: int, step: int, earlier: list[Any]) -> Generator[Any, Any, None]:
        if earlier:
            yield env.all_of(earlier)
        passage.ready[batch, step] = env.now
        start = finish = env.now
        if work.taken[batch, step]:
            touch = float(work.touch[batch, step])
            if at[step] < 0:
                yield env.timeout(touch)
                finish = env.now
            else:
                calendar = network.resources[at[step]].calendar
                with pools[at[step]].request() as turn:
                    yield turn
                    opened = calendar.clock(env.now)
                    start = calendar.begins(opened)
                    finish = max(calendar.ends(opened + touch), start)
                    yield env.timeout(max(finish - env.now, 0.0))
            passage.begun[batch, step], passage.worked[batch, step] = start, finish
            yield env.timeout(float(work.delay[batch, step]))
        else:
            passage.begun[batch, step], passage.worked[batch, step] = start, finish
        passage.done[batch, step] = env.now

    def batch_of(batch: int) -> Generator[Any, Any, None]:
        yield env.timeout(float(work.arrivals[batch]))
        running: list[Any] = []
        for step in range(steps):
            running.append(env.process(step_of(batch, step, [running[earlier] for earlier in before[step]])))

    for batch in range(n):
        env.process(batch_of(batch))
    env.run()
    return passage
