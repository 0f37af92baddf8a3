"""The first words of the report: they follow from the figures, and name what people know."""

import re
from dataclasses import replace

import pytest

from twin.report.answer import answer, spoken
from twin.report.blocks import Text
from twin.study.inputs import PRESETS, Inputs, load_preset
from twin.study.levers import attribute, run_factorial
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import Study, run_study
from twin.study.sensitivity import End, Moved, Sensitivity

MIDDLE = End(1.0, 14.0, 0.15, 3.0, 0.04, 1e6)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load_preset("paper").with_values({"holds.history": 600})


@pytest.fixture(scope="module")
def study(inputs: Inputs) -> Study:
    return run_study(inputs, {"baseline": BASELINE, "augmented": AUGMENTED}, batches=300, seed=7)


@pytest.fixture(scope="module")
def factorial(inputs: Inputs) -> Study:
    return run_factorial(inputs, batches=60, seed=7)


def _moved(**days: float | None) -> Moved:
    """Inputs whose high end saves so many days; None where the line can't keep up there."""
    ends = {name: None if high is None else replace(MIDDLE, days_saved=high) for name, high in days.items()}
    return Moved(60, MIDDLE, tuple(Sensitivity(name, MIDDLE, high, MIDDLE) for name, high in ends.items()))


def _told(study: Study, factorial: Study, moved: Moved) -> str:
    return " ".join(block.text for block in answer(study, factorial, moved) if isinstance(block, Text))


def test_the_answer_is_that_of_the_figures(study: Study, factorial: Study) -> None:
    told = _told(study, factorial, _moved(**{"line.review_hours": 9.0}))
    old, new = (study.summaries[name] for name in ("baseline", "augmented"))
    saved = study.saved("release_days")
    assert saved.mean == pytest.approx(old.release_days.mean - new.release_days.mean)
    assert f"{saved.mean:.1f} days sooner [{saved.low:.1f}, {saved.high:.1f}]" in told
    assert f"From the arrival of the cells to delivery {study.saved('turnaround').mean:.1f} of" in told
    assert "batches are grown a day longer" in told
    assert "The paper claims 3.5 days (25 %) and 4.9 batches (32 %)." in told
    days = next(one for one in attribute(factorial) if one.kpi == "release_days")
    assert f"Of the {days.total.mean:.1f} days" in told
    assert f"review by exception {days.share['review'].mean:.1f} [{days.share['review'].low:.1f}" in told


def test_what_moves_the_days_most_is_named_in_words_and_what_has_no_answer_is_not(
    study: Study, factorial: Study
) -> None:
    moved = _moved(**{"line.qp_hours": None, "line.review_hours": 9.0, "plant.qp_hours": 1.0, "line.fill_hours": 3.1})
    told = _told(study, factorial, moved)
    assert told.endswith(
        "what moves the days most: review of a paper record, 4 to 8 h; hours a day of a qualified person, 3 to 6 h; "
        "filling, 2 to 4 h."
    )


def test_a_plant_that_saves_nothing_is_told_so(study: Study, factorial: Study) -> None:
    dear = replace(study, inputs=study.inputs.with_values({"cost.yearly": 1e9}))
    assert "Nothing is saved in a year, on assumed costs." in _told(dear, factorial, _moved())
    # Both plants with each other's figures: what was saved is lost.
    swapped = {"baseline": study.tallies["augmented"], "augmented": study.tallies["baseline"]}
    worse, saved = replace(study, tallies=swapped), study.saved("release_days")
    assert f"{saved.mean:.1f} days later [{saved.low:.1f}, {saved.high:.1f}]" in _told(worse, factorial, _moved())


@pytest.mark.parametrize("preset", PRESETS)
def test_every_input_has_words_of_its_own(preset: str) -> None:
    words = [one.words for one in load_preset(preset).by_name.values()]
    assert len(set(words)) == len(words)
    assert all(one and not re.search(r"[_.]", one) for one in words)
    assert all(len(one) < 80 for one in spoken(load_preset(preset)).values())
