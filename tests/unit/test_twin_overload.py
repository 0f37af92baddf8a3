"""A plant that can't keep up is refused, failed batches counted, and one that is accepted has queues that end."""

from math import exp

import numpy as np
import pytest

from twin.line import run_line
from twin.model.errors import TwinError
from twin.study.inputs import Inputs, load_preset
from twin.study.plant import BASELINE, HARVEST, RELEASED, draw_chance, plan_work, plant_network
from twin.study.run import arrival_times, check_capacity, policy_for, run_study, stretches

ONE = {"baseline": BASELINE}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load_preset("uk-lbcl").with_values({"holds.history": 600})


def _analysts(inputs: Inputs, failing: float) -> float:
    """Share of the analysts' open hours that a month's batches take, by hand: all tests, the certificate, and the
    investigation of those that fail."""
    spread = exp(inputs["line.touch_spread"] ** 2 / 2)
    hours = 3 * 3.0 + 5.0 + 1.0 + 0.5 + 3.0 + failing * inputs["line.deviation_hours"]
    weekly = inputs["plant.batches_per_month"] / (365.25 / 12) * 7
    return spread * hours * weekly / (5 * inputs["plant.laboratory_hours"] * inputs.whole("plant.analysts"))


def test_the_work_of_batches_that_fail_counts(inputs: Inputs) -> None:
    few = inputs.with_values({"plant.analysts": 7, "line.deviation_hours": 16.0})
    many = few.with_values({"cells.contamination": 0.75})
    assert _analysts(many, 0.0) < 0.8
    assert _analysts(many, 0.76) > 1.0
    run_study(few, ONE, batches=40, seed=1)
    with pytest.raises(TwinError, match=r"can't keep up.*analysts: 1\d\d% of 7, needs at least"):
        run_study(many, ONE, batches=40, seed=1)


def test_where_every_batch_fails_no_days_are_counted(inputs: Inputs) -> None:
    with pytest.raises(TwinError, match=r"Every batch fails.*cells\.contamination"):
        run_study(inputs.with_values({"cells.contamination": 1.0}), ONE, batches=40, seed=1)


@pytest.mark.parametrize("batches", [0.0, -1.0])
def test_a_plant_that_makes_nothing_is_one_sentence(inputs: Inputs, batches: float) -> None:
    with pytest.raises(TwinError, match=r"batches_per_month is .*(give more than 0|can't be negative)"):
        inputs.with_values({"plant.batches_per_month": batches})


@pytest.mark.parametrize(
    "changed", [{"plant.analysts": 6.0}, {"plant.operators": 6.0}, {"plant.quality_reviewers": 5.0}], ids=str
)
def test_queues_of_an_accepted_plant_end(inputs: Inputs, changed: dict[str, float]) -> None:
    """Over 14 years: those who come in the last ones wait no longer than those in the first ones, within noise."""
    tight = inputs.with_values(changed)
    check_capacity(tight, ONE, policy_for(tight, 3))
    count = 7000
    arrivals = arrival_times(tight, 3, stretches(count, 1)[0], count)
    failed = np.random.default_rng(3).random(count) < 0.04
    work, _ = plan_work(tight, BASELINE, draw_chance(3, 0, count), arrivals, failed, np.full(count, 10.0))
    passage = run_line(plant_network(tight), work)
    days = passage.done[:, RELEASED] - passage.done[:, HARVEST]
    early, late = days[500:3500].mean(), days[4000:].mean()
    assert late < 1.3 * early
    assert days.max() < 200


def test_a_plant_beyond_its_hours_grows_without_end_though_its_open_hours_would_do(inputs: Inputs) -> None:
    """Five analysts: 96 % of their open hours are asked for, and the tenth that does not fit into days is missing."""
    small = inputs.with_values({"plant.analysts": 5, "plant.batches_per_month": 43})
    assert _analysts(small, 0.04) < 0.995
    with pytest.raises(TwinError, match=r"analysts: 10\d% of 5, needs at least 6, \d+% of its hours can't be used"):
        check_capacity(small, ONE, policy_for(small, 3))
    count = 7000
    arrivals = arrival_times(small, 3, stretches(count, 1)[0], count)
    work, _ = plan_work(
        small, BASELINE, draw_chance(3, 0, count), arrivals, np.zeros(count, bool), np.full(count, 10.0)
    )
    passage = run_line(plant_network(small), work)
    days = passage.done[:, RELEASED] - passage.done[:, HARVEST]
    assert days[4000:].mean() > 1.5 * days[500:3500].mean()
