"""The part of the MES client that speaks of predictive holds."""

from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from mes_core.messages import predictive as p
from mes_core.messages import views as v

M = TypeVar("M", bound=BaseModel)


class _Calls(Protocol):
    def _get(self, path: str, shape: type[M], params: dict[str, Any] | None = None) -> M: ...

    def _post(self, path: str, body: BaseModel, shape: type[M]) -> M: ...


class PredictiveCalls:
    """Answers of models, decisions on them, and the register of models."""

    def store_prediction(self: _Calls, batch_id: str, said: p.NewPrediction) -> p.PredictionView:
        """Store what a model said of a batch; the same again returns the one that is there."""
        return self._post(f"/api/batches/{quote(batch_id, safe='')}/predictions", said, p.PredictionView)

    def predictions(self: _Calls, batch_id: str) -> tuple[p.PredictionView, ...]:
        """What models said of a batch, with what people decided."""
        return self._get(f"/api/batches/{quote(batch_id, safe='')}/predictions", v.Page[p.PredictionView]).items

    def decide_prediction(self: _Calls, prediction_id: str, decided: p.DecidePrediction) -> p.PredictionView:
        """Accept or decline an answer, signed."""
        return self._post(f"/api/predictions/{quote(prediction_id, safe='')}/decision", decided, p.PredictionView)

    def register_model(self: _Calls, new: p.NewModel) -> p.ModelView:
        """Put a model into the register as a draft."""
        return self._post("/api/models", new, p.ModelView)

    def move_model(self: _Calls, model_id: str, move: p.MoveModel) -> p.ModelView:
        """Validate, approve or retire a model, signed."""
        return self._post(f"/api/models/{quote(model_id, safe='')}/moves", move, p.ModelView)

    def models(self: _Calls, content_hash: str | None = None) -> tuple[p.ModelView, ...]:
        """The register of models, or the one with this content."""
        params = {"content_hash": content_hash} if content_hash else {}
        return self._get("/api/models", v.Page[p.ModelView], params).items
