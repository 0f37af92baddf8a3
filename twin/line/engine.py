"""The line, run: who waits for whom, and until when.

Because steps are booked in the order in which they become ready and no booking is moved, that moment decides when a
step will be begun and ended, even if that lies far ahead. So one event per step is enough; a resource is a sorted list
of the times at which its places become free. Of the places that are free when a step begins, it takes those that were
busy longest, so that the others stay free for what can begin earlier.
`twin.line.reference` is the same model in SimPy, and the tests hold both to the same times.
"""

from bisect import bisect_right, insort
from heapq import heapify, heappop, heappush

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
        self.free = [[0.0] * resource.places for resource in network.resources]
        self.needs = [tuple((self.free[where], count) for where, count in its) for its in network.needs()]
        self.calendars = network.calendars()
        self.whole = [step.whole for step in network.steps]

    def passage(self) -> Passage:
        """All batches, step by step, in the order of being ready."""
        n, steps = self.work.touch.shape
        size = n * steps
        touch, delay = self.work.touch.ravel().tolist(), self.work.delay.ravel().tolist()
        taken = self.work.taken.ravel().tolist()
        missing = self.missing * n
        lags = (self.work.taken * [step.lag for step in self.network.steps]).ravel()
        ready = (np.repeat(self.work.arrivals, steps) + lags).tolist()
        later_by = lags.tolist()
        begun, worked, done = [0.0] * size, [0.0] * size, [0.0] * size
        heap = [(ready[key], key) for i in range(n) for key in (i * steps + k for k in self.first)]
        heapify(heap)
        follow, needs = self.follow, self.needs
        while heap:
            time, key = heappop(heap)
            step = key % steps
            start = finish = over = time
            if taken[key]:
                if needs[step]:
                    start, finish = self._book(step, time, touch[key])
                else:
                    finish = time + touch[key]
                over = finish + delay[key]
            begun[key], worked[key], done[key] = start, finish, over
            row = key - step
            passed = [step]
            for step in passed:
                over = done[row + step]
                for later in follow[step]:
                    spot = row + later
                    if over + later_by[spot] > ready[spot]:
                        ready[spot] = over + later_by[spot]
                    missing[spot] -= 1
                    if missing[spot]:
                        continue
                    if taken[spot]:
                        heappush(heap, (ready[spot], spot))
                    else:  # takes nothing from anybody: it need not wait for its turn
                        begun[spot] = worked[spot] = done[spot] = ready[spot]
                        passed.append(later)
        shape = (n, steps)
        return Passage(*(np.array(times).reshape(shape) for times in (ready, begun, worked, done)))

    def _book(self, step: int, time: float, touch: float) -> tuple[float, float]:
        """Book everything that a step needs from `time` on: when it begins, and when it ends."""
        needs = self.needs[step]
        for places, count in needs:
            if places[count - 1] > time:
                time = places[count - 1]
        start, finish = self.calendars[step].span(time, touch, self.whole[step])
        for places, count in needs:
            end = bisect_right(places, start)
            if count == 1:
                del places[end - 1]
                insort(places, finish)
            else:
                del places[end - count : end]
                end = bisect_right(places, finish)
                places[end:end] = [finish] * count
        return start, finish
