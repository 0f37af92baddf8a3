"""The audit trail, what is due, and requests that were answered.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class AuditRow(TypedDict):
    """A row of `audit`."""

    batch_id: str
    number: int
    at: str
    user: str
    action: str
    subject: str
    old: str | None
    new: str | None
    why: str | None
    seals: str | None
    previous_hash: str
    entry_hash: str


class AuditColumns(TypedDict, total=False):
    """Some columns of `audit`."""

    batch_id: str
    number: int
    at: str
    user: str
    action: str
    subject: str
    old: str | None
    new: str | None
    why: str | None
    seals: str | None
    previous_hash: str
    entry_hash: str


class AuditQuery(AuditColumns, Paging, total=False):
    """Which rows of `audit`."""


class CheckpointRow(TypedDict):
    """A row of `checkpoints`."""

    number: int
    made_at: str
    document: str


class CheckpointColumns(TypedDict, total=False):
    """Some columns of `checkpoints`."""

    number: int
    made_at: str
    document: str


class CheckpointQuery(CheckpointColumns, Paging, total=False):
    """Which rows of `checkpoints`."""


class DueItemRow(TypedDict):
    """A row of `due_items`."""

    due_id: str
    batch_id: str
    kind: str
    subject: str
    text: str
    role: str
    clause: str
    opened_at: str
    due_at: str
    state: str
    level: int
    done_at: str | None
    done_by: str | None
    note: str | None
    signature_id: str | None
    owner: str | None


class DueItemColumns(TypedDict, total=False):
    """Some columns of `due_items`."""

    due_id: str
    batch_id: str
    kind: str
    subject: str
    text: str
    role: str
    clause: str
    opened_at: str
    due_at: str
    state: str
    level: int
    done_at: str | None
    done_by: str | None
    note: str | None
    signature_id: str | None
    owner: str | None


class DueItemQuery(DueItemColumns, Paging, total=False):
    """Which rows of `due_items`."""


class DueNoticeRow(TypedDict):
    """A row of `due_notices`."""

    notice_id: str
    due_id: str
    batch_id: str
    level: int
    to_role: str
    text: str
    planned_at: str
    told_at: str


class DueNoticeColumns(TypedDict, total=False):
    """Some columns of `due_notices`."""

    notice_id: str
    due_id: str
    batch_id: str
    level: int
    to_role: str
    text: str
    planned_at: str
    told_at: str


class DueNoticeQuery(DueNoticeColumns, Paging, total=False):
    """Which rows of `due_notices`."""


class RequestRow(TypedDict):
    """A row of `requests`."""

    user: str
    request_key: str
    request_hash: str
    at: str
    status: int | None
    answer: str | None


class RequestColumns(TypedDict, total=False):
    """Some columns of `requests`."""

    user: str
    request_key: str
    request_hash: str
    at: str
    status: int | None
    answer: str | None


class RequestQuery(RequestColumns, Paging, total=False):
    """Which rows of `requests`."""


class ClockRow(TypedDict):
    """A row of `clock`."""

    name: str
    at: str


class ClockColumns(TypedDict, total=False):
    """Some columns of `clock`."""

    name: str
    at: str


class ClockQuery(ClockColumns, Paging, total=False):
    """Which rows of `clock`."""
