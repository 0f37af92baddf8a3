"""A loaded model: checks a table, answers row by row, and gives its reasons."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keywords.predictive_holds.calibration import Calibration
from keywords.predictive_holds.conformal import Answer, Conformal
from keywords.predictive_holds.ensemble import Scale, mean_log_odds, raw_score
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.guard import check_inputs, unseen_notes
from keywords.predictive_holds.hold_rule import HoldRule
from keywords.predictive_holds.labels import Labels
from keywords.predictive_holds.model_file import TRAINED_WITH, TREE_WIDTH, canonical_hash, parts_hash, read_model
from keywords.predictive_holds.model_versions import running
from keywords.predictive_holds.prepare import Preparation, unread_notes
from keywords.predictive_holds.table import Array, Table


@dataclass(frozen=True)
class Prediction:
    """What the model says of one row. `hold` is whether it is to be held: whether the answer is RISK.

    Of calibration rows with scores like this one's a share from `low` to `high` failed (95 %), and of all `usual`.
    `note` says why a row is UNDECIDED whatever its probability: a cell that is no number, a category that training did
    not hold, or labels of its channels that seem wrong.
    """

    row: int
    probability: float
    low: float
    high: float
    usual: float
    answer: Answer
    p_fail: float
    p_pass: float
    hold: bool
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {"answer": self.answer.value}


def notes_of(preparation: Preparation, labels: Labels | None, table: Table) -> list[str]:
    """One sentence a row on why it can't be answered for; empty where it can."""
    swapped = labels.notes(table) if labels else [""] * table.rows
    unread, unseen = unread_notes(preparation, table), unseen_notes(preparation, table)
    return [first or second or third for first, second, third in zip(unread, unseen, swapped, strict=True)]


class Model:
    """A model as stored; it never changes."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self.preparation = Preparation.from_dict(content["preparation"])
        self.members: dict[str, Any] = content["members"]
        self.scales = {name: Scale(**values) for name, values in content["scales"]["members"].items()}
        self.calibration = Calibration(**content["calibration"])
        self.conformal = Conformal(**content["conformal"])
        settings = content["settings"]
        self.rule = HoldRule(self.conformal, float(settings["threshold"]), bool(settings["skill"]))
        known = content.get("labels")
        self.labels = Labels.from_dict(known) if known else None
        self.hash = canonical_hash(content)

    @classmethod
    def load(cls, path: Path) -> "Model":
        """Read a model file.

        Raises:
            ModelRefused: it is none, was altered, or was trained with another scikit-learn and answers otherwise here.
        """
        content = read_model(path)
        for member in content["members"].values():
            if hasattr(member, "n_jobs"):
                member.n_jobs = 1  # one row at a time: threads cost more than they save
        theirs = content.get(TRAINED_WITH, "")
        try:
            loaded = cls(content)
            if theirs in ("", running()) or loaded.answers_as_stored():
                return loaded
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            if theirs in ("", running()):
                why = f"{type(error).__name__}: {error}"[:200]
                raise ModelRefused(
                    f"{path} does not hold what a model holds ({why}): use one that was trained."
                ) from None
        raise ModelRefused(
            f"{path} was trained with scikit-learn {theirs}, and with {running()}, which is installed, it gives other"
            " answers: train again."
        )

    @property
    def parts_hash(self) -> str:
        """SHA-256 of what answers, without the card; with the card's digest it makes `hash`."""
        return parts_hash(self._content)

    @property
    def card(self) -> dict[str, Any]:
        """The model card, as made in training."""
        card: dict[str, Any] = self._content["card"]
        return card

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the training: roles of columns, seed, budget, threshold."""
        settings: dict[str, Any] = self._content["settings"]
        return settings

    @property
    def reference(self) -> dict[str, Any]:
        """Rows that stand for the training data: `matrix`, `probability`; and quantiles of every feature."""
        reference: dict[str, Any] = self._content["reference"]
        return reference

    @property
    def actions(self) -> list[dict[str, Any]]:
        """Corrective actions with their expected effect, as simulated by the twin; empty for other tables."""
        actions: list[dict[str, Any]] = self._content.get("actions", [])
        return actions

    @property
    def silent(self) -> str:
        """Why the model answers UNDECIDED only; empty where it has shown skill."""
        return "" if self.rule.skill else str(self.card["skill"]["says"])

    @property
    def base_rate(self) -> float:
        """Share of failures in the training data: what is known of a batch that can't be asked about."""
        data = self.card["data"]
        return float(data["failures"]) / float(data["rows"])

    def matrix(self, table: Table) -> Array:
        """Features of every row; raises `ModelRefused` for a table that the model can't answer for."""
        check_inputs(self.preparation, table)
        return self.preparation.matrix(table, texts_missing=True)

    def probabilities(self, matrix: Array) -> Array:
        """Probability of failure of each row of a matrix of features."""
        return self.calibration.probability(self._scores(matrix))

    def log_odds(self, matrix: Array) -> Array:
        """Calibrated log-odds of failure of each row of a matrix of features; shape (n,)."""
        return self.calibration.log_odds(self._scores(matrix))

    def _scores(self, matrix: Array) -> Array:
        if matrix.shape[1] < self._content.get(TREE_WIDTH, 0):  # what walks the trees does not look
            raise ModelRefused(f"The model asks for more than the {matrix.shape[1]} columns of this table.")
        scores = {name: raw_score(member, matrix) for name, member in self.members.items()}
        return mean_log_odds(self.scales, scores)

    def predict(self, table: Table) -> list[Prediction]:
        """One prediction a row, in the order of the table; raises `ModelRefused` as `matrix` does."""
        scores = self._scores(self.matrix(table))
        chance = self.calibration.probability(scores)
        low, high = self.calibration.bounds(scores)
        can_fail, can_pass = self.conformal.p_values(chance)
        notes = notes_of(self.preparation, self.labels, table)
        said = self.rule.answers(chance, np.array([bool(note) for note in notes], bool))
        return [
            Prediction(
                row=row + 1,
                probability=float(chance[row]),
                low=float(low[row]),
                high=float(high[row]),
                usual=self.base_rate,
                answer=said[row],
                p_fail=float(can_fail[row]),
                p_pass=float(can_pass[row]),
                hold=said[row] is Answer.RISK,
                note=notes[row],
            )
            for row in range(table.rows)
        ]

    def answers_as_stored(self) -> bool:
        """Whether the model still gives the answers on its reference rows that were stored with it."""
        now = self.probabilities(np.asarray(self.reference["matrix"], float))
        return bool(np.allclose(now, self.reference["probability"], rtol=0, atol=1e-9))
