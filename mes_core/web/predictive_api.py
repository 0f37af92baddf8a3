"""The JSON API of predictive holds: answers of models, decisions on them, and the register of models."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")
ContentHash = Annotated[str, Query(pattern="^[0-9a-f]{64}$")]


@router.post("/batches/{batch_id}/predictions", status_code=status.HTTP_201_CREATED)
def store_prediction(batch_id: str, body: p.NewPrediction, mes: MesDep, who: CallerDep) -> p.PredictionView:
    """Store what a model said of a batch."""
    return mes.store_prediction(batch_id, body, who)


@router.get("/batches/{batch_id}/predictions")
def predictions(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, response: p.Response | None = None
) -> v.Page[p.PredictionView]:
    """What models said of a batch, with what people decided."""
    del who
    return page(v.Page[p.PredictionView], mes.predictions(batch_id), part, response=response)


@router.post("/predictions/{prediction_id}/decision")
def decide_prediction(prediction_id: str, body: p.DecidePrediction, mes: MesDep, who: CallerDep) -> p.PredictionView:
    """Accept or decline an answer, signed (people only)."""
    return mes.decide_prediction(prediction_id, body, who)


@router.post("/models", status_code=status.HTTP_201_CREATED)
def register_model(body: p.NewModel, mes: MesDep, who: CallerDep) -> p.ModelView:
    """Put a model into the register as a draft (people only)."""
    return mes.register_model(body, who)


@router.post("/models/{model_id}/moves")
def move_model(model_id: str, body: p.MoveModel, mes: MesDep, who: CallerDep) -> p.ModelView:
    """Validate, approve or retire a model, signed (people only)."""
    return mes.move_model(model_id, body, who)


@router.get("/models")
def models(
    mes: MesDep,
    who: CallerDep,
    part: PartDep,
    content_hash: Word = None,
    name: Word = None,
    state: p.ModelState | None = None,
) -> v.Page[p.ModelView]:
    """The register of models; its ETag goes into the If-Match of a move."""
    del who
    return page(v.Page[p.ModelView], mes.models(content_hash), part, name=name, state=state)


@router.post("/drift-checks", status_code=status.HTTP_201_CREATED)
def store_drift_check(body: p.NewDriftCheck, mes: MesDep, who: CallerDep) -> p.DriftView:
    """Store a comparison of recent batches with those that a model learnt from."""
    return mes.store_drift_check(body, who)


@router.get("/drift-checks")
def drift_checks(
    mes: MesDep, who: CallerDep, part: PartDep, content_hash: Word = None, response: p.DriftResponse | None = None
) -> v.Page[p.DriftView]:
    """Drift checks, newest first, with what people answered."""
    del who
    return page(v.Page[p.DriftView], mes.drift_checks(content_hash), part, response=response)


@router.post("/drift-checks/{check_id}/decision")
def decide_drift(check_id: str, body: p.DecideDrift, mes: MesDep, who: CallerDep) -> p.DriftView:
    """Answer for drift, signed (people only): the model is used on, or stays out of use."""
    return mes.decide_drift(check_id, body, who)


@router.get("/shadow-comparison")
def shadow_comparison(
    champion: ContentHash, challenger: ContentHash, mes: MesDep, who: CallerDep
) -> p.ShadowComparison:
    """A model and a challenger beside it, on the batches that both answered and whose outcome is known."""
    del who
    return mes.compare_in_shadow(champion, challenger)
