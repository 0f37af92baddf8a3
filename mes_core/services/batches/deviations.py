"""Deviations, investigations and corrective actions as rows."""

from datetime import datetime

from mes_core.domain import deviations as ends
from mes_core.domain.errors import Invalid
from mes_core.domain.principals import Actor
from mes_core.messages.deviations import DeviationKind, DeviationView, NewDeviation
from mes_core.services.core import Change, add_hold, iso, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import DeviationRow


def add_deviation(
    work: UnitOfWork, batch_id: str, deviation: NewDeviation, actor: Actor, now: datetime
) -> DeviationRow:
    """Open one in this transaction, unless one with this key is there.

    Raises:
        Invalid: a corrective action that follows from nothing on this batch.
    """
    there = work.get("deviations", batch_id=batch_id, deviation_key=deviation.deviation_key)
    if there is not None:
        return there
    parent = deviation.parent_key
    if deviation.kind is DeviationKind.CAPA and not parent:
        raise Invalid("A corrective action follows from a deviation or an investigation: name it as 'parent_key'.")
    if parent and work.get("deviations", batch_id=batch_id, deviation_key=parent) is None:
        raise Invalid(f"Batch {batch_id} has no deviation {parent!r} to follow from: check its key.")
    row: DeviationRow = {
        "batch_id": batch_id,
        "deviation_key": deviation.deviation_key,
        "title": deviation.title,
        "severity": deviation.severity,
        "kind": deviation.kind.value,
        "parent_key": parent,
        "finding_id": deviation.finding_id,
        "opened_at": iso(now),
        "opened_by": actor.user,
        "closed_at": None,
        "closed_by": None,
        "printed_name": None,
        "outcome": None,
        "conclusion": None,
        "signature_id": None,
    }
    work.add("deviations", [row])
    new = {"severity": deviation.severity, "kind": deviation.kind.value, "parent": parent}
    what = f"{ends.word(deviation.kind.value)} opened"
    write_audit(work, batch_id, actor, now, Change(what, deviation.deviation_key, None, new, deviation.title))
    return row


def stop(work: UnitOfWork, batch_id: str, key: str, why: str, actor: Actor, now: datetime) -> None:
    """A deviation and a quality hold, in this transaction."""
    deviation = NewDeviation(deviation_key=key, title=why[:500], severity="critical")
    add_deviation(work, batch_id, deviation, actor, now)
    batch = the_batch(work, batch_id)
    changes = add_hold(work, batch, actor, now, kind="quality", reason=why[:1000], key=key)[1]
    write_audit(work, batch_id, actor, now, *changes)


def deviation_view(row: DeviationRow) -> DeviationView:
    """One as others see it; those from before there were kinds are deviations."""
    return DeviationView.model_validate({**row, "kind": kind_of(row)})


def kind_of(row: DeviationRow) -> str:
    """Its kind."""
    return row["kind"] or ends.DEVIATION


def check_release(work: UnitOfWork, batch_id: str) -> None:
    """See that nothing that was opened keeps a batch from release.

    Raises:
        Conflict: something does.
    """
    rows = work.find("deviations", batch_id=batch_id)
    found = {row["deviation_key"]: (kind_of(row), row["severity"], row["outcome"]) for row in rows}
    ends.check_release(batch_id, found)
