"""Keywords of predictive holds: ask a model early in the culture, give its reasons, and propose a hold to the MES.

A bot never holds a batch by itself here: the MES does, and only when the model is approved. Until then every answer is
written down as SHADOW, beside what people decide.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import BusinessError, QualityError
from keywords.mes_calls import asking_mes
from keywords.predictive_holds.errors import ModelRefused
from mes_core.messages import BatchRecord
from mes_core.messages.odds import chance_in_words
from mes_core.messages.predictive import Mode, ModelState, NewPrediction, PredictionView, RiskAnswer

if TYPE_CHECKING:  # scikit-learn takes longer to import than a suite may wait
    from keywords.predictive_holds.serving import Model
    from keywords.predictive_holds.table import Table

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Risk:
    """What a model says of a batch on a culture day; `table` is what it was asked about. Of batches with scores like
    this one's a share from `low` to `high` failed (95 %), and of all `usual`; None where it was not asked."""

    batch_id: str
    model: str
    content_hash: str
    culture_day: int
    answer: RiskAnswer
    probability: float
    p_fail: float
    p_pass: float
    inputs_hash: str
    note: str = ""
    table: "Table | None" = None
    low: float | None = None
    high: float | None = None
    usual: float | None = None

    @property
    def words(self) -> str:
        """Answer, chance, p-values and whether it is to be held, in one line."""
        chance = chance_in_words(self.probability, self.low, self.high, self.usual)
        held = "to be held if the model is approved" if self.answer is RiskAnswer.RISK else "not to be held"
        return (
            f"{self.answer.value}: fails {chance}; p-value of failing {self.p_fail:.3f}, of passing {self.p_pass:.3f};"
            f" {held}"
        )


