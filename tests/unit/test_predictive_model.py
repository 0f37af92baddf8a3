"""A trained model: better than chance, the same for the same seed, guarded against a changed byte, valid per class."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from predictive_support import as_table, plant_table
from sklearn.metrics import average_precision_score

from keywords.predictive_holds.conformal import Answer, Conformal, calibrate
from keywords.predictive_holds.drift import drift
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.explain import attributions, explain
from keywords.predictive_holds.hold_rule import HoldRule
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.checks import Roles
from keywords.predictive_holds.training.fitting import DEFAULT, DEFAULT_OF_SEVERITY, Options, choose
from keywords.predictive_holds.training.measures import interval, pr_auc, threshold_at_budget
from keywords.predictive_holds.training.members import Sizes
from keywords.predictive_holds.training.rolling import OutOfTime
from keywords.predictive_holds.training.train import train

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OPTIONS = Options(Roles("fail", "timestamp", "patient"), sizes=Sizes(trees=30, rounds=30, jobs=1))


def _train(out: Path, rows: int = 240, options: Options = OPTIONS) -> Model:
    train(as_table(plant_table(rows)), options, out, now=NOW, who="tester", say=lambda _text: None)
    return Model.load(out)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model in a folder of its own, beside it the split's lock and the log; tests change copies alone."""
    path = tmp_path_factory.mktemp("model") / "m.model"
    _train(path)
    return path


@pytest.fixture(scope="module")
def model(stored: Path) -> Model:
    return Model.load(stored)


def test_it_ranks_later_batches_well_above_their_prevalence(model: Model) -> None:
    columns = plant_table(400, seed=77)
    fail = np.array([float(one) for one in columns["fail"]])
    said = np.array([one.probability for one in model.predict(as_table(columns))])
    assert pr_auc(fail, said) > 2 * fail.mean()
    assert abs(said.mean() - fail.mean()) < 0.1


def test_the_same_seed_and_data_give_the_same_hash_and_answers(model: Model, tmp_path: Path) -> None:
    again = _train(tmp_path / "m.model")
    assert again.hash == model.hash
    assert again.answers_as_stored()
    other = _train(tmp_path / "n.model", rows=238)
    assert other.hash != model.hash


def test_the_hash_that_training_tells_is_that_of_the_loaded_model(tmp_path: Path) -> None:
    """However many threads computed: it is what people approve."""
    two = Options(OPTIONS.roles, sizes=Sizes(trees=30, rounds=30, jobs=2))
    card = train(as_table(plant_table(240)), two, tmp_path / "m.model", now=NOW, who="t", say=lambda _text: None)
    assert card["hash"] == Model.load(tmp_path / "m.model").hash


