"""Intervals of differences and of Shapley values: by hand, and how often they hold what is true."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as student  # type: ignore[import-untyped]

from twin.study.assumed import WITHOUT, without_assumptions
from twin.study.inputs import Inputs, load_preset
from twin.study.kpis import combined
from twin.study.levers import attribute, run_factorial, shapley
from twin.study.plant import AUGMENTED, BASELINE, LEVERS
from twin.study.run import Study, policy_for, run_study

BOTH = {"baseline": BASELINE, "augmented": AUGMENTED}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load_preset("uk-lbcl").with_values({"holds.history": 600})


@pytest.fixture(scope="module")
def factorial(inputs: Inputs) -> Study:
    return run_factorial(inputs, batches=200, seed=7)


def test_a_difference_of_equal_replications_is_the_paired_t_of_books() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(10, 3, 12)
    old, new = common + rng.normal(0, 0.2, 12), common - 2 + rng.normal(0, 0.2, 12)
    found = combined([(1.0, old.tolist(), [5.0] * 12), (-1.0, new.tolist(), [5.0] * 12)])
    differences = old - new
    half = student.ppf(0.975, 11) * differences.std(ddof=1) / sqrt(12)
    assert found.mean == pytest.approx(differences.mean())
    assert (found.low, found.high) == pytest.approx((differences.mean() - half, differences.mean() + half))


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_paired_intervals_hold_the_truth_in_95_of_100(share: float) -> None:
    """1,000 studies of ten replications whose scenarios share their luck and count unequal numbers of batches."""
    rng, held = np.random.default_rng(5), 0
    for _ in range(1000):
        luck = rng.normal(0, 2, 10)
        weights = [rng.integers(10, 40, 10).astype(float) for _ in range(2)]
        values = [
            (mean + share * luck + rng.normal(0, 3, 10) / np.sqrt(weight)).tolist()
            for mean, weight in zip((14.0, 11.0), weights, strict=True)
        ]
        found = combined([(1.0, values[0], weights[0].tolist()), (-1.0, values[1], weights[1].tolist())])
        held += found.low <= 3.0 <= found.high
    assert 925 <= held <= 975


def test_a_replication_that_released_nothing_weighs_nothing() -> None:
    nan = float("nan")
    found = combined([(1.0, [4.0, nan, 6.0], [1.0, 0.0, 1.0]), (-1.0, [3.0, 2.0, 3.0], [1.0, 1.0, 1.0])])
    assert found.mean == pytest.approx(5.0 - 8 / 3)


def test_intervals_of_studies_hold_what_many_batches_say(inputs: Inputs) -> None:
    """Twenty studies of their own luck against one of 20,000; benchmarks/twin_coverage.py does a hundred."""
    policy = policy_for(inputs, 7)
    truth = run_study(inputs, BOTH, batches=20_000, seed=900, policy=policy)
    names = ("release_days", "failure_rate", "turnaround", "labour_hours")
    held = dict.fromkeys(names, 0)
    for seed in range(20):
        study = run_study(inputs, BOTH, batches=300, seed=seed, replications=10, policy=policy)
        for name in names:
            found = study.saved(name)
            held[name] += found.low <= truth.saved(name).mean <= found.high
    assert all(count >= 16 for count in held.values()), held


def test_shapley_values_and_their_intervals_are_those_of_each_replication(factorial: Study) -> None:
    """Worked out from the 32 combinations by the formula, and by marginal gains of one replication after the other."""
    found = {one.kpi: one for one in attribute(factorial)}
    days = found["release_days"]
    values = {
        frozenset() if name == "none" else frozenset(name.split("+")): -one.means["release"].mean
        for name, one in factorial.summaries.items()
    }
    by_formula = shapley(values)
    assert {name: one.mean for name, one in days.share.items()} == pytest.approx(by_formula)
    assert sum(one.mean for one in days.share.values()) == pytest.approx(days.total.mean)
    failures = found["failure_rate"]
    each = [
        shapley(
            {
                frozenset() if name == "none" else frozenset(name.split("+")): -its[number].failed / its[number].batches
                for name, its in factorial.tallies.items()
            }
        )["holds"]
        for number in range(factorial.replications)
    ]
    half = student.ppf(0.975, len(each) - 1) * np.std(each, ddof=1) / sqrt(len(each))
    share = failures.share["holds"]
    assert share.mean == pytest.approx(np.mean(each))
    assert (share.low, share.high) == pytest.approx((np.mean(each) - half, np.mean(each) + half))
    assert days.share["review"].low > 0, "What review saves is no chance."
    assert set(days.share) == set(LEVERS)


def test_pairing_makes_intervals_narrower_than_both_plants_apart(inputs: Inputs) -> None:
    study = run_study(inputs, BOTH, batches=600, seed=3)
    hours = study.saved("labour_hours")
    apart = [study.summaries[name].means["labour_hours"] for name in BOTH]
    unpaired = sqrt(sum(((one.high - one.low) / 2) ** 2 for one in apart))
    assert (hours.high - hours.low) / 2 < 0.8 * unpaired


def test_what_is_assumed_is_taken_away_one_by_one_and_all_at_once(inputs: Inputs) -> None:
    study = run_study(inputs, BOTH, batches=200, seed=5)
    found = without_assumptions(inputs, batches=200, seed=5)
    assumed = [name for name in WITHOUT if inputs.by_name[name].kind == "assumed"]
    assert [one.names for one in found] == [*((name,) for name in assumed), tuple(assumed)]
    assert "bots.misses" not in assumed, "It is measured from damaged records."
    for one in found:
        assert one.days_saved.mean <= study.saved("release_days").mean, one.words
    by_hand = run_study(
        inputs.with_values({"line.qp_exception_hours": inputs["line.qp_hours"]}), BOTH, batches=200, seed=5
    )
    assert found[0].days_saved == by_hand.saved("release_days")
    assert found[0].values == ((0.75, 1.5),)
    assert found[-1].days_saved.mean < study.saved("release_days").mean
    assert found[-1].days_saved.low < min(one.days_saved.mean for one in found[:-1])


@pytest.mark.parametrize("size", [2, 3])
def test_factors_of_shapley_values_sum_to_nothing(size: int) -> None:
    players = "abc"[:size]
    game = [frozenset(some) for count in range(size + 1) for some in combinations(players, count)]
    assert shapley(dict.fromkeys(game, 5.0)) == pytest.approx(dict.fromkeys(players, 0.0))
