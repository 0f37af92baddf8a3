"""The loop of `twin.line.engine` compiled by numba, where it is installed (`pip install batchwright[fast]`)."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.line.calendar import EDGE
from twin.line.network import Network, Passage, Work
from twin.model.errors import TwinError

Array = NDArray[np.float64]


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def run(network: Network, work: Work) -> Passage:
    """As `run_line`. Raises `TwinError` where numba is not installed."""
    n, steps = work.touch.shape
    before = network.before()
    follow: list[list[int]] = [[k for k, earlier in enumerate(before) if j in earlier] for j in range(steps)]
    windows = max((len(resource.calendar.opens) for resource in network.resources), default=1)
    opens, closes, worked = (np.full((max(len(network.resources), 1), windows), np.inf) for _ in range(3))
    for place, resource in enumerate(network.resources):
        count = len(resource.calendar.opens)
        opens[place, :count], closes[place, :count] = resource.calendar.opens, resource.calendar.closes
        worked[place, :count] = resource.calendar.worked
    times = _loop()(
        work.arrivals.astype(np.float64),
        np.ascontiguousarray(work.touch),
        np.ascontiguousarray(work.delay),
        np.ascontiguousarray(work.taken),
        np.array(network.at(), np.int64),
        np.array([len(earlier) for earlier in before], np.int64),
        np.array([later for steps_after in follow for later in steps_after], np.int64),
        np.cumsum([0, *(len(steps_after) for steps_after in follow)]).astype(np.int64),
        np.cumsum([0, *(resource.places for resource in network.resources)]).astype(np.int64),
        np.array([resource.calendar.weekly for resource in network.resources], np.float64),
        np.array([len(resource.calendar.opens) for resource in network.resources], np.int64),
        opens,
        closes,
        worked,
    )
    return Passage(*(part.reshape(n, steps) for part in times))


def _clock(time: float, weekly: float, count: int, opens: Array, closes: Array, worked: Array) -> float:
    if weekly == 7.0:
        return time
    weeks = np.floor(time / 7.0)
    rest = time - weeks * 7.0
    place = -1
    while place + 1 < count and opens[place + 1] <= rest:
        place += 1
    if place < 0:
        return float(weeks * weekly)
    return float(weeks * weekly + worked[place] + min(rest, closes[place]) - opens[place])


def _begins(clock: float, weekly: float, count: int, opens: Array, worked: Array) -> float:
    if weekly == 7.0:
        return clock
    weeks = np.floor(clock / weekly)
    rest = clock - weeks * weekly
    if rest > weekly - EDGE:
        weeks, rest = weeks + 1.0, 0.0
    place = 0
    while place + 1 < count and worked[place + 1] <= rest + EDGE:
        place += 1
    return float(weeks * 7.0 + opens[place] + max(rest - worked[place], 0.0))


def _ends(clock: float, weekly: float, count: int, opens: Array, closes: Array, worked: Array) -> float:
    if weekly == 7.0:
        return clock
    weeks = np.floor(clock / weekly)
    rest = clock - weeks * weekly
    if rest < EDGE and weeks > 0:
        weeks, rest = weeks - 1.0, weekly
    place = 0
    while place + 1 < count and worked[place + 1] < rest - EDGE:
        place += 1
    return float(weeks * 7.0 + min(opens[place] + rest - worked[place], closes[place]))


def _push(times: Array, keys: NDArray[np.int64], size: int, time: float, key: int) -> None:
    hole = size
    while hole > 0:
        parent = (hole - 1) // 2
        if times[parent] < time or (times[parent] == time and keys[parent] < key):
            break
        times[hole], keys[hole] = times[parent], keys[parent]
        hole = parent
    times[hole], keys[hole] = time, key


def _drop(times: Array, keys: NDArray[np.int64], size: int) -> None:
    """Take the first entry of a heap of `size` away."""
    time, key, hole = times[size - 1], keys[size - 1], 0
    while True:
        child = 2 * hole + 1
        if child >= size - 1:
            break
        right = child + 1
        if right < size - 1 and (
            times[right] < times[child] or (times[right] == times[child] and keys[right] < keys[child])
        ):
            child = right
        if time < times[child] or (time == times[child] and key < keys[child]):
            break
        times[hole], keys[hole] = times[child], keys[child]
        hole = child
    times[hole], keys[hole] = time, key


def _replace_first(places: Array, first: int, end: int, value: float) -> None:
    """Replace the smallest value of the heap `places[first:end]`."""
    size, hole = end - first, 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and places[first + child + 1] < places[first + child]:
            child += 1
        if value <= places[first + child]:
            break
        places[first + hole] = places[first + child]
        hole = child
    places[first + hole] = value


def _build(jit: Callable[..., Any]) -> Callable[..., Any]:
    """The loop, over functions made by `jit`."""
    clock_of, begins, ends = jit(_clock), jit(_begins), jit(_ends)
    push, drop, replace_first = jit(_push), jit(_drop), jit(_replace_first)

    def loop(
        arrivals: Any, touch: Any, delay: Any, taken: Any, at: Any, waits: Any, follow: Any, spans: Any,
        seats: Any, weekly: Any, counts: Any, opens: Any, closes: Any, worked_before: Any,
    ) -> Any:  # fmt: skip
        n, steps = touch.shape
        ready, begun = np.zeros((n, steps)), np.zeros((n, steps))
        worked, done = np.zeros((n, steps)), np.zeros((n, steps))
        missing = np.zeros((n, steps), np.int64)
        places = np.zeros(seats[-1])
        times, keys = np.zeros(n * steps + 1), np.zeros(n * steps + 1, np.int64)
        size = 0
        for i in range(n):
            for k in range(steps):
                missing[i, k], ready[i, k] = waits[k], arrivals[i]
                if not waits[k]:
                    push(times, keys, size, arrivals[i], i * steps + k)
                    size += 1
        while size:
            time, key = times[0], keys[0]
            drop(times, keys, size)
            size -= 1
            i, k = key // steps, key % steps
            start = finish = over = time
            if taken[i, k]:
                r = at[k]
                if r < 0:
                    finish = time + touch[i, k]
                else:
                    opened = clock_of(time, weekly[r], counts[r], opens[r], closes[r], worked_before[r])
                    clock = max(opened, places[seats[r]])
                    replace_first(places, seats[r], seats[r + 1], clock + touch[i, k])
                    start = begins(clock, weekly[r], counts[r], opens[r], worked_before[r])
                    done_at = clock + touch[i, k]
                    finish = max(ends(done_at, weekly[r], counts[r], opens[r], closes[r], worked_before[r]), start)
                over = finish + delay[i, k]
            begun[i, k], worked[i, k], done[i, k] = start, finish, over
            for spot in range(spans[k], spans[k + 1]):
                later = follow[spot]
                ready[i, later] = max(ready[i, later], over)
                missing[i, later] -= 1
                if not missing[i, later]:
                    push(times, keys, size, ready[i, later], i * steps + later)
                    size += 1
        return ready, begun, worked, done

    return loop


@cache
def _loop() -> Callable[..., Any]:
    if not available():
        raise TwinError("The compiled line needs numba: install batchwright with the extra 'fast', or leave it out.")
    import numba

    jit = numba.njit(cache=False)
    return jit(_build(jit))
