"""The keyword library on records of the twin, with the model that comes with it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batchwright.commands.model_twin import action_table, early_rows
from keywords.failures import BusinessError, QualityError
from keywords.predictive_holds import library
from keywords.predictive_holds.early import decision_time, early_values
from mes_core.messages import BatchRecord
from mes_core.messages import predictive as p
from twin.world.biology import grow_all
from twin.world.clean import make_clean_bundles

MODEL = "day3_shadow"


@pytest.fixture(scope="module")
def records() -> list[BatchRecord]:
    """Forty batches, some of which fail."""
    bundles = make_clean_bundles(40, 77, biology_failures=True)
    return [BatchRecord.model_validate(one.record) for one in bundles]


@contextmanager
def _in_hand(monkeypatch: pytest.MonkeyPatch, models: list[Any]) -> Iterator[SimpleNamespace]:
    """An item in hand whose MES keeps what it is given."""
    kept = SimpleNamespace(said=[], files={}, used=[])
    mes = SimpleNamespace(
        models=lambda content_hash: [one for one in models if one.content_hash == content_hash],
        store_prediction=lambda batch_id, said: kept.said.append((batch_id, said)) or said,
    )
    evidence = SimpleNamespace(write_json=lambda name, value: kept.files.update({name: value}))
    context = SimpleNamespace(mes=mes, evidence=evidence, uses=lambda *used: kept.used.append(used))
    monkeypatch.setattr(library, "current", lambda: context)
    yield kept


def test_what_comes_after_day_3_changes_nothing(records: list[BatchRecord]) -> None:
    """A record cut off at the decision, and one whose later values are absurd, get the same answer."""
    record, model = records[0], library.model_named(MODEL)
    end = decision_time(record, 3)
    kept, wild = [], []
    for one in record.parameters:
        early = one.recorded_at is not None and one.recorded_at <= end
        kept += [one] if early else []
        wild.append(one if early else one.model_copy(update={"value": -1.0, "text": "-1"}))
    answers = [
        library.ask(model, MODEL, record.model_copy(update={"parameters": tuple(those)}), 3)
        for those in (record.parameters, kept, wild)
    ]
    assert len(kept) < len(record.parameters)
    assert answers[0] == answers[1] == answers[2]


def test_batches_that_fail_are_ranked_above_those_that_pass(records: list[BatchRecord]) -> None:
    """On batches that training never saw: the mean of the failed lies far above that of the others."""
    from batchwright.commands.model_twin import missed

    model = library.model_named(MODEL)
    cells = grow_all(77, 1, 40, failures=True)
    said = [library.ask(model, MODEL, record, 3).probability for record in records]
    failed = [one for one, grown in zip(said, cells, strict=True) if missed(grown)]
    passed = [one for one, grown in zip(said, cells, strict=True) if not missed(grown)]
    assert failed
    assert sum(failed) / len(failed) > 5 * sum(passed) / len(passed)


def test_an_absent_sensor_is_said_and_many_absent_are_undecided(records: list[BatchRecord]) -> None:
    """One input without a value counts as usual; without all the glucose and lactate nothing is guessed."""
    record, model = records[1], library.model_named(MODEL)

    def without(*starts: str) -> BatchRecord:
        left = tuple(one for one in record.parameters if not one.name.startswith(starts))
        return record.model_copy(update={"parameters": left})

    one = library.ask(model, MODEL, without("glucose_d02"), 3)
    assert one.note.startswith("1 of ")
    assert "glucose_d02" in one.note
    many = library.ask(model, MODEL, without("glucose", "lactate"), 3)
    assert (many.answer, many.table) == (p.RiskAnswer.UNDECIDED, None)
    assert "complete the record" in many.note
    assert library.reasons_for(model, many) == []
    unseeded = library.ask(model, MODEL, without("seed_density"), 3)
    assert unseeded.answer is p.RiskAnswer.UNDECIDED


@pytest.mark.requirement("URS-083")
def test_a_changed_unit_is_undecided(records: list[BatchRecord]) -> None:
    """Glucose in mg/dL instead of mmol/L is not answered for."""
    changed = tuple(
        one.model_copy(update={"value": (one.value or 0) * 18.016}) if one.name.startswith("glucose_d") else one
        for one in records[2].parameters
    )
    risk = library.ask(library.model_named(MODEL), MODEL, records[2].model_copy(update={"parameters": changed}), 3)
    assert risk.answer is p.RiskAnswer.UNDECIDED
    assert "unit" in risk.note


@pytest.mark.requirement("URS-080")
def test_keywords_give_the_answer_to_the_mes(monkeypatch: pytest.MonkeyPatch, records: list[BatchRecord]) -> None:
    """SHADOW without an approved model, ACTIVE with one; reasons, action and hash go with the answer."""
    keywords, model = library.PredictiveHolds(), library.model_named(MODEL)
    riskiest = max(records, key=lambda one: library.ask(model, MODEL, one, 3).probability)
    with _in_hand(monkeypatch, []) as kept:
        mode = keywords.mode_of_model(MODEL)
        risk = keywords.predict_batch_risk(riskiest, MODEL)
        reasons = keywords.explain_risk(risk, MODEL, top=3)
        keywords.propose_hold(risk, reasons, mode, MODEL)
        with pytest.raises(QualityError, match="is not registered: it may only run as SHADOW"):
            keywords.model_should_be_approved(MODEL)
    batch_id, said = kept.said[0]
    assert (batch_id, said.mode, said.answer) == (riskiest.batch_id, p.Mode.SHADOW, p.RiskAnswer.RISK)
    assert said.content_hash == model.hash
    assert len(said.reasons) == 3
    assert all("the risk" in one for one in said.reasons)
    assert said.action is not None
    assert said.action["simulated"] is True
    assert set(kept.files) == {"prediction.json", "reasons.json"}
    approved = SimpleNamespace(content_hash=model.hash, state=p.ModelState.APPROVED, model_id="M-day3-1", suspended="")
    with _in_hand(monkeypatch, [approved]):
        assert keywords.mode_of_model(MODEL) is p.Mode.ACTIVE
        assert keywords.model_should_be_approved(MODEL) == "M-day3-1"
    approved.suspended = "drift check DC-1 found drift and nobody has answered for it"
    with _in_hand(monkeypatch, [approved]):
        assert keywords.mode_of_model(MODEL) is p.Mode.SHADOW
        with pytest.raises(QualityError, match=r"MODEL_SUSPENDED.* drift check DC-1"):
            keywords.model_should_be_approved(MODEL)


def test_reasons_add_up_to_the_answer(records: list[BatchRecord]) -> None:
    """The shares of all features are the difference in log-odds to the usual batch."""
    import numpy as np

    from keywords.predictive_holds.early import early_table
    from keywords.predictive_holds.explain import attributions

    model = library.model_named(MODEL)
    row = model.matrix(early_table(records[3], 3, model.preparation.names))
    usual = np.asarray(model.reference["usual"], float)[None, :]
    chance = [float(model.probabilities(one)[0]) for one in (row, usual)]
    wanted = np.log(chance[0] / (1 - chance[0])) - np.log(chance[1] / (1 - chance[1]))
    assert attributions(model, row[0]).sum() == pytest.approx(wanted, abs=1e-6)


def test_models_that_are_not_there_or_altered_are_refused(tmp_path: Path) -> None:
    """In a sentence, as a BUSINESS failure."""
    with pytest.raises(BusinessError, match="There is no model 'nothing'"):
        library.model_named("nothing")
    content = bytearray((library.MODELS / f"{MODEL}.model").read_bytes())
    content[len(content) // 2] ^= 1
    altered = tmp_path / "altered.model"
    altered.write_bytes(content)
    with pytest.raises(BusinessError, match="was altered after it was written"):
        library.model_named(str(altered))


def test_the_library_imports_without_scikit_learn() -> None:
    """Nor does it import what trains: a suite that only asks pays for neither."""
    code = (
        "import sys, keywords.predictive_holds.library;"
        "print([n for n in sys.modules if n.startswith(('sklearn', 'keywords.predictive_holds.training'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_table_of_the_twin_is_early_and_repeatable(records: list[BatchRecord]) -> None:
    """Same seed, same table; nothing of a later day; the actions are marked as simulated."""
    header, rows = early_rows(30, 5, 3)
    assert (header, rows) == early_rows(30, 5, 3)
    assert not [name for name in header if name.endswith(("_d04", "_d05", "_d10"))]
    assert "glucose_d03" in header
    assert all(value for value in early_values(records[0], 3).values())
    made = action_table(60, 5, 3)
    assert all(one["simulated"] and one["failures_prevented"] <= one["failures"] for one in made)


@pytest.mark.requirement("URS-082")
def test_drift_is_a_quality_exception(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Batches like those of training pass; the same with probes that read otherwise end the use of the model."""
    header, rows = early_rows(60, 91, 3)
    names = library.model_named(MODEL).preparation.names
    keywords = library.PredictiveHolds()

    def written(name: str, shift: float) -> str:
        made = [",".join(names)]
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            values = [float(cells.get(one, "0") or 0) for one in names]
            made.append(",".join(f"{value + shift * abs(value):.4f}" for value in values))
        (tmp_path / name).write_text("\n".join(made), encoding="utf-8")
        return str(tmp_path / name)

    with _in_hand(monkeypatch, []) as kept:
        assert keywords.inputs_should_not_have_drifted(MODEL, written("same.csv", 0.0)) == 60
        with pytest.raises(QualityError, match="use its answers no more until quality assurance"):
            keywords.inputs_should_not_have_drifted(MODEL, written("moved.csv", 0.05))
    assert kept.files["drift.json"]["drifted"] is True
