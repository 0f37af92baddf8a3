"""Make a table of delays from a history of movements: a public one, or the plant's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mes_core.journey.delays import DelayTable
from mes_core.journey.errors import JourneyError
from mes_core.spelling.csv_text import NoTable, decoded, read_grid, records
from mes_core.spelling.times import read_time

Array = NDArray[np.float64]
NAMES = ("calm", "fair", "rough", "bad", "closed")
CUTS = (0.50, 0.80, 0.95, 0.99)
"""Days are ranked by their share of late or cancelled movements, and cut at these shares into the five classes."""
DAYPARTS = (4, 10, 16)
LEVELS = (*(float(x) for x in np.round(np.arange(0, 1, 0.05), 2)), 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
LATE_H = 1.0
_FEWEST_DAYS = 60
_FEWEST = 30
COLUMNS = ("hub", "planned_departure", "planned_arrival", "arrived")


@dataclass(frozen=True)
class History:
    """Movements, one row each: `hub`, `day` (local), `hour` (local, of the departure), `late_h`; and `weather` by day.

    `late_h` is the lateness at the destination in hours, that of the next movement for one that was cancelled.
    """

    rows: pd.DataFrame
    source: str
    measured: str


def own_history(path: Path) -> History:
    """A plant's own history: CSV with hub, planned_departure (with its offset, local), planned_arrival, arrived.

    Raises:
        JourneyError: the file can't be read, lacks a column, or holds a time that is none.
    """
    try:
        table = records(read_grid(decoded(path.read_bytes())), COLUMNS)
    except OSError as wrong:
        raise JourneyError(f"{path} can't be read ({wrong.strerror}): check the path.") from None
    except NoTable as wrong:
        raise JourneyError(f"{path} {wrong}") from None
    rows = []
    for number, row in table:
        left, due, came = (_moment(row[name], path, number) for name in COLUMNS[1:])
        if due <= left:
            raise JourneyError(f"Line {number} of {path} arrives before it departs: correct it.")
        late = (came - due).total_seconds() / 3600
        rows.append((row["hub"], left.date(), left.hour, max(late, 0.0), row.get("weather", "")))
    frame = pd.DataFrame(rows, columns=["hub", "day", "hour", "late_h", "weather"])
    return History(frame, f"the plant's own history, {path.name}", "measured on the plant's own movements")


def _moment(text: str, path: Path, number: int) -> datetime:
    try:
        found = read_time(text)
    except ValueError as wrong:
        raise JourneyError(f"Line {number} of {path}: {wrong}.") from None
    if found.tzinfo is None:
        raise JourneyError(f"Line {number} of {path} has a time without its offset: write 2026-03-01T14:00+01:00.")
    return found


def calibrate(history: History) -> DelayTable:
    """A table from a history.

    Raises:
        JourneyError: it holds too little to say anything of bad days.
    """
    rows = history.rows
    scores = rows.assign(late=rows["late_h"] > LATE_H).groupby(["hub", "day"])["late"].mean()
    if len(scores) < _FEWEST_DAYS:
        raise JourneyError(
            f"The history covers {len(scores)} days of a hub: at least {_FEWEST_DAYS} are needed to tell bad days"
            " apart."
        )
    ranks = (scores.rank(method="first") - 0.5) / len(scores)
    classes = pd.Series(np.searchsorted(CUTS, ranks.to_numpy()), index=scores.index)
    joined = rows.join(classes.rename("grade"), on=["hub", "day"])
    part = np.searchsorted(np.asarray(DAYPARTS), joined["hour"].to_numpy(), side="right") - 1
    joined = joined.assign(part=np.where(part < 0, len(DAYPARTS) - 1, part))
    shares = tuple(float(np.mean(classes.to_numpy() == index)) for index in range(len(NAMES)))
    return DelayTable(
        source=history.source,
        measured=history.measured,
        days=len(scores),
        movements=len(rows),
        names=NAMES,
        shares=shares,
        dayparts=DAYPARTS,
        levels=LEVELS,
        late_h=_quantiles(joined),
        weather=_by_weather(rows, classes),
        next_day=_next_day(ranks),
        between_hubs=_between_hubs(ranks),
    )


def _quantiles(joined: pd.DataFrame) -> Array:
    """Quantiles by class and part of the day; a part with too few movements takes those of the whole class."""
    made = np.zeros((len(NAMES), len(DAYPARTS), len(LEVELS)))
    for index in range(len(NAMES)):
        whole = joined[joined["grade"] == index]
        for part in range(len(DAYPARTS)):
            some = whole[whole["part"] == part]["late_h"]
            found = some if len(some) >= _FEWEST else whole["late_h"]
            if len(found):
                made[index, part] = np.quantile(found.to_numpy(dtype=float), LEVELS)
    return np.maximum.accumulate(np.round(made, 3), axis=2)


def _by_weather(rows: pd.DataFrame, classes: "pd.Series[int]") -> Mapping[str, tuple[float, ...]]:
    kinds = rows.groupby(["hub", "day"])["weather"].first()
    found = {}
    for kind in sorted(set(kinds) - {""}):
        chosen = classes[kinds == kind].to_numpy()
        if len(chosen) >= _FEWEST:
            # One more day of each class than was seen: that none was closed in fair weather is no proof it can't be.
            counts = np.bincount(chosen, minlength=len(NAMES)) + np.asarray([0.5, 0.5, 0.5, 0.25, 0.1])
            found[kind] = tuple((counts / counts.sum()).tolist())
    return found


def _next_day(ranks: "pd.Series[float]") -> float:
    """Correlation of a hub's day with its next one."""
    wide = ranks.unstack("hub")
    wide.index = pd.to_datetime(wide.index)
    daily = wide.asfreq("D")
    pairs = [
        (float(left), float(right))
        for name in daily.columns
        for left, right in zip(daily[name].iloc[:-1], daily[name].iloc[1:], strict=True)
        if not (pd.isna(left) or pd.isna(right))
    ]
    return _correlation(pairs)


def _between_hubs(ranks: "pd.Series[float]") -> float:
    """Correlation of two hubs on one day; 0 where the history knows one hub only."""
    wide = ranks.unstack("hub")
    names = list(wide.columns)
    pairs = [
        (float(left), float(right))
        for place, first in enumerate(names)
        for second in names[place + 1 :]
        for left, right in wide[[first, second]].dropna().to_numpy()
    ]
    return _correlation(pairs)


def _correlation(pairs: list[tuple[float, float]]) -> float:
    if len(pairs) < _FEWEST:
        return 0.0
    left, right = np.asarray(pairs, dtype=float).T
    return float(np.clip(np.corrcoef(left, right)[0, 1], 0.0, 0.95))
