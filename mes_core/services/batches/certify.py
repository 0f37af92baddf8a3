"""What a signed disposition does to its batch: certified in full, conditionally or a second time, rejected, held."""

import json
from datetime import datetime

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import PersonPrincipal
from mes_core.domain.states import CONDITIONAL, LEFT, Event, State
from mes_core.messages import views as v
from mes_core.messages.filing import FilingStatus
from mes_core.services import outbox
from mes_core.services.batches import conditional, supply, trail_review
from mes_core.services.batches.signable import grounds
from mes_core.services.core import Change, add_hold, iso, move, open_holds
from mes_core.services.filing.clocks import RUNNING
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow


def carry_out(
    work: UnitOfWork,
    batch: BatchRow,
    signing: v.SignDisposition,
    who: PersonPrincipal,
    now: datetime,
    disposition_id: str,
    *,
    production: bool,
) -> list[Change]:
    """Do what a disposition says, in the transaction of its signature.

    Args:
        work: the transaction.
        batch: the row of the batch.
        signing: what is signed.
        who: who signs.
        now: when.
        disposition_id: key of the disposition.
        production: whether the audit trail has to be reviewed first.

    Returns:
        What the chain of the batch is told.

    Raises:
        Conflict: something is missing; says what.
        Forbidden: who signs has judged a finding of the batch.
        Invalid: what is pending does not go with the disposition.
    """
    wanted = signing.disposition
    if signing.pending and wanted is not v.Disposition.CONDITIONALLY_RELEASED:
        raise Invalid("Pending tests go with a conditional release only: leave them out, or release conditionally.")
    if wanted is v.Disposition.HELD:
        key = f"disposition:{iso(now)}"
        return list(add_hold(work, batch, who, now, kind="quality", reason=signing.reason, key=key)[1])
    if wanted is v.Disposition.REJECTED:
        return list(move(work, batch, Event.REJECTED, now))
    if wanted is v.Disposition.OUT_OF_SPECIFICATION:
        return _out_of_specification(work, batch, signing.reason, who, now, production, disposition_id)
    for ground in grounds(work, batch, who, production=production):
        ground.check()
    if wanted is v.Disposition.CONDITIONALLY_RELEASED:
        changes = list(move(work, batch, Event.CONDITIONALLY_RELEASED, now))
        changes += conditional.set_pending(work, batch, signing.pending, disposition_id, now)
        return [*changes, *_courier(work, batch, now)]
    conditional.check_release(work, batch)
    if State(batch["state"]) in CONDITIONAL:
        return _second_certification(work, batch, now)
    return [*move(work, batch, Event.RELEASED, now), *_courier(work, batch, now)]


def _out_of_specification(
    work: UnitOfWork,
    batch: BatchRow,
    reason: str,
    who: PersonPrincipal,
    now: datetime,
    production: bool,
    disposition_id: str,
) -> list[Change]:
    """A supply through its gates: no verdict has to be ready for it."""
    if production:
        trail_review.check_release(work, batch["batch_id"])
    return [*supply.certify(work, batch, who, reason, now, disposition_id), *_courier(work, batch, now)]


def _second_certification(work: UnitOfWork, batch: BatchRow, now: datetime) -> list[Change]:
    conditional.check_reviewed_since(work, batch)
    if open_holds(work, batch["batch_id"]):
        raise Conflict(f"Batch {batch['batch_id']} is on hold and can't be certified: a person lifts the hold first.")
    changes = list(move(work, batch, Event.FINALLY_CERTIFIED, now))
    states = {row["status"] for row in work.find("filings", batch_id=batch["batch_id"])}
    filed = FilingStatus.ACCEPTED.value in states and not states & set(RUNNING)
    if State(batch["state"]) in LEFT and filed:
        changes += move(work, batch, Event.FILED, now)
    return changes if State(batch["state"]) in LEFT else [*changes, *_courier(work, batch, now)]


def _courier(work: UnitOfWork, batch: BatchRow, now: datetime) -> list[Change]:
    """Queue the courier of cells; an item that waited for a person goes on."""
    if batch["kind"] != "car_t":
        return []
    key, record = outbox.ship_key(batch["batch_id"]), json.loads(batch["record"])
    payload = {"destination": record["treatment_centre"], "infusion_planned_on": record["infusion_planned_on"]}
    item = outbox.enqueue(work, now, job=outbox.COURIER, key=key, batch_id=batch["batch_id"], payload=payload)
    outbox.wake(work, item)
    return [Change("work item queued", item["item_id"], None, item["job"])]
