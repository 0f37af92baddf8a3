"""The predictive hold in the demo: the bot is asked about culture day 3 of each batch, and a person answers for it."""

from collections.abc import Sequence
from typing import Any

from batchwright.demo import plant
from keywords.predictive_holds.early import decision_time
from mes_core.client import MesClient
from mes_core.messages import BatchRecord
from mes_core.messages import predictive as p
from mes_core.services import Mes

PREDICTIVE_HOLD = "predictive_hold"
CULTURE_DAY = 3


def ask_for_predictions(mes_url: str, records: Sequence[BatchRecord], accounts: plant.Accounts) -> None:
    """Queue one item a batch, due on its culture day 3: before every review."""
    with MesClient.login(mes_url, plant.BOT, accounts.bots["mes"]) as client:
        for record in records:
            due = decision_time(record, CULTURE_DAY).isoformat()
            key = f"predict:{record.batch_id}:d{CULTURE_DAY}"
            client.ask_for_item(PREDICTIVE_HOLD, key, record.batch_id, {"due_at": due, "culture_day": CULTURE_DAY})


def decide_as_reviewer(mes_url: str, records: Sequence[BatchRecord], accounts: plant.Accounts) -> int:
    """The demo's reviewer signs a decision on every answer; returns how many there were."""
    password, decided = accounts.people[plant.REVIEWER], 0
    with MesClient.login(mes_url, plant.REVIEWER, password) as client:
        for record in records:
            for one in client.predictions(record.batch_id):
                if one.response is None and one.said.beside is None:
                    client.decide_prediction(one.prediction_id, _decision(one.said.answer, password))
                    decided += 1
    return decided


def _decision(answer: p.RiskAnswer, password: str) -> p.DecidePrediction:
    warned = answer is p.RiskAnswer.RISK
    return p.DecidePrediction(
        response=p.Response.DECLINED if warned else p.Response.ACCEPTED,
        reason="Read. The model is not approved, so its answer changes nothing (demo).",
        meaning="I have read this answer of the model (demo).",
        password=password,
    )


def predictions_of(mes: Mes, records: Sequence[BatchRecord]) -> list[dict[str, Any]]:
    """What the model said of each batch, and what was decided on it, for the result of a run."""
    return [
        {
            "batch": record.batch_id,
            "answer": one.said.answer.value,
            "probability": round(one.said.probability, 4),
            "mode": one.said.mode.value,
            "reasons": list(one.said.reasons),
            "decision": one.response.value if one.response else None,
        }
        for record in records
        for one in mes.predictions(record.batch_id)
    ]
