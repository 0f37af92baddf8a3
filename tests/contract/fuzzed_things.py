"""What a store holds for requests to be about: one of everything that an address can name, made anew for each batch."""

from typing import Any

import filing_support
from mes_support import Plant, finding, observation, record

from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.messages.masters import NewMaster
from mes_core.messages.model_cards import bound_hash, card_digest

_PARTS, _CARD = "ab" * 32, {"generated_data_only": False}
_HASH = bound_hash(_PARTS, card_digest(_CARD))
_MODEL = {"name": "day3", "content_hash": _HASH, "parts_hash": _PARTS, "card": _CARD}
_SAID = {
    **{"model": "day3", "content_hash": _HASH, "mode": "SHADOW", "culture_day": 3, "answer": "RISK"},
    **{"probability": 0.7, "p_fail": 0.6, "p_pass": 0.02, "inputs_hash": "cd" * 32, "reasons": ["glucose is 2.1"]},
}
_DRIFT = {
    **{"model": "day3", "content_hash": _HASH, "culture_day": 3, "batches": ["B1"], "outcome": "drifted"},
    **{"inputs": 40, "inputs_drifted": 9, "says": "Glucose has drifted."},
}


def things(plant: Plant, batch_id: str, person: PersonPrincipal) -> dict[str, str]:
    """A batch with one of everything, by the names of parameters of addresses and of fields.

    Args:
        plant: where.
        batch_id: of a batch that is not there yet.
        person: with every role.
    """
    mes = plant.mes
    plant.rules.say("HOLD", finding())
    mes.submit_batch(record(batch_id), plant.bot)
    bot = plant.at(batch_id)
    verdict = mes.review(batch_id, (observation(),), bot)
    hold = mes.open_hold(batch_id, v.NewHold(kind="quality", reason="A doubt.", key=f"k {batch_id}"), bot)
    assert bot.lease is not None
    intent = {"site": "erp", "kind": "post", "business_key": f"k {batch_id}", "batch_id": batch_id}
    intent |= {"item_id": bot.lease.item_id, "epoch": bot.lease.epoch}
    effect = mes.register_effect(v.NewEffect.model_validate(intent), bot)
    deviation = {"deviation_key": "D1", "title": "Late sample"}
    mes.open_deviation(batch_id, v.NewDeviation.model_validate(deviation), bot)
    prediction = mes.store_prediction(batch_id, p.NewPrediction.model_validate(_SAID), bot)
    check = mes.store_drift_check(p.NewDriftCheck.model_validate({**_DRIFT, "batches": [batch_id]}), bot)
    mes.tick(bot)
    new = NewMaster(name="MBR-9", version=batch_id, title="Another one", document={"steps": [batch_id]})
    return {
        "batch_id": batch_id,
        "finding_id": verdict.findings[0].finding_id,
        "hold_id": hold.hold_id,
        "item_id": bot.lease.item_id,
        "lease": f"{bot.lease.item_id} {bot.lease.epoch} {bot.lease.secret}",
        "effect_id": effect.effect_id,
        "master_id": mes.register_master(new, person).master_id,
        "due_id": mes.due_items()[0].due_id,
        "deviation_key": "D1",
        "prediction_id": prediction.prediction_id,
        "check_id": check.check_id,
        "user": "operator",
        **_filed(plant, batch_id),
    }


def shared_things(plant: Plant, person: PersonPrincipal) -> dict[str, str]:
    """What the plant has once, whatever the batch: a licence and a model."""
    filing_support.licence(plant)
    return {"model_id": plant.mes.register_model(p.NewModel.model_validate(_MODEL), person).model_id}


def held_again(plant: Plant, there: dict[str, str]) -> None:
    """The bot has an item of the batch in hand, also when the one from before is over."""
    lease = plant.at(there["batch_id"]).lease
    if lease is not None:
        there |= {"item_id": lease.item_id, "lease": f"{lease.item_id} {lease.epoch} {lease.secret}"}


def _filed(plant: Plant, batch_id: str) -> dict[str, str]:
    event = filing_support.event(plant, key=f"DEV {batch_id}", batch_id=batch_id)
    filings: list[Any] = [one for one in plant.mes.all_filings(running=True) if one.batch_id == batch_id]
    return {"event_id": event.event_id, **({"filing_id": filings[0].filing_id} if filings else {})}
