"""The part of the MES client that speaks of predictive holds."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
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
    def _each(self, path: str, item: type[M], params: Mapping[str, Any], page: int = ...) -> Iterator[M]: ...

    def act_under(self, lease: str | None) -> None: ...

    def _request(
        self,
        method: str,
        path: str,
        body: BaseModel | None = None,
        params: dict[str, Any] | None = None,
        held: Held | None = None,
    ) -> httpx.Response: ...

    def _get(self, path: str, shape: type[M], params: dict[str, Any] | None = None) -> M: ...

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

    def store_drift_check(self: _Calls, said: p.NewDriftCheck, **held: Unpack[Held]) -> p.DriftView:
        """Store a comparison of recent batches with those of training; the same again returns the one that is there."""
        return self._post("/api/drift-checks", said, p.DriftView, held=held)

    def drift_checks(self: _Calls, content_hash: str | None = None) -> tuple[p.DriftView, ...]:
        """Drift checks, newest first; of one model, or of all."""
        return tuple(self._each("/api/drift-checks", p.DriftView, {"content_hash": content_hash or None}))

    def decide_drift(self: _Calls, check_id: str, decided: p.DecideDrift, **held: Unpack[Held]) -> p.DriftView:
        """Answer for drift, signed."""
        return self._post(f"/api/drift-checks/{quote(check_id, safe='')}/decision", decided, p.DriftView, held=held)

    def compare_in_shadow(self: _Calls, champion: str, challenger: str) -> p.ShadowComparison:
        """A model and a challenger beside it, on the batches whose outcome is known."""
        return self._get("/api/shadow-comparison", p.ShadowComparison, {"champion": champion, "challenger": challenger})
