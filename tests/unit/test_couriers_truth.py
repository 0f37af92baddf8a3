"""The truth about the pretend couriers: one fate for one seed, rough days that are late, and a planner who is right."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mes_core.journey.calibrate import History, calibrate
from twin.couriers import CourierTruth, Sent

_HUBS = {"FRA": ("Europe/Berlin", "west"), "JFK": ("America/New_York", "east")}
_FIRST = date(2026, 1, 1)
_HOUR = timedelta(hours=1)


def _truth(seed: int = 7, days: int = 365) -> CourierTruth:
    return CourierTruth(seed, _HUBS, _FIRST, days)


def _sent(leaves: datetime, **more: Any) -> Sent:
    words: dict[str, Any] = {
        "flights": (("FRA", leaves),),
        "drives": 2,
        "customs": False,
        "slack_h": 2.0,
        "next_flight_h": 6.0,
        "delivery_at": leaves + 12 * _HOUR,
        "charged_at": leaves - 24 * _HOUR,
        "nominal_hold_h": 240.0,
        "unit": "DS-1",
    }
    return Sent(**(words | more))


@pytest.mark.requirement("URS-071")
def test_one_seed_is_one_fate_and_another_name_another() -> None:
    leaves = datetime(2026, 3, 2, 9, tzinfo=UTC)
    one = _truth().send(_sent(leaves), "S1")
    assert one == _truth().send(_sent(leaves), "S1")
    assert one != _truth().send(_sent(leaves), "S2")
    assert one != _truth(8).send(_sent(leaves), "S1")
    assert one.arrived_at - timedelta(hours=one.late_h) == leaves + 12 * _HOUR


@pytest.mark.requirement("URS-071")
def test_rough_days_are_late_ones_and_nothing_comes_before_its_time() -> None:
    truth = _truth()
    rng = np.random.default_rng(1)
    late: dict[bool, list[float]] = {True: [], False: []}
    for day in range(365):
        leaves = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        rough = truth.roughness("FRA", leaves.date()) > 0.3
        late[rough] += [truth.flight("FRA", leaves, rng) for _ in range(20)]
    assert min(late[True] + late[False]) >= 0
    assert np.mean(late[True]) > 3 * np.mean(late[False])


@pytest.mark.requirement("URS-071")
def test_papers_and_a_missed_flight_cost_what_they_cost() -> None:
    """Customs are queried now and then and wait for Monday; a drive that is too long waits for the next flight."""
    truth = _truth()
    friday = datetime(2026, 5, 1, 6, tzinfo=UTC)

    def mean(**more: Any) -> float:
        return float(np.mean([truth.send(_sent(friday, **more), f"S{n}").late_h for n in range(1500)]))

    assert mean(customs=True, delivery_at=friday + 30 * _HOUR) > mean(customs=False) + 0.5
    assert mean(slack_h=0.2, next_flight_h=24.0) > mean(slack_h=8.0, next_flight_h=24.0) + 1.0


@pytest.mark.requirement("URS-071")
def test_who_plans_from_two_years_of_flights_says_about_what_comes_after() -> None:
    """Short form of `benchmarks/courier.py`: the share of flights within a slack, told and come."""
    rows = [
        (hub, left.date(), left.hour, max((came - due) / _HOUR, 0.0), "")
        for hub, left, due, came in CourierTruth(3, _HUBS, date(2024, 1, 1), 728).history(8)
    ]
    frame = pd.DataFrame(rows, columns=["hub", "day", "hour", "late_h", "weather"])
    table = calibrate(History(frame, "two years of the pretend couriers", "measured on the twin"))
    after = np.asarray([(came - due) / _HOUR for _, _, due, came in CourierTruth(1003, _HUBS, _FIRST, 365).history(8)])
    parts = np.bincount([table.part_of(left.hour) for _, left, _, _ in _truth().history(8)])
    for slack in (1.0, 4.0, 12.0):
        by_part = [
            float(np.dot(table.shares, [np.interp(slack, row[part], table.levels) for row in table.late_h]))
            for part in range(len(table.dayparts))
        ]
        told = float(np.average(by_part, weights=parts))
        assert told == pytest.approx(float(np.mean(after <= slack)), abs=0.02), slack
