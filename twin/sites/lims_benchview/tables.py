"""What Benchview holds, and how its lists show it."""

from pathlib import Path
from typing import Any

from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.look import LOOK
from twin.sites._kit.store import Row, Store

_TABLES = {
    "samples": (
        *("sample_id", "batch", "patient_code", "donation_number", "type", "received_at", "status"),
        *("patient_name", "birth_date"),
    ),
    "results": (
        *("result_id", "sample_id", "batch", "test", "result", "unit", "lower", "upper"),
        *("tested_at", "analyst", "reviewed_by", "status", "method", "occasion", "investigation", "reported"),
    ),
    "requests": (
        *("number", "our_reference", "batch", "sample_id", "test", "reason", "status"),
        *("requested_at", "requested_by"),
    ),
    "drafts": ("user", "content"),
}
_BATCH = Column("Batch", "batch")
_SAMPLE = Column("Sample", "sample_id")
_STATE = Column("State", "status")
_REFERENCE = Column("Our reference", "our_reference")
_TEST = Column("Test", "test")
LISTS = {
    "samples": ListSpec(
        "/samples",
        "samples",
        "Samples",
        (
            Column("Sample", "sample_id", link="/samples"),
            Column("Kind", "type"),
            _BATCH,
            Column("Patient code", "patient_code"),
            Column("Donation", "donation_number"),
            Column("Received", "received_at", "time"),
            _STATE,
        ),
        (_BATCH,),
    ),
    "results": ListSpec(
        "/results",
        "results",
        "Results",
        (
            Column("Result no.", "result_id"),
            _BATCH,
            _SAMPLE,
            _TEST,
            Column("Value", "result"),
            Column("Unit", "unit"),
            Column("Low", "lower"),
            Column("High", "upper"),
            _STATE,
            Column("Tested", "tested_at", "time"),
            Column("Analyst", "analyst"),
            Column("Verified by", "reviewed_by"),
            Column("Procedure", "method"),
            Column("Occasion", "occasion"),
            Column("Investigation", "investigation"),
            Column("Reported", "reported"),
        ),
        (_BATCH, _TEST),
    ),
    "requests": ListSpec(
        "/requests",
        "requests",
        "Requests",
        (
            Column("Request number", "number"),
            _REFERENCE,
            _BATCH,
            _SAMPLE,
            _TEST,
            Column("Reason", "reason"),
            _STATE,
            Column("Requested", "requested_at", "time"),
            Column("Requested by", "requested_by"),
        ),
        (_REFERENCE, _BATCH),
    ),
}
FIELDS = {
    "our_reference": "Our reference",
    "batch": "Batch",
    "sample_id": "Sample",
    "test": "Test",
    "reason": "Reason",
}
MOST_ROWS = 200


def open_store(path: Path) -> Store:
    """Benchview's store; made when absent."""
    return Store(path, _TABLES)


def window(store: Store, name: str, filters: dict[str, str], offset: int, limit: int) -> dict[str, Any]:
    """Some rows of a list from `offset` on, its columns, and how many rows it has in all."""
    spec = LOOK.get().spec(LISTS[name])
    contains = wanted(spec, filters)
    rows = store.find(spec.table, contains, limit=min(max(limit, 1), MOST_ROWS), offset=max(offset, 0))
    return {
        "columns": [{"key": one.key, "header": one.header, "link": one.link, "kind": one.kind} for one in spec.columns],
        "rows": [told(spec, row) for row in rows],
        "offset": offset,
        "total": store.count(spec.table, contains),
    }


def wanted(spec: ListSpec, filters: dict[str, str]) -> dict[str, str]:
    """The filters that a list has, without those that are empty."""
    return {one.key: text for one in spec.filters if (text := filters.get(one.key, "").strip())}


def told(spec: ListSpec, row: Row) -> Row:
    """What the client is told of a row, under the keys of the list's columns."""
    return {one.key: row[one.key] for one in spec.columns}
