"""The line, run: who waits for whom, and until when.

Because a queue is first come, first served and work is never interrupted, the moment a step becomes ready decides when
it will be begun and ended, even if that lies far ahead. So one event per step is enough, taken in the order in which
steps become ready; a resource is a heap of the times at which its places become free, on its own work clock.
`twin.line.reference` is the same model in SimPy, and the tests hold both to the same times.
"""

from heapq import heapify, heappop, heappush, heapreplace

import numpy as np

from twin.line.network import Network, Passage, Work


def run_line(network: Network, work: Work, *, compiled: bool | None = None) -> Passage:
    """Times of every batch at every step.

    Ties are taken in the order of batches, then of steps. `compiled` asks for the numba version or forbids it; by
    default it is used where numba is installed. Raises `TwinError` for work that does not fit the network.
    """
    work.check(network)
    if compiled is not False:
        from twin.line import compiled as fast

        if compiled or fast.available():
            return fast.run(network, work)
    return _Run(network, work).passage()


class _Run:
    """State of one run: times so far, what each step still waits for, and when places become free."""

    def __init__(self, network: Network, work: Work) -> None:
        self.network, self.work = network, work
        self.steps = len(network.steps)
        before = network.before()
        self.follow: list[list[int]] = [
            [k for k, earlier in enumerate(before) if j in earlier] for j in range(self.steps)
        ]
        self.first = [k for k, earlier in enumerate(before) if not earlier]
        self.missing = [len(earlier) for earlier in before]
        self.at = network.at()

    def passage(self) -> Passage:
        """All batches, step by step, in the order of being ready."""
        n, steps = self.work.touch.shape
        size = n * steps
        touch, delay = self.work.touch.ravel().tolist(), self.work.delay.ravel().tolist()
        taken = self.work.taken.ravel().tolist()
        missing = self.missing * n
        ready = np.repeat(self.work.arrivals, steps).tolist()
        begun, worked, done = [0.0] * size, [0.0] * size, [0.0] * size
        clocks = [resource.calendar for resource in self.network.resources]
        free = [[0.0] * resource.places for resource in self.network.resources]
        heap = [(t, i * steps + k) for i, t in enumerate(self.work.arrivals.tolist()) for k in self.first]
        heapify(heap)
        follow, at = self.follow, self.at
        while heap:
            time, key = heappop(heap)
            step = key % steps
            start = finish = over = time
            if taken[key]:
                where = at[step]
                if where < 0:
                    finish = time + touch[key]
                else:
                    places, calendar = free[where], clocks[where]
                    clock = calendar.clock(time)
                    if places[0] > clock:
                        clock = places[0]
                    heapreplace(places, clock + touch[key])
                    start, finish = calendar.begins(clock), calendar.ends(clock + touch[key])
                    # Work without length that waits for opening ends when it begins, not at the last closing.
                    finish = finish if finish > start else start
                over = finish + delay[key]
            begun[key], worked[key], done[key] = start, finish, over
            row = key - step
            for later in follow[step]:
                spot = row + later
                if over > ready[spot]:
                    ready[spot] = over
                missing[spot] -= 1
                if not missing[spot]:
                    heappush(heap, (ready[spot], spot))
        shape = (n, steps)
        return Passage(*(np.array(times).reshape(shape) for times in (ready, begun, worked, done)))
