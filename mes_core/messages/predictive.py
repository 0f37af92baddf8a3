"""Predictive holds as the MES takes and shows them: what a model said, what a person decided; the register."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from mes_core.messages.record import Code, Instant, Message
from mes_core.messages.signatures import Signed

Hash = str
_HASH = "^[0-9a-f]{64}$"


class RiskAnswer(StrEnum):
    """What a model says of a batch."""

    RISK = "RISK"
    CLEAR = "CLEAR"
    UNDECIDED = "UNDECIDED"


class Mode(StrEnum):
    """Whether an answer may hold a batch (ACTIVE) or is only written down beside what people do (SHADOW)."""

    ACTIVE = "ACTIVE"
    SHADOW = "SHADOW"


class Response(StrEnum):
    """What a person makes of an answer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class ModelState(StrEnum):
    """Where a model stands."""

    DRAFT = "draft"
    VALIDATED = "validated"
    APPROVED = "approved"
    RETIRED = "retired"


class NewPrediction(Message):
    """One answer of a model. Probabilities and p-values from 0 to 1; `inputs_hash` is of what it was asked about."""

    model: Code
    content_hash: Hash = Field(pattern=_HASH)
    mode: Mode
    culture_day: int = Field(ge=0, le=60)
    answer: RiskAnswer
    probability: float = Field(ge=0, le=1)
    p_fail: float = Field(ge=0, le=1)
    p_pass: float = Field(ge=0, le=1)
    inputs_hash: Hash = Field(pattern=_HASH)
    reasons: tuple[str, ...] = Field(default=(), max_length=20)
    action: dict[str, Any] | None = None
    note: str = Field(default="", max_length=1000)


class DecidePrediction(Signed):
    """Accept or decline an answer, signed."""

    response: Response
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class PredictionView(Message):
    """An answer as stored, with the decision of a person once there is one."""

    prediction_id: str
    batch_id: str
    said: NewPrediction
    made_at: Instant
    made_by: str
    response: Response | None = None
    decided_by: str | None = None
    decided_at: Instant | None = None
    reason: str | None = None


class NewModel(Message):
    """A model for the register, with its card as training wrote it."""

    name: Code
    content_hash: Hash = Field(pattern=_HASH)
    card: dict[str, Any]
    prepared_by: str = Field(default="", max_length=200)
    least_recall: float = Field(default=0.5, gt=0, le=1)
    """Acceptance criterion, set before the test rows were looked at: the lower bound of recall must reach it."""


class MoveModel(Signed):
    """Validate, approve or retire a model, signed."""

    to: ModelState
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class ModelView(Message):
    """A model of the register; `signed_by` are the users whose signatures brought it to its state."""

    model_id: str
    name: str
    number: int
    content_hash: str
    state: ModelState
    prepared_by: str
    registered_at: Instant
    changed_at: Instant
    signed_by: tuple[str, ...]
    hindrances: tuple[str, ...]
    """Why it could not be approved as it is; empty when nothing but signatures is missing."""
