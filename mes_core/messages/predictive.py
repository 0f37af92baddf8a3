"""Predictive holds as the MES takes and shows them: what a model said, what a person decided; the register."""

from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from mes_core.messages.odds import chance_in_words
from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.signatures import Signed

Hash = str
_HASH = "^[0-9a-f]{64}$"
LEAST_RECALL = 0.5
"""What the change plan asks of the lower bound of recall; a draft may ask for more and never for less."""
MODELS_CHAIN = "system:models"
"""What a work item about a model, not about a batch, names as its batch: the chain that tells of models."""
DRIFT_JOB = "model_drift"
"""The job that compares recent batches with those that a model learnt from."""


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
    beside: Hash | None = Field(default=None, pattern=_HASH)
    """Content hash of the model in use, when this is what a challenger said beside it: kept, and nobody's advice."""
    probability_low: float | None = Field(default=None, ge=0, le=1)
    """Lower end of the 95 % interval of the share that failed among batches with scores like this one's."""
    probability_high: float | None = Field(default=None, ge=0, le=1)
    """Its upper end."""
    usual: float | None = Field(default=None, ge=0, le=1)
    """Share of failures among the batches that the model learnt from."""

    @model_validator(mode="after")
    def _challengers_are_shadows(self) -> "NewPrediction":
        if self.beside is not None and (self.mode is not Mode.SHADOW or self.beside == self.content_hash):
            raise ValueError("what runs beside a model is another model, and a SHADOW")
        return self


class DecidePrediction(Signed):
    """Accept or decline an answer, signed."""

    response: Response
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class PredictionView(View):
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

    @property
    def chance(self) -> str:
        """The probability of failure in words, with its interval and what is usual."""
        said = self.said
        return chance_in_words(said.probability, said.probability_low, said.probability_high, said.usual)

    @property
    def holds(self) -> bool:
        """Whether this answer holds its batch: RISK of a model that may act."""
        return self.said.mode is Mode.ACTIVE and self.said.answer is RiskAnswer.RISK


class PredictionBoard(View):
    """One page of answers; how many wait and were decided; how often people went against each: declined, of decided.

    `newest` are the newest of all, and `of_shown` all that were given about the batches on the page.
    """

    shown: tuple[PredictionView, ...]
    waiting: int
    decided: int
    against: tuple[tuple[RiskAnswer, int, int], ...]
    newest: tuple[PredictionView, ...]
    of_shown: tuple[PredictionView, ...]


class NewModel(Message):
    """A model for the register, with its card as training wrote it."""

    name: Code
    content_hash: Hash = Field(pattern=_HASH)
    parts_hash: Hash = Field(pattern=_HASH)
    """Hash of what answers, without the card: with the card's digest it has to make `content_hash`."""
    card: dict[str, Any]
    least_recall: float = Field(default=LEAST_RECALL, ge=LEAST_RECALL, le=1)
    """Acceptance criterion, set before the test rows were looked at: the lower bound of recall must reach it."""


class MoveModel(Signed):
    """Validate, approve or retire a model, signed."""

    to: ModelState
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class ModelView(View):
    """A model of the register; `signed_by` are the users whose signatures brought it to its state."""

    model_id: str
    name: str
    number: int
    content_hash: str
    state: ModelState
    prepared_by: str
    registered_by: str = ""
    registered_at: Instant
    changed_at: Instant
    signed_by: tuple[str, ...]
    hindrances: tuple[str, ...]
    """Why it could not be approved as it is; empty when nothing but signatures is missing."""
    suspended: str = ""
    """Why its answers may hold nothing for now: drift that nobody has answered for; empty when there is none."""


class DriftColumn(Message):
    """One input: population stability index, p-value of Kolmogorov-Smirnov (none for names), share that is absent."""

    name: str = Field(max_length=300)
    psi: float = Field(ge=0)
    ks_p: float | None = Field(default=None, ge=0, le=1)
    missing: float | None = Field(default=None, ge=0, le=1)
    drifted: bool


class DriftOfPredictions(Message):
    """The probabilities of failure of these batches against those of training, out of time."""

    psi: float = Field(ge=0)
    ks_p: float = Field(ge=0, le=1)
    mean_before: float = Field(ge=0, le=1)
    mean_now: float = Field(ge=0, le=1)
    drifted: bool


class DriftOutcome(StrEnum):
    """What a comparison of recent batches with those of training came to."""

    DRIFTED = "drifted"
    STEADY = "steady"
    TOO_FEW = "too_few"


class NewDriftCheck(Message):
    """A comparison of recent batches with those of training; `says` is the sentence for a person."""

    model: Code
    content_hash: Hash = Field(pattern=_HASH)
    culture_day: int = Field(ge=0, le=60)
    batches: tuple[str, ...] = Field(max_length=1000)
    outcome: DriftOutcome
    inputs: int = Field(ge=0)
    inputs_drifted: int = Field(ge=0)
    columns: tuple[DriftColumn, ...] = Field(default=(), max_length=50)
    """The inputs furthest from training, the worst first."""
    predictions: DriftOfPredictions | None = None
    left_out: tuple[str, ...] = Field(default=(), max_length=1000)
    """Batches that the model could not be asked about, with why."""
    says: str = Field(min_length=3, max_length=2000)


class DriftResponse(StrEnum):
    """What a person makes of drift: its answers are used on, or stay out of use."""

    USE_ON = "use_on"
    STAY_OUT = "stay_out"


class DecideDrift(Signed):
    """Answer for drift, signed."""

    response: DriftResponse
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class DriftView(View):
    """A comparison as stored, with the decision of a person once there is one."""

    check_id: str
    number: int
    said: NewDriftCheck
    made_at: Instant
    made_by: str
    response: DriftResponse | None = None
    decided_by: str | None = None
    decided_at: Instant | None = None
    reason: str | None = None


class ShadowRow(View):
    """A batch that both models answered and whose outcome is known."""

    batch_id: str
    failed: bool
    champion: RiskAnswer
    challenger: RiskAnswer
    champion_probability: float
    challenger_probability: float


class ShadowSide(View):
    """One of the two on these batches: failures answered with RISK, batches that passed answered with RISK; 95 %."""

    content_hash: str
    caught: int
    recall_interval: tuple[float, float]
    false_holds: int
    false_hold_interval: tuple[float, float]
    undecided: int


class ShadowComparison(View):
    """Champion and challenger on the batches whose outcome is known."""

    batches: int
    failed: int
    waiting: int
    """Batches that both answered and whose outcome is not known yet."""
    champion: ShadowSide
    challenger: ShadowSide
    only_champion_caught: int
    only_challenger_caught: int
    hindrances: tuple[str, ...]
    """What is missing before the challenger may take the champion's place."""
    rows: tuple[ShadowRow, ...]
