"""What leaves the plant, and who does it.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class ShipmentRow(TypedDict):
    """A row of `shipments`."""

    batch_id: str
    document: str


class ShipmentColumns(TypedDict, total=False):
    """Some columns of `shipments`."""

    batch_id: str
    document: str


class ShipmentQuery(ShipmentColumns, Paging, total=False):
    """Which rows of `shipments`."""


class FilingRow(TypedDict):
    """A row of `filings`."""

    filing_id: str
    batch_id: str
    place: int
    form: str
    clause: str
    applies: bool
    why: str
    due_at: str | None
    status: str
    acknowledgement: str | None
    submitted_at: str | None
    document_sha256: str | None


class FilingColumns(TypedDict, total=False):
    """Some columns of `filings`."""

    filing_id: str
    batch_id: str
    place: int
    form: str
    clause: str
    applies: bool
    why: str
    due_at: str | None
    status: str
    acknowledgement: str | None
    submitted_at: str | None
    document_sha256: str | None


class FilingQuery(FilingColumns, Paging, total=False):
    """Which rows of `filings`."""


class WorkItemRow(TypedDict):
    """A row of `work_items`."""

    item_id: str
    place: int
    job: str
    business_key: str
    batch_id: str
    payload: str
    state: str
    attempts: int
    epoch: int
    worker: str | None
    lease_until: str | None
    created_at: str
    finished_at: str | None
    output: str | None
    family: str | None
    code: str | None
    message: str | None
    evidence: str | None
    due_at: str
    not_before: str | None


class WorkItemColumns(TypedDict, total=False):
    """Some columns of `work_items`."""

    item_id: str
    place: int
    job: str
    business_key: str
    batch_id: str
    payload: str
    state: str
    attempts: int
    epoch: int
    worker: str | None
    lease_until: str | None
    created_at: str
    finished_at: str | None
    output: str | None
    family: str | None
    code: str | None
    message: str | None
    evidence: str | None
    due_at: str
    not_before: str | None


class WorkItemQuery(WorkItemColumns, Paging, total=False):
    """Which rows of `work_items`."""


class EffectRow(TypedDict):
    """A row of `effects`."""

    effect_id: str
    site: str
    kind: str
    business_key: str
    revision: int
    batch_id: str
    item_id: str
    state: str
    created_at: str
    reference: str | None
    details: str
    epoch: int | None
    acted_at: str | None


class EffectColumns(TypedDict, total=False):
    """Some columns of `effects`."""

    effect_id: str
    site: str
    kind: str
    business_key: str
    revision: int
    batch_id: str
    item_id: str
    state: str
    created_at: str
    reference: str | None
    details: str
    epoch: int | None
    acted_at: str | None


class EffectQuery(EffectColumns, Paging, total=False):
    """Which rows of `effects`."""
