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
_PAGE = 50
_DRAWN = 40
_CHECKS = 10
_FIRST = {p.RiskAnswer.RISK: 0, p.RiskAnswer.UNDECIDED: 1, p.RiskAnswer.CLEAR: 2}


@router.get("/predictions")
def predictions(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    decided: bool = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Answers that wait for a person, risks first; or those that were decided, newest first."""
    # What a challenger says is compared below once the outcome is known: it is nobody's advice.
    every = [one for one in mes.all_predictions() if one.said.beside is None]
    waiting = sorted(
        (one for one in every if one.response is None), key=lambda one: (_FIRST[one.said.answer], -one.said.probability)
    )
    done = sorted((one for one in every if one.response is not None), key=lambda one: str(one.decided_at), reverse=True)
    chosen = done if decided else waiting
    shown = chosen[(page - 1) * _PAGE : page * _PAGE]
    newest = sorted(every, key=lambda one: one.made_at)[-_DRAWN:]
    context: dict[str, Any] = {
        "who": who,
        "predictions": shown,
        "chart": chart.risk("Probability of failure with its 95 % band, the newest answers", newest),
        "of_batch": _by_batch(shown, every),
        "decided": decided,
        "counts": (len(waiting), len(done)),
        "against": [_against(one, done) for one in p.RiskAnswer],
        "models": mes.models(),
        "drift": mes.drift_checks()[:_CHECKS],
        "challengers": mes.challengers(),
        "needed": SHADOW_BATCHES,
        "number": page,
        "pages": max(1, -(-len(chosen) // _PAGE)),
    }
    return show.page(request, "predictions.html", context)


def _by_batch(shown: list[p.PredictionView], every: list[p.PredictionView]) -> dict[str, chart.Chart | None]:
    """Risk over the days of the culture, of the batches on the page about which a model was asked more than once."""
    wanted = {one.batch_id for one in shown}
    said: dict[str, list[p.PredictionView]] = {}
    for one in every:
        if one.batch_id in wanted:
            said.setdefault(one.batch_id, []).append(one)
    name = "Risk of {} over its culture"
    return {batch: chart.risk(name.format(batch), of_it, by_culture=True) for batch, of_it in said.items()}


def _against(answer: p.RiskAnswer, decided: list[p.PredictionView]) -> tuple[p.RiskAnswer, int, int]:
    """How often people went against an answer: declined, of how many decided."""
    its = [one for one in decided if one.said.answer is answer]
    return answer, sum(one.response is p.Response.DECLINED for one in its), len(its)


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
