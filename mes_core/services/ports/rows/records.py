"""Batches, their records, and what was read about them elsewhere.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class BatchRow(TypedDict):
    """A row of `batches`."""

    batch_id: str
    kind: str
    state: str
    record_version: int
    record_hash: str
    changed_at: str
    record: str
    verdict_id: str | None
    verdict: str | None
    skeleton: str | None
    infusion_on: str | None


class BatchColumns(TypedDict, total=False):
    """Some columns of `batches`."""

    batch_id: str
    kind: str
    state: str
    record_version: int
    record_hash: str
    changed_at: str
    record: str
    verdict_id: str | None
    verdict: str | None
    skeleton: str | None
    infusion_on: str | None


class BatchQuery(BatchColumns, Paging, total=False):
    """Which rows of `batches`."""


class RecordVersionRow(TypedDict):
    """A row of `record_versions`."""

    batch_id: str
    version: int
    record_hash: str
    record: str
    stored_at: str
    stored_by: str


class RecordVersionColumns(TypedDict, total=False):
    """Some columns of `record_versions`."""

    batch_id: str
    version: int
    record_hash: str
    record: str
    stored_at: str
    stored_by: str


class RecordVersionQuery(RecordVersionColumns, Paging, total=False):
    """Which rows of `record_versions`."""


class IdentityRow(TypedDict):
    """A row of `identities`."""

    batch_id: str
    kind: str
    number: str
    about: str


class IdentityColumns(TypedDict, total=False):
    """Some columns of `identities`."""

    batch_id: str
    kind: str
    number: str
    about: str


class IdentityQuery(IdentityColumns, Paging, total=False):
    """Which rows of `identities`."""


class ObservationRow(TypedDict):
    """A row of `observations`."""

    batch_id: str
    system: str
    name: str
    content_hash: str
    document: str


class ObservationColumns(TypedDict, total=False):
    """Some columns of `observations`."""

    batch_id: str
    system: str
    name: str
    content_hash: str
    document: str


class ObservationQuery(ObservationColumns, Paging, total=False):
    """Which rows of `observations`."""


class FactRow(TypedDict):
    """A row of `facts`."""

    facts_hash: str
    batch_id: str
    document: bytes


class FactColumns(TypedDict, total=False):
    """Some columns of `facts`."""

    facts_hash: str
    batch_id: str
    document: bytes


class FactQuery(FactColumns, Paging, total=False):
    """Which rows of `facts`."""


class MasterRecordRow(TypedDict):
    """A row of `master_records`."""

    master_id: str
    batch_id: str
    name: str
    version: str
    title: str
    content_hash: str
    document: str
    state: str
    prepared_by: str
    registered_at: str
    effective_on: str | None
    approved_by: str | None
    printed_name: str | None
    approved_at: str | None
    signature_id: str | None


class MasterRecordColumns(TypedDict, total=False):
    """Some columns of `master_records`."""

    master_id: str
    batch_id: str
    name: str
    version: str
    title: str
    content_hash: str
    document: str
    state: str
    prepared_by: str
    registered_at: str
    effective_on: str | None
    approved_by: str | None
    printed_name: str | None
    approved_at: str | None
    signature_id: str | None


class MasterRecordQuery(MasterRecordColumns, Paging, total=False):
    """Which rows of `master_records`."""


class MasterBindingRow(TypedDict):
    """A row of `master_bindings`."""

    batch_id: str
    master_id: str
    content_hash: str
    bound_at: str


class MasterBindingColumns(TypedDict, total=False):
    """Some columns of `master_bindings`."""

    batch_id: str
    master_id: str
    content_hash: str
    bound_at: str


class MasterBindingQuery(MasterBindingColumns, Paging, total=False):
    """Which rows of `master_bindings`."""
