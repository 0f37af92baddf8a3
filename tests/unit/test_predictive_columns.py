"""No column vanishes silently: bounds are used, words counted, what is left out is said, leaks are asked about."""

import re
from pathlib import Path

import numpy as np
import pytest
from predictive_support import as_table, plant_table
from test_predictive_model import NOW, OPTIONS

from keywords.predictive_holds.conformal import Answer
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import numbers
from keywords.predictive_holds.training.checks import Roles, asked_about, learn_preparation, learnable, question
from keywords.predictive_holds.training.measures import pr_auc
from keywords.predictive_holds.training.train import train
from mes_core.domain.model_states import hindrances

ROLES = OPTIONS.roles


def _spoilt(rows: int, seed: int = 3) -> dict[str, list[str]]:
    """The best column with `ERR` in 4 % of its cells and its lowest values as bounds."""
    columns = plant_table(rows, seed)
    rng = np.random.default_rng(seed)
    limit = np.quantile([float(one) for one in columns["ph"]], 0.03)
    columns["ph"] = [
        "ERR" if rng.random() < 0.04 else f"<{limit:.3f}" if float(cell) < limit else cell for cell in columns["ph"]
    ]
    return columns


@pytest.mark.requirement("URS-224")
def test_words_and_bounds_among_numbers_cost_a_column_nothing_and_are_said(tmp_path: Path) -> None:
    said: list[str] = []
    found = []
    fresh = plant_table(4000, seed=50)
    fail = np.array([float(one) for one in fresh["fail"]])
    for name, columns in (("whole", plant_table(500)), ("spoilt", _spoilt(500))):
        path = tmp_path / f"{name}.model"
        train(as_table(columns), OPTIONS, path, now=NOW, who="tester", say=said.append)
        model = Model.load(path)
        found.append(pr_auc(fail, model.probabilities(model.matrix(as_table(fresh)))))
    assert found[1] > 0.9 * found[0]
    cells = sum(one == "ERR" for one in _spoilt(500)["ph"])
    assert model.card["data"]["words"] == {"ph": {"ERR": cells}}
    assert model.card["data"]["bounds"]["ph"] > 0.02
    assert any(line.startswith("'ERR' in ") and "of ph counts as no value" in line for line in said)
    assert any("of ph count as the limit that they name" in line for line in said)
    asked = plant_table(40, seed=51)
    asked["ph"][0], asked["ph"][1], asked["ph"][2] = "ERR", "<6.9", "OUT"
    answers = model.predict(as_table(asked))
    assert [bool(one.note) for one in answers[:3]] == [False, False, True], (
        "a known word is no value, a new one is asked"
    )
    assert answers[2].answer is Answer.UNDECIDED


@pytest.mark.requirement("URS-224")
def test_a_column_that_is_left_out_is_named_on_the_screen(tmp_path: Path) -> None:
    columns = plant_table(240)
    columns["operator_note"] = [f"text {row}" for row in range(240)]
    said: list[str] = []
    train(as_table(columns), OPTIONS, tmp_path / "m.model", now=NOW, who="tester", say=said.append)
    assert any(line.startswith("Left out: operator_note, which 1") for line in said)


def test_a_category_with_a_few_whole_numbers_stays_one() -> None:
    columns = plant_table(300)
    columns["grade"] = [("1", "2", "3", "3a" if row % 15 == 0 else "3")[row % 4] for row in range(300)]
    prepared = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    assert {one.name: one.kind for one in prepared.columns}["grade"] == "category"


@pytest.mark.requirement("URS-224")
def test_what_nearly_tells_the_outcome_is_asked_about_by_name(tmp_path: Path) -> None:
    """A disposition with 2 % noise; a model that rests on it is not approved until somebody said that it is early."""
    columns = plant_table(400)
    rng = np.random.default_rng(9)
    turned = [str(int(cell == "1") ^ int(rng.random() < 0.02)) for cell in columns["fail"]]
    columns["disposition"] = [("released", "rejected")[int(cell)] for cell in turned]
    data = learnable(as_table(columns), ROLES)
    assert asked_about(data, ROLES) == ("disposition",)
    assert re.search(
        r"'disposition' .* nearly tells fail alone: .* --known-early", question(data, ("disposition",), "fail")
    )
    said: list[str] = []
    card = train(as_table(columns), OPTIONS, tmp_path / "m.model", now=NOW, who="tester", say=said.append)
    assert card["asked_about"] == ["disposition"]
    assert any("'disposition'" in line and "not approved" in line for line in said)
    assert any("'disposition' was known on the day of decision" in why for why in hindrances(card, 0.0))
    known = Roles("fail", "timestamp", "patient", known_early=("disposition",))
    assert asked_about(data, known) == ()
    last_day = plant_table(400)
    late = np.array([float(one) for one in last_day["fail"]]) * 2.9 + rng.normal(size=400)
    last_day["viability_d10"] = [f"{value:.2f}" for value in late]
    assert asked_about(learnable(as_table(last_day), ROLES), ROLES) == ("viability_d10",)
    early = last_day | {"viability_d02": last_day["viability_d10"]}
    del early["viability_d10"]
    by_day = Roles("fail", "timestamp", "patient", early_days=3)
    assert asked_about(learnable(as_table(early), by_day), by_day) == ()


def test_a_reading_is_the_same_as_of_the_whole_column_when_rows_are_taken() -> None:
    cells = ["1.5", "", "<0.1", "ERR", ">7", "2"]
    table = as_table({"a": cells})
    whole = table.readings("a")
    assert whole.bounds.tolist() == [False, False, True, False, True, False]
    assert whole.words.tolist() == [False, False, False, True, False, False]
    part = table.take(np.array([4, 2, 0])).readings("a")
    assert part.values.tolist() == [7.0, 0.1, 1.5]
    assert part.bounds.tolist() == [True, True, False]
    assert numbers(cells) is None
