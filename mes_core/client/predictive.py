"""The part of the MES client that speaks of predictive holds."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pydantic import BaseModel

from mes_core.messages import predictive as p

M = TypeVar("M", bound=BaseModel)


class Held(TypedDict, total=False):
    """What a change is held to.

    Attributes:
        if_match: the tag that was read (`MesClient.tag`); the change is refused when that is not the newest any more.
        idempotency_key: the same call with the same key within a day gets the first one's answer and changes nothing.
    """

    if_match: str
    idempotency_key: str


class _Calls(Protocol):
    def _each(self, path: str, item: type[M], params: Mapping[str, Any]) -> Iterator[M]: ...

    def _post(self, path: str, body: BaseModel, shape: type[M], held: Held | None = None) -> M: ...


class PredictiveCalls:
    """Answers of models, decisions on them, and the register of models."""

    def store_prediction(self: _Calls, batch_id: str, said: p.NewPrediction, **held: Unpack[Held]) -> p.PredictionView:
        """Store what a model said of a batch; the same again returns the one that is there."""
        return self._post(f"/api/batches/{quote(batch_id, safe='')}/predictions", said, p.PredictionView, held=held)

    def predictions(self: _Calls, batch_id: str) -> tuple[p.PredictionView, ...]:
        """What models said of a batch, with what people decided."""
        return tuple(self._each(f"/api/batches/{quote(batch_id, safe='')}/predictions", p.PredictionView, {}))

    def decide_prediction(
        self: _Calls, prediction_id: str, decided: p.DecidePrediction, **held: Unpack[Held]
    ) -> p.PredictionView:
        """Accept or decline an answer, signed."""
        return self._post(
            f"/api/predictions/{quote(prediction_id, safe='')}/decision", decided, p.PredictionView, held=held
        )

    def register_model(self: _Calls, new: p.NewModel, **held: Unpack[Held]) -> p.ModelView:
        """Put a model into the register as a draft."""
        return self._post("/api/models", new, p.ModelView, held=held)

    def move_model(self: _Calls, model_id: str, move: p.MoveModel, **held: Unpack[Held]) -> p.ModelView:
        """Validate, approve or retire a model, signed."""
        return self._post(f"/api/models/{quote(model_id, safe='')}/moves", move, p.ModelView, held=held)

    def models(self: _Calls, content_hash: str | None = None) -> tuple[p.ModelView, ...]:
        """The register of models, or the one with this content."""
        return tuple(self._each("/api/models", p.ModelView, {"content_hash": content_hash or None}))
