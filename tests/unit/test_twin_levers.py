"""Attribution and money: sums that must come out."""

from dataclasses import replace
from itertools import combinations
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.study.inputs import load_preset
from twin.study.levers import factorial_design, shapley
from twin.study.money import money
from twin.study.plant import AUGMENTED, BASELINE, LEVERS
from twin.study.run import run_study
from twin.study.scale import staff_for
from twin.study.sensitivity import sensitivities

PLAYERS = ("a", "b", "c")
COALITIONS = [frozenset(some) for size in range(4) for some in combinations(PLAYERS, size)]


@settings(max_examples=50)
@given(st.lists(st.floats(-100, 100), min_size=8, max_size=8))
def test_shares_of_all_levers_add_up_to_what_all_together_save(values: list[float]) -> None:
    game = dict(zip(COALITIONS, values, strict=True))
    assert sum(shapley(game).values()) == pytest.approx(game[frozenset(PLAYERS)] - game[frozenset()], abs=1e-9)


def test_a_lever_without_effect_gets_nothing_and_equal_ones_get_the_same() -> None:
    game = {coalition: 10.0 * bool(coalition & {"a", "b"}) for coalition in COALITIONS}
    assert shapley(game) == pytest.approx({"a": 5.0, "b": 5.0, "c": 0.0})


def test_the_design_has_every_combination_once() -> None:
    assert len(set(factorial_design().values())) == 2 ** len(LEVERS)


def test_dearer_failures_make_prevention_worth_more() -> None:
    inputs = load_preset("paper").with_values({"holds.history": 600})
    study = run_study(inputs, {"baseline": BASELINE, "augmented": AUGMENTED}, batches=400, seed=7)
    dear = money(study, inputs.with_values({"cost.failed_batch": 300_000.0}))
    assert dear.saved_yearly > money(study).saved_yearly


def test_more_batches_need_more_staff_and_robots_need_fewer_reviewers() -> None:
    inputs = load_preset("paper")
    few, many = staff_for(inputs, 100, "baseline"), staff_for(inputs, 1000, "baseline")
    assert all(many[name] >= few[name] for name in few)
    assert staff_for(inputs, 1000, "augmented")["quality_reviewers"] < many["quality_reviewers"] / 2


def test_sensitivities_move_one_input_at_a_time_and_say_what_can_t_be() -> None:
    inputs = load_preset("uk-lbcl").with_values({"holds.history": 600, "plant.quality_reviewers": 7})
    few = ("line.review_hours", "cost.failed_batch", "plant.analysts", "line.courier_hours")
    fixed = {name: replace(one, low=one.value, high=one.value) for name, one in inputs.by_name.items()}
    ranged = {name: inputs.by_name[name] for name in few[:2]}
    over = replace(inputs.by_name["plant.analysts"], low=1)
    moved = sensitivities(replace(inputs, by_name={**fixed, **ranged, "plant.analysts": over}), seed=7, batches=100)
    known = {one.name: one for one in moved.inputs}
    assert set(known) == set(few[:3]), "Those without a range are not moved."
    review, cost, analysts = (known[name] for name in few[:3])
    assert review.width("days_saved") > 0, "The longer a person reviews, the more a robot saves."
    assert cost.width("days_saved") == 0
    assert cost.width("yearly") > 0
    assert cost.change("days_saved").low == cost.change("days_saved").high == 0, "What changes nothing has no noise."
    change = review.change("days_saved")
    assert change.low < change.mean < change.high
    assert change.mean == review.width("days_saved")
    assert analysts.low is None
    assert analysts.high is not None
    assert "analysts" in analysts.refused
    assert moved.refused == (analysts,)
    assert analysts.width("days_saved") == analysts.high.days_saved - moved.middle.days_saved
    assert moved.widest("days_saved", 1) == (review,), "An end that can't be moves nothing."
    nowhere = replace(analysts, high=None)
    assert nowhere.width("days_saved") == 0
    assert isnan(nowhere.change("days_saved").mean)
    assert cost.low is not None
    assert cost.high is not None
    assert cost.low.yearly <= moved.middle.yearly <= cost.high.yearly
