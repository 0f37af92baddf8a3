"""What leaves the plant, and who does it.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class ShipmentRow(TypedDict):
    """A row of `shipments`."""

    batch_id: str
    document: str
    booking: str | None


class ShipmentColumns(TypedDict, total=False):
    """Some columns of `shipments`."""

    batch_id: str
    document: str
    booking: str | None


class ShipmentQuery(ShipmentColumns, Paging, total=False):
    """Which rows of `shipments`."""


class JourneyRecordRow(TypedDict):
    """A row of `journey_records`."""

    record_id: str
    batch_id: str
    kind: str
    name: str
    number: int
    document: str
    content_hash: str
    made_by: str
    printed_name: str
    made_at: str
    signature_id: str | None


class JourneyRecordColumns(TypedDict, total=False):
    """Some columns of `journey_records`."""

    record_id: str
    batch_id: str
    kind: str
    name: str
    number: int
    document: str
    content_hash: str
    made_by: str
    printed_name: str
    made_at: str
    signature_id: str | None


class JourneyRecordQuery(JourneyRecordColumns, Paging, total=False):
    """Which rows of `journey_records`."""


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


class LeaseRow(TypedDict):
    """A row of `leases`."""

    item_id: str
    epoch: int
    until: str
    steps: str | None


class LeaseColumns(TypedDict, total=False):
    """Some columns of `leases`."""

    item_id: str
    epoch: int
    until: str
    steps: str | None


class LeaseQuery(LeaseColumns, Paging, total=False):
    """Which rows of `leases`."""


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