@library(scope="SUITE", version=VERSION)
class PredictiveHolds:
    """Ask a model whether a batch will fail, while something can still be done."""

    @keyword
    def predict_batch_risk(self, batch: BatchRecord, model: str, day: int = 3) -> Risk:
        """Ask a model about a batch, from what was recorded by a culture day.

        A batch that the model can't answer for (a value is missing, a unit looks changed, a category is new) is
        UNDECIDED, with the sentence that says why: it is never guessed.

        Args:
            batch: The batch record.
            model: Name of a model that comes with the library, or the path of a model file.
            day: Culture day of the decision.

        Returns:
            RISK, CLEAR or UNDECIDED with probability, its interval, what is usual, and conformal p-values.
        """
        loaded = model_named(model)
        risk = ask(loaded, _name(model), batch, int(day))
        current().evidence.write_json("prediction.json", _plain(risk))
        current().uses("model", risk.model, risk.content_hash)
        logger.info(f"{batch.batch_id}: {risk.words}. {risk.note}")
        return risk

    @keyword
    def explain_risk(self, risk: Risk, model: str, top: int = 5) -> list[str]:
        """The strongest reasons for an answer, in words of the process; empty when the model could not be asked.

        Args:
            risk: What the model said.
            model: The same model.
            top: How many reasons.

        Returns:
            One sentence a reason, the strongest first.
        """
        reasons = reasons_for(model_named(model), risk, int(top))
        current().evidence.write_json("reasons.json", reasons)
        return reasons

    @keyword
    def model_should_be_approved(self, model: str) -> str:
        """Fail unless this very model is approved in the MES; for suites that act on its answers.

        Args:
            model: Name or path of the model.

        Returns:
            Its number in the register.
        """
        loaded = model_named(model)
        with asking_mes(f"look up model {_name(model)}"):
            found = current().mes.models(loaded.hash)
        approved = [one for one in found if one.state is ModelState.APPROVED]
        if approved and approved[0].suspended:
            raise QualityError(
                "MODEL_SUSPENDED",
                f"Model {_name(model)} ({loaded.hash[:12]}) may only run as SHADOW: {approved[0].suspended}.",
            )
        if not approved:
            state = found[0].state.value if found else "not registered"
            raise QualityError(
                "MODEL_NOT_APPROVED",
                f"Model {_name(model)} ({loaded.hash[:12]}) is {state}: it may only run as SHADOW.",
            )
        return approved[0].model_id

    @keyword
    def mode_of_model(self, model: str) -> Mode:
        """ACTIVE when this very model is approved in the MES and no drift of its inputs is open, otherwise SHADOW.

        Args:
            model: Name or path of the model.

        Returns:
            The mode in which its answers count.
        """
        loaded = model_named(model)
        with asking_mes(f"look up model {_name(model)}"):
            found = current().mes.models(loaded.hash)
        active = any(one.state is ModelState.APPROVED and not one.suspended for one in found)
        return Mode.ACTIVE if active else Mode.SHADOW

    @keyword
    def inputs_should_not_have_drifted(self, model: str, table: str) -> int:
        """Fail as a QUALITY exception when recent batches no longer look like those of training.

        Args:
            model: Name or path of the model.
            table: CSV file with recent batches, one row each.

        Returns:
            How many batches were compared.
        """
        from keywords.predictive_holds.drift import drift
        from keywords.predictive_holds.table import read_table

        try:
            found = drift(model_named(model), read_table(Path(table)))
        except ModelRefused as refused:
            raise BusinessError("DRIFT_NOT_MEASURED", str(refused)) from refused
        current().evidence.write_json("drift.json", found)
        if found["drifted"]:
            worst = ", ".join(one["name"] for one in found["columns"][:3])
            raise QualityError(
                "INPUTS_DRIFTED",
                f"{found['inputs_drifted']} of {found['inputs']} inputs of model {_name(model)} have drifted, most of"
                f" all {worst}: use its answers no more until quality assurance has looked at them.",
            )
        return int(found["rows"])

    @keyword
    def let_a_challenger_answer_too(self, batch: BatchRecord, challenger: str, model: str, day: int = 3) -> str:
        """Ask a second model about the same batch, in shadow: its answer is kept for a comparison and shown to nobody.

        What keeps the challenger from answering is told and changes nothing for the model in use.

        Args:
            batch: The batch record.
            challenger: Name or path of the second model; empty for none.
            model: Name or path of the model in use.
            day: Culture day of the decision.

        Returns:
            Number of the stored answer, or why there is none.
        """
        if not challenger:
            return "none runs"
        try:
            other, used = model_named(challenger), model_named(model)
        except BusinessError as refused:
            logger.warn(f"The challenger {challenger} could not be asked: {refused.sentence}")
            return f"not asked: {refused.sentence}"
        if other.hash == used.hash:
            return "not asked: it is the model in use"
        risk = ask(other, _name(challenger), batch, int(day))
        current().evidence.write_json("challenger.json", _plain(risk))
        current().uses("challenger", risk.model, risk.content_hash)
        said = _new_prediction(risk, Mode.SHADOW, (), None, beside=used.hash)
        with asking_mes(f"store what the challenger says of batch {risk.batch_id}"):
            return current().mes.store_prediction(risk.batch_id, said).prediction_id

    @keyword
    def propose_hold(self, risk: Risk, reasons: list[str], mode: Mode, model: str) -> PredictionView:
        """Give the answer to the MES, with reasons and the corrective action; ACTIVE and RISK hold the batch.

        Args:
            risk: What the model said.
            reasons: Why.
            mode: ACTIVE or SHADOW.
            model: The same model; it carries the table of corrective actions.

        Returns:
            The answer as stored, open for a person's decision.
        """
        said = _new_prediction(risk, mode, tuple(reasons), action_for(model_named(model), risk))
        with asking_mes(f"store the prediction on batch {risk.batch_id}"):
            return current().mes.store_prediction(risk.batch_id, said)


def _new_prediction(
    risk: Risk, mode: Mode, reasons: tuple[str, ...], action: dict[str, Any] | None, beside: str | None = None
) -> NewPrediction:
    return NewPrediction(
        model=risk.model,
        content_hash=risk.content_hash,
        mode=mode,
        culture_day=risk.culture_day,
        answer=risk.answer,
        probability=risk.probability,
        p_fail=risk.p_fail,
        p_pass=risk.p_pass,
        inputs_hash=risk.inputs_hash,
        reasons=reasons,
        action=action,
        note=risk.note[:1000],
        beside=beside,
        probability_low=risk.low,
        probability_high=risk.high,
        usual=risk.usual,
    )


