"""Conditional releases and what the laboratory says of them, for the small plant of the contract tests."""

from datetime import datetime, timedelta
from typing import Any

from mes_support import COURIER_JOB, PASSWORD, START, Plant, observation, record, shipment

from mes_core.messages import Observation
from mes_core.messages import conditional as c
from mes_core.messages import views as v

ENDS = START + timedelta(days=14)
STERILITY = c.PendingTest(test=c.FinalTest.STERILITY, so_far="Negative to date on day 10", expected_at=ENDS)
MYCOPLASMA = c.PendingTest(test=c.FinalTest.MYCOPLASMA, so_far="Negative by PCR", expected_at=ENDS)


def conditionally(plant: Plant, *pending: c.PendingTest, **more: Any) -> v.DispositionView:
    """A batch that is reviewed and released conditionally."""
    words = {"disposition": v.Disposition.CONDITIONALLY_RELEASED, "pending": pending or (STERILITY,), **more}
    return plant.sign(plant.reviewed(), **words)


def result(plant: Plant, outcome: str, test: str = "Sterility", actor: Any = None, **more: Any) -> v.BatchView:
    """A final result from the laboratory, noted and signed by a person; a negative one stands in its table before."""
    body = {"test": test, "outcome": outcome, "reported_at": plant.now, "source": "LIMS, result R-7", **more}
    if outcome == "negative":
        done = [one.test.value for one in plant.mes.get_batch("B1").conditions if one.state == "negative"]
        plant.mes.put_observations("B1", (lims(plant, "Negative", "Final", *done, test),), plant.at())
    signed = c.SignFinalResult.model_validate({**body, "password": PASSWORD})
    return plant.mes.note_final_result("B1", signed, actor or plant.reviewer)


def explained(plant: Plant) -> v.VerdictView:
    """A shipped batch whose late positive was a laboratory error, negative since and reviewed again."""
    shipped(plant)
    result(plant, "positive")
    plant.end_deviations("laboratory_error")
    plant.later(days=3)
    result(plant, "negative")
    return again(plant)


def lims(plant: Plant, outcome: str, status: str, *tests: str) -> Observation:
    """The laboratory's table, with a row for each of some tests: sterility unless said otherwise."""
    own = [
        {"row": row, "batch": "B1", "test": test, "result": outcome, "status": status}
        for row, test in enumerate(tests or ("Sterility",), start=2)
    ]
    rows = (*observation().rows, *own)
    return Observation(system="lims", table="results", page="p", read_at=plant.now, rows=rows)


def again(plant: Plant, *read: Observation) -> v.VerdictView:
    """A new review that finds everything in order."""
    plant.rules.say("READY")
    return plant.mes.review("B1", read, plant.at())


def shipped(plant: Plant, markets: tuple[str, ...] = ("US", "DE")) -> None:
    """A batch that left under a conditional release."""
    plant.mes.submit_batch(record(markets=list(markets)), plant.bot)
    verdict = plant.mes.review("B1", (observation(),), plant.at())
    plant.sign(verdict, disposition=v.Disposition.CONDITIONALLY_RELEASED, pending=(STERILITY,))
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))


def told(plant: Plant) -> dict[str, datetime]:
    """When each notice is due."""
    return {one.subject: one.due_at for one in plant.mes.due_items(batch_id="B1") if one.kind is c.DueKind.NOTICE}
