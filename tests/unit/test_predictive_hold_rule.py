"""One rule says what is held: in answers, card, evidence and comparison, within the budget and for skill alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from predictive_support import as_table, plant_table
from test_predictive_model import NOW, OPTIONS

from keywords.predictive_holds.conformal import Answer, Conformal
from keywords.predictive_holds.hold_rule import HoldRule
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.checks import learnable
from keywords.predictive_holds.training.fitting import Options
from keywords.predictive_holds.training.lock import split_by_time
from keywords.predictive_holds.training.measures import interval
from keywords.predictive_holds.training.skill import skill, verdict
from keywords.predictive_holds.training.train import train

KNOWN = Conformal(np.linspace(0.05, 0.9, 40), np.linspace(0.001, 0.3, 400), 0.1)
ROWS = 700


def _trained(out: Path, columns: dict[str, list[str]], options: Options) -> Model:
    train(as_table(columns), options, out, now=NOW, who="tester", say=lambda _text: None)
    return Model.load(out)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that may hold one batch in fourteen, as it was judged."""
    options = replace(OPTIONS, apart=True, budget=0.07, replaces="ph", subgroups=("site",))
    return _trained(tmp_path_factory.mktemp("rule") / "m.model", plant_table(ROWS), options)


@pytest.mark.requirement("URS-220")
def test_risk_takes_both_a_credible_failure_and_the_threshold() -> None:
    chance = np.array([0.001, 0.2, 0.28, 0.295, 0.5])
    assert HoldRule(KNOWN, 0.0).answers(chance)[2:] == [Answer.RISK] * 3
    assert HoldRule(KNOWN, 0.29).answers(chance)[2:] == [Answer.UNDECIDED, Answer.RISK, Answer.RISK]
    assert HoldRule(KNOWN, 0.6).held(chance).sum() == 0
    assert HoldRule(KNOWN, 0.6).answers(chance)[0] is Answer.CLEAR
    assert HoldRule(KNOWN, 0.0).answers(chance)[1] is Answer.UNDECIDED, "at 0.2 both outcomes are credible"
    assert set(HoldRule(KNOWN, 0.0, skill=False).answers(chance)) == {Answer.UNDECIDED}


@pytest.mark.requirement("URS-220")
def test_card_comparison_parts_and_answers_count_the_same_holds(model: Model) -> None:
    """The test rows asked one by one as in use give every count of the card."""
    data = learnable(as_table(plant_table(ROWS)), OPTIONS.roles)
    test = data.take(split_by_time(data).test)
    said = model.predict(test.table)
    held = np.array([one.answer is Answer.RISK for one in said])
    card = model.card["test"]
    assert [one.hold for one in said] == held.tolist()
    assert held.sum() > 0
    assert card["at_threshold"]["held"] == held.sum() == card["replaced"]["held"]
    assert card["at_threshold"]["caught"] == int(test.fail[held].sum())
    assert sum(part["held"] for part in card["subgroups"]) == held.sum()
    assert sum(one["rows"] for one in card["calibration"]) == len(held)
    by_answer = card["conformal"]["failed"]["answers"]["RISK"] + card["conformal"]["passed"]["answers"]["RISK"]
    assert by_answer == held.sum()
    assert all(one.probability >= card_threshold(model) and one.p_pass <= 0.1 < one.p_fail for one in said if one.hold)


def card_threshold(model: Model) -> float:
    """The threshold that the card tells."""
    return float(model.card["rule"]["threshold"])


@pytest.mark.requirement("URS-220")
def test_the_share_held_stays_within_the_budget_on_fresh_rows(model: Model) -> None:
    fresh = as_table(plant_table(6000, seed=404))
    held = model.rule.held(model.probabilities(model.matrix(fresh)))
    assert held.mean() > 0.01, "a budget kept by never holding is none"
    assert interval(int(held.sum()), len(held))[0] <= 0.07


@pytest.mark.requirement("URS-220")
def test_budget_and_cost_ratio_govern_the_threshold(model: Model, tmp_path: Path) -> None:
    """A smaller budget and a dearer false hold both hold fewer, each by its own bound."""
    fresh = as_table(plant_table(3000, seed=405))
    small = replace(OPTIONS, apart=True, budget=0.02)
    few = _trained(tmp_path / "few.model", plant_table(ROWS), small)
    dear = _trained(tmp_path / "dear.model", plant_table(ROWS), replace(small, budget=0.5, cost_ratio=1.0))
    held = [one.rule.held(one.probabilities(one.matrix(fresh))).mean() for one in (model, few)]
    assert held[1] < held[0]
    assert held[1] <= 0.04
    assert card_threshold(dear) >= 0.5
    assert card_threshold(few) > card_threshold(model) > 1 / 11


@pytest.mark.requirement("URS-222")
def test_a_model_of_shuffled_outcomes_answers_undecided_only_and_says_so_first(tmp_path: Path) -> None:
    columns = plant_table(300)
    order = np.random.default_rng(5).permutation(300)
    columns["fail"] = [columns["fail"][place] for place in order]
    said: list[str] = []
    train(as_table(columns), OPTIONS, tmp_path / "m.model", now=NOW, who="tester", say=said.append)
    model = Model.load(tmp_path / "m.model")
    assert next(iter(model.card)) == "skill"
    assert model.card["skill"]["shown"] is False
    assert {one.answer for one in model.predict(as_table(plant_table(150, seed=6)))} == {Answer.UNDECIDED}
    assert model.card["test"]["at_threshold"]["held"] == 0
    assert "no skill was shown" in model.silent
    assert any(one.startswith("Careful: no skill was shown") for one in said)
    from batchwright.commands.model_card import card_lines, said_lines

    assert card_lines(model.card)[0].startswith("NOT TO BE USED: no skill was shown")
    assert said_lines([], model.silent)[0].startswith("NOT TO BE USED")


@pytest.mark.requirement("URS-222")
def test_skill_is_rarely_seen_where_there_is_none_and_seen_where_it_is() -> None:
    """Of 60 scores without skill on 15 failures in 300 rows at most one in twenty passes both looks; a strong one
    does."""
    rng = np.random.default_rng(11)
    window = np.repeat([0, 1, 2], 100)
    passed = 0
    for draw in range(60):
        fail = np.zeros(300)
        fail[rng.choice(300, 15, replace=False)] = 1.0
        looks = [skill(fail, rng.normal(size=300), window * which, seed=draw) for which in (0, 1)]
        passed += verdict(*looks)["shown"]
    assert passed <= 3
    fail = (rng.random(300) < 0.1).astype(float)
    strong = skill(fail, 3 * fail + rng.normal(size=300), window, seed=1)
    assert strong["shown"]
    assert strong["interval"][0] > strong["prevalence"]
