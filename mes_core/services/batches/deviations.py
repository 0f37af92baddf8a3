"""Deviations, investigations and corrective actions as rows."""

import json
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from mes_core.domain import deviations as ends
from mes_core.domain.errors import Invalid
from mes_core.domain.principals import Actor
from mes_core.messages import RecordKind, Severity
from mes_core.messages.deviations import DeviationKind, DeviationView, NewDeviation
from mes_core.services.core import Change, add_hold, has_left, iso, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, DeviationRow, FindingRow, VerdictRow


def add_deviation(
    work: UnitOfWork,
    batch_id: str,
    deviation: NewDeviation,
    actor: Actor,
    now: datetime,
    *,
    about_product: bool = True,
) -> DeviationRow:
    """Open one in this transaction, unless one with this key is there; of a batch that has left, it starts clocks.

    Args:
        about_product: False where it says nothing of the product, such as a bot's doubt about a site, or where another
            event starts the clocks.


    Raises:
        Invalid: a corrective action that follows from nothing on this batch, or a finding that it does not have.
    """
    there = work.get("deviations", batch_id=batch_id, deviation_key=deviation.deviation_key)
    if there is not None:
        return there
    parent = deviation.parent_key
    if deviation.kind is DeviationKind.CAPA and not parent:
        raise Invalid("A corrective action follows from a deviation or an investigation: name it as 'parent_key'.")
    if parent and work.get("deviations", batch_id=batch_id, deviation_key=parent) is None:
        raise Invalid(f"Batch {batch_id} has no deviation {parent!r} to follow from: check its key.")
    finding = deviation.finding_id
    if finding and work.get("findings", finding_id=finding, batch_id=batch_id) is None:
        raise Invalid(f"Batch {batch_id} has no finding {finding!r} to open a deviation for: check its number.")
    row = _row(batch_id, deviation, actor, now)
    work.add("deviations", [row])
    write_audit(work, batch_id, actor, now, _told(row))
    batch = the_batch(work, batch_id)
    left = batch["kind"] == RecordKind.CAR_T and has_left(work, batch)
    # A result outside of specification is one whatever severity somebody gave it.
    grave = ends.matters(deviation.severity, None) or deviation.kind is DeviationKind.OOS
    if about_product and left and grave and deviation.kind is not DeviationKind.CAPA:
        from_record.deviation(work, batch, row, actor, now)
    return row


def for_findings(
    verdict: VerdictRow, found: Iterable[FindingRow], there: Container[str], actor: Actor, now: datetime
) -> tuple[list[DeviationRow], list[Change]]:
    """Deviations for the critical findings of a verdict that are open, to be stored with it.

    Args:
        verdict: the verdict.
        found: its findings.
        there: keys of deviations of the batch: the same finding on the same version of the record has one.
        actor: who asked for the review.
        now: when.

    Returns:
        The rows, and what the chain of the batch is told.
    """
    rows: dict[str, DeviationRow] = {}
    for one in found:
        if one["severity"] != Severity.CRITICAL or one["status"] != "open":
            continue
        finding = json.loads(one["document"])
        key = key_of(verdict["batch_id"], verdict["record_version"], finding)
        if key in there:
            continue
        title = f"{finding['title']}: {finding['text']}"[:500]
        opened = NewDeviation(deviation_key=key, title=title, severity="critical", finding_id=one["finding_id"])
        rows.setdefault(key, _row(verdict["batch_id"], opened, actor, now))
    return list(rows.values()), [_told(row) for row in rows.values()]


def known_of(work: UnitOfWork, batch: BatchRow, opened: Iterable[DeviationRow], actor: Actor, now: datetime) -> None:
    """Start the clocks of what a review found on a batch of cells that has left."""
    if batch["kind"] == RecordKind.CAR_T and has_left(work, batch):
        for row in opened:
            from_record.deviation(work, batch, row, actor, now)


def key_of(batch_id: str, record_version: int, finding: Mapping[str, Any]) -> str:
    """Key of the deviation for a finding: the same in every review of this version of the record that finds it."""
    about = sha256(json.dumps([finding["fields"], finding["values"]], default=str).encode()).hexdigest()[:12]
    return f"review:{batch_id}:v{record_version}:{finding['rule']}:{about}"


def _row(batch_id: str, deviation: NewDeviation, actor: Actor, now: datetime) -> DeviationRow:
    return {
        "batch_id": batch_id,
        "deviation_key": deviation.deviation_key,
        "title": deviation.title,
        "severity": deviation.severity,
        "kind": deviation.kind.value,
        "parent_key": deviation.parent_key,
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


def _told(row: DeviationRow) -> Change:
    new = {"severity": row["severity"], "kind": kind_of(row), "parent": row["parent_key"]}
    return Change(f"{ends.word(kind_of(row))} opened", row["deviation_key"], None, new, row["title"])


def stop(work: UnitOfWork, batch_id: str, key: str, why: str, actor: Actor, now: datetime) -> None:
    """A deviation and a quality hold, in this transaction."""
    deviation = NewDeviation(deviation_key=key, title=why[:500], severity="critical")
    add_deviation(work, batch_id, deviation, actor, now, about_product=False)
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
