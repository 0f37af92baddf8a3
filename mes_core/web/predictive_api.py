"""The JSON API of predictive holds: answers of models, decisions on them, and the register of models."""

from fastapi import APIRouter, status

from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


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
