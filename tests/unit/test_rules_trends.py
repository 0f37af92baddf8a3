"""Trend tests fire on the pattern that they are named for, on nothing else, and never on too few values."""

import random

import pytest

from rules.errors import BadFact
from rules.trends import TESTS, Centre, baseline, signals

_UNIT = Centre(0.0, 1.0)
_FIRES = {
    "nelson_1": [0, 0, -3.1],
    "nelson_2": [0.5, 0.1, 0.7, 0.2, 0.4, 0.1, 0.9, 0.3, 0.2],
    "nelson_3": [-1, -0.8, -0.2, 0.1, 0.5, 0.9],
    "nelson_4": [0.5, -0.5] * 7,
    "nelson_5": [2.1, 0.0, 2.2],
    "nelson_6": [-1.1, -1.2, 0.3, -1.4, -1.1],
    "nelson_7": [0.5, -0.4, 0.3] * 5,
    "nelson_8": [1.2, -1.3] * 4,
    "western_electric_4": [-0.5, -0.1, -0.7, -0.2, -0.4, -0.1, -0.9, -0.3],
}
_ALMOST = {
    "nelson_1": [3.1, 0, -2.9],
    "nelson_2": [-0.1, 0.1, 0.7, 0.2, 0.4, 0.1, 0.9, 0.3, 0.2],
    "nelson_3": [-1, -0.8, -0.2, -0.2, 0.5, 0.9],
    "nelson_4": [0.5, -0.5] * 6 + [0.5, 0.6],
    "nelson_5": [2.1, 2.2, 0.0],
    "nelson_6": [-1.1, 1.2, 0.3, -1.4, -1.1],
    "nelson_7": [0.5, -0.4, 0.3] * 4 + [0.5, 1.1, 0.3],
    "nelson_8": [1.2, -1.3] * 3 + [0.9, 1.5],
    "western_electric_4": [-0.5, -0.1, -0.7, 0.2, -0.4, -0.1, -0.9, -0.3],
}


@pytest.mark.parametrize("name", TESTS)
def test_fires_on_its_pattern(name: str) -> None:
    (signal,) = signals(_FIRES[name], _UNIT, [name])
    assert (signal.test, signal.points) == (name, TESTS[name].needs)


@pytest.mark.parametrize("name", TESTS)
def test_does_not_fire_on_what_is_almost_its_pattern(name: str) -> None:
    assert signals(_ALMOST[name], _UNIT, [name]) == ()


@pytest.mark.parametrize("name", TESTS)
def test_never_fires_on_too_few(name: str) -> None:
    few = _FIRES[name][-TESTS[name].needs :][1:]
    assert signals(few, _UNIT, [name]) == ()


@pytest.mark.parametrize("name", TESTS)
def test_is_the_same_upside_down_and_on_another_scale(name: str) -> None:
    turned = [70 - 4 * one for one in _FIRES[name]]
    assert len(signals(turned, Centre(70.0, 4.0), [name])) == 1


def test_baseline_finds_centre_and_spread() -> None:
    source = random.Random(7)
    centre = baseline([source.gauss(50, 2) for _ in range(5000)])
    assert centre.mean == pytest.approx(50, abs=0.1)
    assert centre.sigma == pytest.approx(2, rel=0.05)


def test_false_alarms_of_the_first_test_are_as_rare_as_theory_says() -> None:
    source = random.Random(11)
    alarms = sum(bool(signals([source.gauss(0, 1)], _UNIT, ["nelson_1"])) for _ in range(50_000))
    assert 90 <= alarms <= 185  # 0.27 % of 50,000 is 135, standard deviation 11.6


@pytest.mark.parametrize(
    ("values", "says"), [([1.0] * 19, "at least 20"), ([1.0] * 20, "all the same"), ([1.0, float("nan")] * 10, "NaN")]
)
def test_no_baseline(values: list[float], says: str) -> None:
    with pytest.raises(BadFact, match=says):
        baseline(values)


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(BadFact, match="nelson_9"):
        signals([1.0], _UNIT, ["nelson_9"])
    with pytest.raises(BadFact, match="infinite"):
        signals([float("inf")], _UNIT, ["nelson_1"])
