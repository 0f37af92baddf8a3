"""Corrective actions change the inputs of the kinetics from the day on which they are taken, and nothing before it."""

import numpy as np
import pytest

from twin.model.actions import ACTIONS, FIRST_DAY, NONE, SPLIT, with_actions
from twin.model.culture import grow
from twin.model.errors import TwinError
from twin.model.outcome import harvest
from twin.model.population import Population, draw_people
from twin.study.holds import grow_batches, learn_policy
from twin.study.inputs import load_preset

COUNT = 24


@pytest.fixture(scope="module")
def mix() -> Population:
    return load_preset("paper").population()


@pytest.mark.parametrize("action", range(len(ACTIONS)))
def test_nothing_changes_before_the_day_of_the_action(mix: Population, action: int) -> None:
    people = draw_people(3, 0, COUNT, mix)
    plan = with_actions(people.plan, np.full(COUNT, action))
    left, done = grow(people.donors, people.plan), grow(people.donors, plan)
    assert np.array_equal(left.states[:FIRST_DAY], done.states[:FIRST_DAY])


def test_a_split_dose_is_half_of_it_and_rescues_nothing(mix: Population) -> None:
    """The cells are the same; each part has to hold the dose by itself."""
    people = draw_people(3, 0, COUNT, mix)
    plan = with_actions(people.plan, np.full(COUNT, SPLIT))
    culture = grow(people.donors, people.plan)
    whole = harvest(people.donors, people.plan, culture, people.late)
    parts = harvest(people.donors, plan, culture, people.late)
    assert parts.dose == pytest.approx(whole.dose / 2)
    assert np.array_equal(parts.harvest_1e6, whole.harvest_1e6)
    assert (parts.failed() >= whole.failed()).all()
    again = with_actions(plan, np.full(COUNT, NONE))
    assert np.array_equal(again.doses, plan.doses)


def test_what_saved_nobody_in_history_is_never_chosen(mix: Population) -> None:
    policy = learn_policy(mix, seed=3, history=600, budget=0.3)
    cells = grow_batches(mix, policy, seed=3, first=0, count=400)
    assert (cells.action == SPLIT).sum() == 0
    assert (cells.action != NONE).any()


@pytest.mark.parametrize("action", [-1, len(ACTIONS)])
def test_an_action_that_is_not_there_is_refused(mix: Population, action: int) -> None:
    people = draw_people(3, 0, COUNT, mix)
    with pytest.raises(TwinError, match="Give one action from 0 to 5"):
        with_actions(people.plan, np.full(COUNT, action))
