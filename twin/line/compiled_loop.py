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
def span(
    time: float, length: float, whole: bool, weekly: float, longest: float, count: int,
    opens: Array, closes: Array, worked: Array,
) -> tuple[float, float]:  # fmt: skip
    if weekly == 7.0:
        return time, time + length
    week = np.floor(time / 7.0) * 7.0
    place = 0
    while place < count and closes[place] <= time - week + EDGE:
        place += 1
    asked = min(length, longest) if whole else length
    while True:
        if place == count:
            week, place = week + 7.0, 0
        begin = max(week + opens[place], time)
        if begin + asked <= week + closes[place] + EDGE:
            return begin, begin + length
        if not whole:
            clock = clock_of(begin, weekly, count, opens, closes, worked)
            return begin, ends(clock + length, weekly, count, opens, closes, worked)
        place += 1


@_compiled
def take(places: Array, first: int, end: int, start: float, finish: float, count: int) -> None:
    """Of the sorted `places[first:end]`, take the last `count` that are free at `start`, free again at `finish`."""
    low, high = first, end
    while low < high:
        middle = (low + high) // 2
        if places[middle] <= start:
            low = middle + 1
        else:
            high = middle
    hole = low - count
    while low < end and places[low] < finish:
        places[hole] = places[low]
        hole, low = hole + 1, low + 1
    for spot in range(hole, hole + count):
        places[spot] = finish


@_compiled
def _first_steps(
    arrivals: Any, taken: Any, lags: Any, waits: Any, times: Any, keys: Any, missing: Any, ready: Any
) -> Any:
    """Every batch at its arrival: steps that wait for none go on the heap; its size."""
    n, steps = missing.shape
    size = 0
    for i in range(n):
        for k in range(steps):
            missing[i, k], ready[i, k] = waits[k], arrivals[i] + (lags[k] if taken[i, k] else 0.0)
            if not waits[k]:
                push(times, keys, size, ready[i, k], i * steps + k)
                size += 1
    return size


@_compiled
def loop(
    arrivals: Any, touch: Any, delay: Any, taken: Any, lags: Any, whole: Any, needs: Any, wants: Any, waits: Any,
    follow: Any, spans: Any, seats: Any, weekly: Any, longest: Any, counts: Any, opens: Any, closes: Any, before: Any,
) -> Any:  # fmt: skip
    """Times ready, begun, worked and done, each (n, steps), as `twin.line.engine.passage` has them."""
    n, steps = touch.shape
    ready, begun = np.zeros((n, steps)), np.zeros((n, steps))
    worked, done = np.zeros((n, steps)), np.zeros((n, steps))
    missing = np.zeros((n, steps), np.int64)
    places, passed = np.zeros(seats[-1]), np.zeros(steps, np.int64)
    times, keys = np.zeros(n * steps + 1), np.zeros(n * steps + 1, np.int64)
    size = _first_steps(arrivals, taken, lags, waits, times, keys, missing, ready)
    while size:
        time, key = times[0], keys[0]
        drop(times, keys, size)
        size -= 1
        i, k = key // steps, key % steps
        start = finish = over = time
        if taken[i, k]:
            finish = time + touch[i, k]
            for want in range(wants[k], wants[k + 1]):
                start = max(start, places[seats[needs[want, 0]] + needs[want, 1] - 1])
            if wants[k + 1] > wants[k]:
                start, finish = span(
                    start, touch[i, k], whole[k], weekly[k], longest[k], counts[k], opens[k], closes[k], before[k]
                )
            for want in range(wants[k], wants[k + 1]):
                where = needs[want, 0]
                take(places, seats[where], seats[where + 1], start, finish, needs[want, 1])
            over = finish + delay[i, k]
        begun[i, k], worked[i, k], done[i, k] = start, finish, over
        passed[0], passing = k, 1
        while passing:
            passing -= 1
            k = passed[passing]
            for spot in range(spans[k], spans[k + 1]):
                later = follow[spot]
                at = done[i, k] + (lags[later] if taken[i, later] else 0.0)
                ready[i, later] = max(ready[i, later], at)
                missing[i, later] -= 1
                if missing[i, later]:
                    continue
                if taken[i, later]:
                    push(times, keys, size, ready[i, later], i * steps + later)
                    size += 1
                else:  # takes nothing from anybody: it need not wait for its turn
                    begun[i, later] = worked[i, later] = done[i, later] = ready[i, later]
                    passed[passing] = later
                    passing += 1
    return ready, begun, worked, done
