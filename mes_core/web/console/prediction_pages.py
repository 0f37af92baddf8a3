"""The page of what models said: undecided risks first, and a signed decision on each answer; and the register."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from mes_core.domain.model_states import SHADOW_BATCHES
from mes_core.messages import predictive as p
from mes_core.web.console import chart, notes, show
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
MEANINGS = {
    p.Response.ACCEPTED: "I accept this answer and what it proposes.",
    p.Response.DECLINED: "I decline this answer for the reason given.",
}
DRIFT_MEANINGS = {
    p.DriftResponse.USE_ON: "I know the cause of this drift, and the model may be used on.",
    p.DriftResponse.STAY_OUT: "Because of this drift the model stays out of use.",
}
_PAGE = 25
_DRAWN = 40
_CHECKS = 10


@router.get("/predictions")
def predictions(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    decided: bool = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Answers that wait for a person, risks first; or those that were decided, newest first."""
    board = mes.prediction_board(decided=decided, drawn=_DRAWN, limit=_PAGE, offset=(page - 1) * _PAGE)
    total = board.decided if decided else board.waiting
    context: dict[str, Any] = {
        "who": who,
        "predictions": board.shown,
        "chart": chart.risk("Probability of failure with its 95 % band, the newest answers", board.newest),
        "of_batch": _by_batch(board.of_shown),
        "decided": decided,
        "counts": (board.waiting, board.decided),
        "against": board.against,
        "models": mes.models(),
        "drift": mes.drift_checks()[:_CHECKS],
        "challengers": mes.challengers(),
        "needed": SHADOW_BATCHES,
        "number": page,
        "pages": max(1, -(-total // _PAGE)),
    }
    return show.page(request, "predictions.html", context)


def _by_batch(said: tuple[p.PredictionView, ...]) -> dict[str, chart.Chart | None]:
    """Risk over the days of the culture, of the batches about which a model was asked more than once."""
    of: dict[str, list[p.PredictionView]] = {}
    for one in said:
        of.setdefault(one.batch_id, []).append(one)
    name = "Risk of {} over its culture"
    return {batch: chart.risk(name.format(batch), answers, by_culture=True) for batch, answers in of.items()}


@router.post("/predictions/{prediction_id}/decision")
def decide(
    mes: MesDep,
    who: SignerDep,
    prediction_id: str,
    response: Annotated[p.Response, Form()],
    reason: Text,
    password: SignatureDep,
) -> Response:
    """Accept or decline an answer, signed."""
    fields = {"response": response, "reason": reason, "meaning": MEANINGS[response], **password}
    done = mes.decide_prediction(prediction_id, show.message(p.DecidePrediction, fields), who)
    told = f"The answer on {done.batch_id} is {response.value}."
    return notes.back("/predictions", told)


@router.post("/drift-checks/{check_id}/decision")
def decide_drift(
    mes: MesDep,
    who: SignerDep,
    check_id: str,
    response: Annotated[p.DriftResponse, Form()],
    reason: Text,
    password: SignatureDep,
) -> Response:
    """Answer for drift, signed."""
    fields = {"response": response, "reason": reason, "meaning": DRIFT_MEANINGS[response], **password}
    done = mes.decide_drift(check_id, show.message(p.DecideDrift, fields), who)
    kept = "is used on" if response is p.DriftResponse.USE_ON else "stays out of use"
    return notes.back("/predictions", f"Model {done.said.model} {kept}.")
