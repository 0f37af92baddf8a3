"""Rows of the store as the messages that others see."""

import json
from datetime import datetime
from typing import Any

import orjson

from mes_core.domain import supply
from mes_core.domain.audit import digest
from mes_core.domain.findings import Standing
from mes_core.messages import bounds
from mes_core.messages import views as v
from mes_core.services import aside, shipments
from mes_core.services.batches import conditional, register
from mes_core.services.core import only, without
from mes_core.services.filing.words import filing_view
from mes_core.services.ports import Row, UnitOfWork
from mes_core.services.ports.rows import (
    BatchRow,
    EffectRow,
    FindingRow,
    HoldRow,
    ObservationRow,
    VerdictRow,
    WorkItemRow,
)

__all__ = [
    "batch_view",
    "disposition_of",
    "effect_view",
    "finding_view",
    "hold_view",
    "item_view",
    "listed_batch",
    "listed_item",
    "observations_hash",
    "standing",
    "verdict_view",
]


def batch_view(work: UnitOfWork, row: BatchRow, *, fresh: Row | None = None) -> v.BatchView:
    """A batch with everything that lists and the console show; `fresh` is the record of a new one."""
    record = fresh or orjson.loads(row["record"])
    shown = ("product", "markets", "patient_code", "donation_number", "treatment_centre", "infusion_planned_on")
    return v.BatchView.model_validate(
        {
            **{name: record[name] for name in (*shown, "manufactured_at", "expires_at")},
            **only(row, "batch_id", "kind", "state", "record_version", "record_hash", "verdict", "verdict_id"),
            **({} if fresh else _happened(work, row)),
        }
    )


def listed_batch(work: UnitOfWork, row: BatchRow) -> v.BatchView:
    """A batch in a list; one whose record can't be used is there all the same, and says so."""

    def bare(why: str) -> v.BatchView:
        about = only(row, "batch_id", "kind", "state", "record_version", "record_hash", "verdict", "verdict_id")
        says = f"(the record can't be shown: {why})"
        # Nothing goes on until somebody knows where it stands.
        if row["state"] not in v.BatchState.__members__.values():
            about["state"] = v.BatchState.ON_HOLD
        return v.BatchView.model_validate({**about, "product": says, "not_supplied_because": (says,)})

    return aside.readable(f"batch {row['batch_id']}", lambda: batch_view(work, row), bare)


def _happened(work: UnitOfWork, row: BatchRow) -> dict[str, Any]:
    batch_id = row["batch_id"]
    missing = supply.hindrances(register.standing(work, row))
    open_findings = work.count("findings", verdict_id=row["verdict_id"], status="open") if row["verdict_id"] else 0
    return {
        "open_findings": open_findings,
        "holds": [hold_view(one) for one in work.find("holds", batch_id=batch_id, order=("opened_at", "hold_id"))],
        "disposition": disposition_of(work, batch_id),
        "may_be_supplied": not missing,
        "not_supplied_because": missing,
        "conditions": [conditional.condition_view(one) for one in conditional.conditions(work, batch_id)],
        "shipment": shipments.in_force(work, batch_id),
        "filings": [filing_view(one) for one in work.find("filings", batch_id=batch_id, order=("place",))],
    }


def disposition_of(work: UnitOfWork, batch_id: str) -> v.DispositionView | None:
    """The newest signed disposition of a batch."""
    rows = work.find("dispositions", batch_id=batch_id, order=("-number",), limit=1)
    return v.DispositionView.model_validate_json(rows[0]["document"]) if rows else None


def hold_view(row: HoldRow) -> v.HoldView:
    """A hold."""
    return v.HoldView.model_validate(without(row, "hold_key"))


def finding_view(row: FindingRow) -> v.FindingView:
    """A finding of a stored verdict."""
    return v.FindingView.model_validate(
        {
            **without(row, "verdict_id", "place", "severity", "fingerprint", "document"),
            "finding": json.loads(row["document"]),
        }
    )


def standing(row: FindingRow) -> Standing:
    """A finding as far as it decides whether a batch is ready."""
    return Standing(severity=row["severity"], closure=row["closure"])


def verdict_view(row: VerdictRow, findings: list[FindingRow], *, current: bool) -> v.VerdictView:
    """A stored verdict with its findings."""
    return v.VerdictView.model_validate(
        {
            **without(row, "observations_hash", "verdict", "document"),
            "current": current,
            "verdict": json.loads(row["document"]),
            "findings": [finding_view(one) for one in findings],
        }
    )


def item_view(row: WorkItemRow) -> v.WorkItemView:
    """A work item."""
    read: dict[str, Any] = {
        "payload": aside.fields(row["payload"]) or {},
        "output": aside.fields(row["output"]),
        "evidence": json.loads(row["evidence"]) if row["evidence"] else None,
    }
    return v.WorkItemView.model_validate({**without(row, "place", "lease_until"), **read})


def listed_item(row: WorkItemRow) -> v.WorkItemView:
    """A work item in a list; one of which something can't be used is there without it, and says so."""

    def bare(why: str) -> v.WorkItemView:
        kept = only(row, "item_id", "job", "business_key", "batch_id", "state", "attempts", "epoch", "worker", "due_at")
        said = {"created_at": time_or_none(row["created_at"]) or bounds.FIRST, "message": f"(can't be shown: {why})"}
        return v.WorkItemView.model_validate({**kept, **said, "not_before": time_or_none(row["not_before"])})

    return aside.readable(f"work item {row['item_id']}", lambda: item_view(row), bare)


def time_or_none(text: str | None) -> datetime | None:
    """An instant of a row; None where none stands there, or it can't be read."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def effect_view(row: EffectRow, *, created: bool, now: datetime | None = None) -> v.EffectView:
    """An effect; with `now`, how long ago a request for it left."""
    shown = {**row, "details": aside.fields(row["details"]) or {}, "created": created}
    if now is not None and row["acted_at"]:
        shown["acted_ago_s"] = (now - datetime.fromisoformat(row["acted_at"])).total_seconds()
    return v.EffectView.model_validate(shown)


def observations_hash(rows: list[ObservationRow]) -> str:
    """Hash over all that was read for a batch, whatever the order."""
    return digest(sorted([row["system"], row["name"], row["content_hash"]] for row in rows))
