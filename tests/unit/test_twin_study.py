"""Studies: counterfactuals batch by batch, common random numbers, and results that depend on the seed alone."""

import json

import numpy as np
import pytest

from twin.model.actions import NONE
from twin.model.errors import TwinError
from twin.study.holds import Cells, grow_batches
from twin.study.inputs import PRESETS, Inputs, load_preset
from twin.study.plant import AUGMENTED, BASELINE, Levers
from twin.study.results import study_json
from twin.study.run import Study, count_interventions, policy_for, run_study

BOTH = {"baseline": BASELINE, "augmented": AUGMENTED}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load_preset("paper").with_values({"holds.history": 600})


@pytest.fixture(scope="module")
def study(inputs: Inputs) -> Study:
    return run_study(inputs, BOTH, batches=600, seed=7)


def test_every_batch_is_counted_once_in_each_scenario(study: Study) -> None:
    for tallies in study.tallies.values():
        assert sum(one.batches for one in tallies) == 600
        assert all(one.failed + one.released == one.batches for one in tallies)


def test_failures_saved_are_those_prevented_less_those_caused(study: Study) -> None:
    done = study.interventions
    saved = study.summaries["baseline"].failed - study.summaries["augmented"].failed
    assert saved == done.prevented - done.caused
    assert done.made == done.prevented + done.mitigated + done.unneeded + done.caused + done.in_vain


def test_parts_of_the_release_time_add_up(study: Study) -> None:
    found = study_json(study)["scenarios"]["baseline"]
    parts = sum(part["mean"] for part in found["parts_of_release_days"].values())
    assert parts == pytest.approx(found["release_days"]["mean"], abs=1e-6)
    assert study_json(study)["touch_days"]["baseline"] + study_json(study)["waiting_days"]["baseline"] == (
        pytest.approx(parts)
    )
    assert all(0 <= busy <= 1 for busy in found["utilisation"].values())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(inputs: Inputs, study: Study) -> None:
    again = run_study(inputs, BOTH, batches=600, seed=7)
    other = run_study(inputs, BOTH, batches=600, seed=8)
    assert json.dumps(study_json(again)) == json.dumps(study_json(study))
    assert json.dumps(study_json(other)) != json.dumps(study_json(study))


def test_a_batch_does_not_depend_on_the_batches_made_beside_it(inputs: Inputs) -> None:
    mix, policy = inputs.population(), policy_for(inputs, 7)
    whole = grow_batches(mix, policy, seed=7, first=0, count=60)
    tail = grow_batches(mix, policy, seed=7, first=37, count=23)
    np.testing.assert_array_equal(whole.failed[:, 37:], tail.failed)
    np.testing.assert_allclose(whole.potency[:, 37:], tail.potency, rtol=1e-9)


def test_nothing_is_changed_where_no_lever_is_on(inputs: Inputs) -> None:
    found = run_study(inputs, {"baseline": BASELINE, "again": Levers()}, batches=100, seed=3)
    assert found.summaries["baseline"].release_days == found.summaries["again"].release_days


def test_interventions_are_judged_against_the_same_batch_left_alone() -> None:
    failed = np.array([[True, True, True, False, False, True], [False, True, True, True, False, True]])
    worst = np.array([[0.5, 0.5, 0.5, 0.0, 0.0, 0.5], [0.0, 0.2, 0.5, 0.1, 0.0, 0.5]])
    action = np.array([1, 1, 2, 3, 4, NONE])
    done = count_interventions(Cells(failed, worst, np.zeros((2, 6)), np.zeros((2, 6)), action, np.zeros(6)))
    assert (done.made, done.prevented, done.mitigated, done.in_vain, done.caused, done.unneeded) == (5, 1, 1, 1, 1, 1)
    assert done.would_fail == 4


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_complete_and_say_where_each_number_comes_from(preset: str) -> None:
    for one in load_preset(preset).by_name.values():
        assert one.low <= one.value <= one.high, one.name
        assert len(one.source) > 2, one.name
        assert "placeholder" not in one.source, one.name


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plant.analysts", 0, "whole number of one or more"),
        ("plant.analysts", 2.5, "whole number of one or more"),
        ("line.review_hours", -1, "can't be negative"),
        ("line.finding_share", 1.5, "between 0 and 1"),
        ("line.revue_hours", 1, "no input"),
    ],
)
def test_impossible_inputs_are_refused(name: str, value: float, words: str) -> None:
    with pytest.raises(TwinError, match=words):
        load_preset("paper").with_values({name: value})


def test_a_plant_that_cannot_keep_up_is_refused_by_name(inputs: Inputs) -> None:
    with pytest.raises(TwinError, match=r"can't keep up.*quality_reviewers"):
        run_study(inputs.with_values({"plant.quality_reviewers": 1}), BOTH, batches=100, seed=1)