def test_one_altered_byte_is_noticed(stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    whole = bytearray(stored.read_bytes())
    for place in (3, 40, 200, len(whole) // 2, len(whole) - 1):
        broken = bytearray(whole)
        broken[place] ^= 1
        path.write_bytes(broken)
        with pytest.raises(ModelRefused, match=r"altered|not a model file"):
            Model.load(path)


def test_a_refused_table_leaves_nothing_behind(tmp_path: Path) -> None:
    columns = plant_table(200)
    columns["flat"] = ["1"] * 200
    with pytest.raises(ModelRefused):
        train(as_table(columns), OPTIONS, tmp_path / "m.model", now=NOW, who="tester", say=lambda _text: None)
    assert list(tmp_path.iterdir()) == []


def test_the_split_is_locked_and_each_use_of_the_test_rows_is_logged(stored: Path, tmp_path: Path) -> None:
    """Trained a second time where it was trained before."""
    shutil.copytree(stored.parent, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "m.model"
    lock = (tmp_path / "m.model.split.json").read_text()
    _train(path)
    assert (tmp_path / "m.model.split.json").read_text() == lock
    log = [json.loads(line) for line in (tmp_path / "m.model.access.jsonl").read_text().splitlines()]
    assert [one["who"] for one in log] == ["tester", "tester"]
    assert all(datetime.fromisoformat(one["at"]).tzinfo for one in log)
    assert Model.load(path).card["split"]["test_set_used"] == 2


def test_the_card_speaks_of_three_prevalences_with_intervals(model: Model) -> None:
    rows = model.card["test"]["at_prevalence"]
    assert [one["prevalence"] for one in rows] == [0.039, 0.07, 0.154]
    for one in rows:
        assert one["recall_interval"][0] <= one["recall"] <= one["recall_interval"][1]


def test_reasons_add_up_to_the_change_in_log_odds_and_name_what_matters(model: Model) -> None:
    columns = plant_table(60, seed=5)
    columns["ph"][4], columns["glucose"][4] = "6.9", "4.0"
    table = as_table(columns)
    matrix = model.matrix(table)
    usual = np.asarray(model.reference["usual"], float)

    def odds(row: np.ndarray) -> float:
        value = float(model.probabilities(row[None])[0])
        return float(np.log(value / (1 - value)))

    assert attributions(model, matrix[4]).sum() == pytest.approx(odds(matrix[4]) - odds(usual), abs=1e-6)
    reasons = explain(model, table, 5)
    assert {reasons[0].name, reasons[1].name} == {"ph", "glucose"}
    assert "raises the risk" in reasons[0].words


def test_conformal_answers_keep_their_promise_for_each_class() -> None:
    """On exchangeable rows the true class is excluded at most as often as allowed, for failures as for the others."""
    rng = np.random.default_rng(8)
    alpha, excluded, of = 0.1, {0: 0, 1: 0}, {0: 0, 1: 0}
    for _ in range(60):
        fail = (rng.random(400) < 0.2).astype(float)
        said = 1 / (1 + np.exp(-(rng.normal(0, 1, 400) + 1.2 * fail - 1.5)))
        known = calibrate(said[:200], fail[:200], alpha)
        can_fail, can_pass = known.p_values(said[200:])
        for kind, p_value in ((1, can_fail), (0, can_pass)):
            own = fail[200:] == kind
            excluded[kind] += int((p_value[own] <= alpha).sum())
            of[kind] += int(own.sum())
    for kind in (0, 1):
        assert interval(excluded[kind], of[kind], 0.999)[0] <= alpha
        assert excluded[kind] / of[kind] > alpha / 2, "a promise kept by never deciding is none"


def test_answers_say_undecided_where_both_or_neither_is_credible() -> None:
    known = Conformal(np.array([0.6, 0.7, 0.8, 0.9]), np.array([0.1, 0.2, 0.3, 0.4]), 0.25)
    rule = HoldRule(known, 0.2)
    assert rule.answers(np.array([0.95, 0.05])) == [Answer.RISK, Answer.CLEAR]
    assert rule.answers(np.array([0.5])) == [Answer.UNDECIDED]


def test_the_area_is_that_of_scikit_learn_with_ties_too() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        fail = (rng.random(40) < 0.2).astype(float)
        score = rng.integers(0, int(rng.integers(2, 60)), 40).astype(float)
        if fail.sum():
            assert pr_auc(fail, score) == pytest.approx(average_precision_score(fail, score), abs=1e-12)


def test_a_budget_is_never_exceeded() -> None:
    score = np.array([0.9] * 5 + [0.1] * 5)
    for budget in (0.05, 0.3, 0.5, 0.9):
        assert (score >= threshold_at_budget(score, budget)).mean() <= budget


def test_drift_is_seen_where_it_is_and_not_where_it_is_not(model: Model) -> None:
    assert not drift(model, as_table(plant_table(150, seed=31)))["drifted"]
    moved = plant_table(150, seed=31)
    for name in ("ph", "glucose", "sensor_1", "sensor_2"):
        moved[name] = [value and f"{float(value) * 1.08:.3f}" for value in moved[name]]
    found = drift(model, as_table(moved))
    assert found["drifted"]
    assert {"ph", "glucose"} <= {one["name"] for one in found["columns"][:4]}


def test_one_new_category_leaves_the_other_rows_their_answers(model: Model) -> None:
    columns = plant_table(60, seed=9)
    usual = model.predict(as_table(columns))
    columns["site"][7] = "Moon"
    said = model.predict(as_table(columns))
    assert said[7].answer is Answer.UNDECIDED
    assert not said[7].hold
    assert "'Moon', which the model has never seen" in said[7].note
    assert 0 < said[7].probability < 1
    assert [one for one in said if one.row != 8] == [one for one in usual if one.row != 8]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Learnt from the measured outcome behind fail."""
    columns = plant_table(240)
    rng = np.random.default_rng(12)
    depth = [
        -10 * (float(ph) - 7.2) - float(sugar) for ph, sugar in zip(columns["ph"], columns["glucose"], strict=True)
    ]
    depth = [value + float(rng.normal(0, 0.3)) for value in depth]
    limit = float(np.quantile(depth, 0.85))
    columns["outcome"] = [f"{value:.3f}" for value in depth]
    columns["fail"] = [str(int(float(cell) >= limit)) for cell in columns["outcome"]]
    options = Options(Roles("fail", "timestamp", "patient", "outcome"), sizes=Sizes(trees=30, rounds=30, jobs=1))
    out = tmp_path_factory.mktemp("measured") / "m.model"
    train(as_table(columns), options, out, now=NOW, who="tester", say=lambda _text: None)
    return Model.load(out)


def test_a_measured_outcome_is_learnt_from_and_not_asked_for_later(measured: Model) -> None:
    assert measured.settings["chosen"] == DEFAULT_OF_SEVERITY
    columns = plant_table(200, seed=77)
    depth = [
        -10 * (float(ph) - 7.2) - float(sugar) for ph, sugar in zip(columns["ph"], columns["glucose"], strict=True)
    ]
    fail = (np.array(depth) >= np.quantile(depth, 0.85)).astype(float)
    del columns["fail"]
    said = np.array([one.probability for one in measured.predict(as_table(columns))])
    assert pr_auc(fail, said) > 0.6
    assert measured.answers_as_stored()


def test_reasons_add_up_for_models_of_the_measured_outcome(measured: Model) -> None:
    matrix = measured.matrix(as_table(plant_table(5, seed=5)))
    usual = np.asarray(measured.reference["usual"], float)
    odds = [float(np.log(p / (1 - p))) for p in measured.probabilities(np.array([matrix[0], usual]))]
    assert attributions(measured, matrix[0]).sum() == pytest.approx(odds[0] - odds[1], abs=1e-6)


def test_another_ensemble_has_to_be_plainly_better_than_the_default() -> None:
    rng = np.random.default_rng(2)
    window = np.repeat([0, 1, 2], 100)
    fail = (rng.random(300) < 0.1).astype(float)
    noise = rng.normal(0, 1, 300)
    scores = {"a": noise, "b": fail * 3 + rng.normal(0, 1, 300)}
    found = OutOfTime(np.arange(300), window, fail, scores)
    for default in (DEFAULT, DEFAULT_OF_SEVERITY):
        assert choose(found, {default: ["a"], "other": ["b"]}, 1) == "other"
        assert choose(found, {default: ["b"], "other": ["a"]}, 1) == default
        assert choose(found, {default: ["a"], "other": ["a"]}, 1) == default
