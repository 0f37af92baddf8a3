"""Whether probabilities are what happens: Brier score, slope, and their intervals by drawing weeks again."""

import numpy as np
from numpy.typing import NDArray

from mes_core.journey.calibrate import History, calibrate
from mes_core.journey.delays import DelayTable
from mes_core.journey.public_history import nycflights

Array = NDArray[np.float64]
_DRAWS = 400
_SLACKS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0)


def paired(differences: Array) -> tuple[float, float]:
    """95 % interval of the sum of paired differences."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, len(differences), (4000, len(differences)))
    sums = differences[drawn].sum(axis=1)
    return float(np.quantile(sums, 0.025)), float(np.quantile(sums, 0.975))


def of(said: Array, came: Array, weeks: NDArray[np.intp]) -> dict[str, float]:
    """Brier score and slope of the outcome over what was said, each with its interval."""
    names, place = np.unique(weeks, return_inverse=True)
    sums = np.stack(
        [np.bincount(place, weights, len(names)) for weights in (np.ones_like(said), said, came, said**2, said * came)]
    )
    brier = np.bincount(place, (said - came) ** 2, len(names))
    rng = np.random.default_rng(2)
    drawn = rng.integers(0, len(names), (_DRAWS, len(names)))
    slopes = [_slope(sums[:, some].sum(axis=1)) for some in drawn]
    briers = [brier[some].sum() / sums[0, some].sum() for some in drawn]
    return {
        "brier": float(brier.sum() / len(said)),
        "brier_low": float(np.quantile(briers, 0.025)),
        "brier_high": float(np.quantile(briers, 0.975)),
        "slope": _slope(sums.sum(axis=1)),
        "slope_low": float(np.quantile(slopes, 0.025)),
        "slope_high": float(np.quantile(slopes, 0.975)),
        "said": float(said.mean()),
        "came": float(came.mean()),
        "count": float(len(said)),
    }


def _slope(sums: Array) -> float:
    count, said, came, squares, both = sums
    return float((both / count - said * came / count**2) / (squares / count - (said / count) ** 2))


def of_left_out_flights() -> dict[str, float]:
    """Lateness of flights in every second week of 2013, told from the other weeks, by part of the day and slack."""
    history = nycflights()
    week = history.rows["day"].map(lambda day: day.isocalendar()[1]).to_numpy()
    table = calibrate(History(history.rows[week % 2 == 0].reset_index(drop=True), history.source, history.measured))
    left_out = history.rows[week % 2 == 1]
    parts = np.asarray([table.part_of(int(hour)) for hour in left_out["hour"]])
    late, weeks = left_out["late_h"].to_numpy(dtype=float), week[week % 2 == 1]
    said, came, when = [], [], []
    for slack in _SLACKS:
        by_part = np.asarray([_chance(table, part, slack) for part in range(len(table.dayparts))])
        said.append(by_part[parts])
        came.append((late <= slack).astype(float))
        when.append(weeks)
    return of(np.concatenate(said), np.concatenate(came), np.concatenate(when))


def _chance(table: DelayTable, part: int, slack: float) -> float:
    """Probability that a flight of this part of the day is at most so late."""
    by_class = [np.interp(slack, row[part], table.levels) for row in table.late_h]
    return float(np.dot(table.shares, by_class))
