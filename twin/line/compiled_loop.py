"""The loop of `twin.line.engine` for numba, which compiles it at its first call and keeps that for later processes.

Import this only where numba is installed.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from twin.line.calendar import EDGE

Array = NDArray[np.float64]


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled, free of the interpreter's lock, and kept beside the file or in the user's cache where there is one."""
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder can be written to
        made = numba.njit(nogil=True)(function)
    return made


@_compiled
def clock_of(time: float, weekly: float, count: int, opens: Array, closes: Array, worked: Array) -> float:
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


@_compiled
def begins(clock: float, weekly: float, count: int, opens: Array, worked: Array) -> float:
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


@_compiled
def ends(clock: float, weekly: float, count: int, opens: Array, closes: Array, worked: Array) -> float:
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


@_compiled
def push(times: Array, keys: NDArray[np.int64], size: int, time: float, key: int) -> None:
    hole = size
    while hole > 0:
        parent = (hole - 1) // 2
        if times[parent] < time or (times[parent] == time and keys[parent] < key):
            break
        times[hole], keys[hole] = times[parent], keys[parent]
        hole = parent
    times[hole], keys[hole] = time, key


@_compiled
def drop(times: Array, keys: NDArray[np.int64], size: int) -> None:
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


@_compiled
def replace_first(places: Array, first: int, end: int, value: float) -> None:
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


@_compiled
def _first_steps(arrivals: Any, waits: Any, times: Any, keys: Any, missing: Any, ready: Any) -> Any:
    """Every batch at its arrival: steps that wait for none go on the heap; its size."""
    n, steps = missing.shape
    size = 0
    for i in range(n):
        for k in range(steps):
            missing[i, k], ready[i, k] = waits[k], arrivals[i]
            if not waits[k]:
                push(times, keys, size, arrivals[i], i * steps + k)
                size += 1
    return size


@_compiled
def loop(
    arrivals: Any, touch: Any, delay: Any, taken: Any, at: Any, waits: Any, follow: Any, spans: Any,
    seats: Any, weekly: Any, counts: Any, opens: Any, closes: Any, worked_before: Any,
) -> Any:  # fmt: skip
    """Times ready, begun, worked and done, each (n, steps), as `twin.line.engine.passage` has them."""
    n, steps = touch.shape
    ready, begun = np.zeros((n, steps)), np.zeros((n, steps))
    worked, done = np.zeros((n, steps)), np.zeros((n, steps))
    missing = np.zeros((n, steps), np.int64)
    places = np.zeros(seats[-1])
    times, keys = np.zeros(n * steps + 1), np.zeros(n * steps + 1, np.int64)
    size = _first_steps(arrivals, waits, times, keys, missing, ready)
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