@lru_cache(maxsize=4)
def _loaded(path: Path, changed: int) -> "Model":
    from keywords.predictive_holds.serving import Model

    del changed  # a part of the key: a file that was replaced is read again
    model = Model.load(path)
    if not model.answers_as_stored():
        raise ModelRefused(
            f"{path} no longer gives the answers it was stored with: another version of a library is installed; use the"
            " versions of requirements.txt, or train it again."
        )
    return model


def model_named(name: str) -> "Model":
    """A model by its name in the library or its path; loaded once, and checked against its stored answers.

    Raises:
        BusinessError: there is none, or it was altered.
    """
    path = MODELS / f"{name}.model" if "/" not in name and not name.endswith(".model") else Path(name)
    try:
        if not path.is_file():
            raise ModelRefused(f"There is no model {name!r}: name one of the library or the path of a model file.")
        return _loaded(path, path.stat().st_mtime_ns)
    except ModelRefused as refused:
        raise BusinessError("MODEL_REFUSED", str(refused)) from refused


def ask(model: "Model", name: str, batch: BatchRecord, day: int) -> Risk:
    """What a model says of a record on a culture day; what it can't answer for is UNDECIDED."""
    from keywords.predictive_holds.early import early_table

    try:
        table = early_table(batch, day, model.preparation.names)
        # Two swapped channels look like changed units too: the swap is the better word for it.
        swapped = model.labels.notes(table, singles=False)[0] if model.labels else ""
        if swapped:
            raise ModelRefused(f"In record {batch.batch_id} {swapped}.")
        said = model.predict(table)[0]
        if said.note:
            raise ModelRefused(f"In record {batch.batch_id} {said.note}.")
        if model.silent:
            raise ModelRefused(f"The model may not answer: {model.silent}.")
    except ModelRefused as refused:
        blank = sha256(json.dumps([batch.batch_id, day, str(refused)]).encode()).hexdigest()
        rate = model.base_rate
        return Risk(
            batch.batch_id, name, model.hash, day, RiskAnswer.UNDECIDED, rate, 1.0, 1.0, blank, f"Not asked: {refused}"
        )
    absent = [column for column, cells in table.columns.items() if not cells[0]]
    note = f"{len(absent)} of {len(table.columns)} inputs were absent: {', '.join(absent[:5])}." if absent else ""
    return Risk(
        batch_id=batch.batch_id,
        model=name,
        content_hash=model.hash,
        culture_day=day,
        answer=RiskAnswer(said.answer.value),
        probability=said.probability,
        p_fail=said.p_fail,
        p_pass=said.p_pass,
        inputs_hash=table.content_hash(),
        note=note,
        table=table,
        low=said.low,
        high=said.high,
        usual=said.usual,
    )


def reasons_for(model: "Model", risk: Risk, top: int = 5) -> list[str]:
    """Reasons in words; empty when the model was not asked."""
    from keywords.predictive_holds.explain import explain

    return [one.words for one in explain(model, risk.table, 1, top)] if risk.table is not None else []


def action_for(model: "Model", risk: Risk) -> dict[str, Any] | None:
    """The corrective action with the best simulated effect, for an answer of RISK; None when there is none."""
    return best_action(model) if risk.answer is RiskAnswer.RISK else None


def best_action(model: "Model") -> dict[str, Any] | None:
    """The action of a model's table that prevents most failures, less those it causes; None when there is none."""
    useful = [one for one in model.actions if one.get("failures_prevented", 0) > 0]
    return max(useful, key=lambda one: float(one["net_prevented"]), default=None)


def _name(model: str) -> str:
    return Path(model).stem


def _plain(risk: Risk) -> dict[str, Any]:
    shown = {name: value for name, value in vars(risk).items() if name != "table"}
    return shown | {"answer": risk.answer.value, "says": risk.words, "inputs": risk.table.columns if risk.table else {}}
