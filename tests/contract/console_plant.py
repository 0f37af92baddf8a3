"""A plant in which no page of the console is empty: held, ready, released and shipped batches, and people who wait."""

from datetime import timedelta
from typing import Any

import filing_support
import fuzzed_things
import journey_plant
from mes_support import PASSWORD, SYSTEM, Plant, finding, record

from mes_core.domain.principals import Role
from mes_core.messages import predictive as p
from mes_core.messages import views as v

USERS = {role: f"the.{role.value.replace('_', '.')}" for role in Role}
"""One person for each role, who has that role alone."""
EVERYTHING = "everything"
"""A person with every role."""
HELD, READY, SHIPPED = "HELD-1", "READY-1", "GONE-1"
_LONG = "A very long name of two hundred characters, " * 4 + "with <b>markup</b> & signs"


def furnish(plant: Plant) -> dict[str, str]:
    """Fill the plant; gives the names that addresses of its pages need, as `fuzzed_things.things` does."""
    for role, user in USERS.items():
        plant.mes.create_person(user, f"{role.value.replace('_', ' ').title()} Example", [role], PASSWORD, actor=SYSTEM)
    every = plant.mes.create_person(EVERYTHING, "Everything Example", list(Role), PASSWORD, actor=SYSTEM)
    journey_plant.sign_data(plant)
    _earlier_batches(plant)
    named = fuzzed_things.things(plant, HELD, every) | fuzzed_things.shared_things(plant, every)
    plant.rules.say("HOLD", *(finding("R2", "critical", value) for value in (61.0, 62.0, 63.0)), finding())
    plant.mes.submit_batch(record("HELD-2", product=_LONG[:200], treatment_centre=_LONG[:200]), plant.bot)
    plant.mes.review("HELD-2", (), plant.at("HELD-2"))
    closed = plant.mes.verdicts("HELD-2")[0].findings[-1]
    plant.close(closed.finding_id)
    plant.reviewed(batch_id=READY)
    filing_support.shipped(plant, SHIPPED)
    _to_leave(plant)
    _attempts(plant)
    plant.mes.tick(plant.bot)
    return named


def _earlier_batches(plant: Plant) -> None:
    """Eleven batches with a value that falls and a risk that a model sees rising."""
    for number in range(11):
        text = f"{95 - number}"
        value = {"name": "viability", "text": text, "value": float(text), "unit": "%", "low": 70, "high": 100}
        made = (plant.now - timedelta(days=40 - number)).isoformat()
        name = f"EARLY-{number:02}"
        plant.rules.say("READY")
        plant.mes.submit_batch(record(name, parameters=[value], manufactured_at=made), plant.bot)
        said: dict[str, Any] = {"model": "day3", "content_hash": "ab" * 32, "mode": "SHADOW", "culture_day": 3}
        said |= {"answer": ("CLEAR", "UNDECIDED", "RISK")[number % 3], "probability": 0.05 * number}
        said |= {"probability_low": 0.03 * number, "probability_high": 0.05 + 0.06 * number, "usual": 0.1}
        said |= {"p_fail": 0.5, "p_pass": 0.5, "inputs_hash": "cd" * 32, "reasons": ["glucose is low"]}
        plant.mes.store_prediction(name, p.NewPrediction.model_validate(said), plant.bot)
    said |= {"culture_day": 5, "answer": "CLEAR", "probability": 0.2, "probability_low": 0.1, "probability_high": 0.3}
    plant.mes.store_prediction("EARLY-10", p.NewPrediction.model_validate(said), plant.bot)


def _to_leave(plant: Plant) -> None:
    """Released, packed, and with two ways on offer."""
    ahead = {"expires_at": "2027-02-28T20:00:00Z", "infusion_planned_on": "2026-03-15"}
    plant.rules.say("READY")
    plant.mes.submit_batch(record("LEAVES-1", **ahead), plant.bot)
    plant.sign(plant.mes.review("LEAVES-1", (), plant.at("LEAVES-1")))
    journey_plant.pack(plant, "LEAVES-1")
    ways = (journey_plant.way(plant), journey_plant.way(plant, "SL-2", "Air", start_h=30))
    journey_plant.ask(plant, *ways, batch_id="LEAVES-1")


def _attempts(plant: Plant) -> None:
    """One item that waits for a person; those of the other batches run."""
    plant.reviewed(batch_id="FAILED-1")
    bot = plant.at("FAILED-1")
    assert bot.lease is not None
    why = "The sample has no row in the LIMS."
    failed = v.ItemFailed(epoch=bot.lease.epoch, family=v.Family.BUSINESS, code="no_row", message=why)
    plant.mes.fail(bot.lease.item_id, failed, bot)
