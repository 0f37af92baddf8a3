"""Filings, and what they rest on.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


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
    clock_id: str | None
    unit_kind: str | None
    unit: str | None
    jurisdiction: str | None
    authority: str | None
    event_id: str | None
    version: int | None
    plan_by: str | None
    begins: str | None
    ends: str | None
    undecided: str | None
    draft_number: int | None
    draft_hash: str | None
    approved_by: str | None
    approved_at: str | None
    signature_id: str | None
    attempt: int | None
    accepted_at: str | None
    answer: str | None


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
    clock_id: str | None
    unit_kind: str | None
    unit: str | None
    jurisdiction: str | None
    authority: str | None
    event_id: str | None
    version: int | None
    plan_by: str | None
    begins: str | None
    ends: str | None
    undecided: str | None
    draft_number: int | None
    draft_hash: str | None
    approved_by: str | None
    approved_at: str | None
    signature_id: str | None
    attempt: int | None
    accepted_at: str | None
    answer: str | None


class FilingQuery(FilingColumns, Paging, total=False):
    """Which rows of `filings`."""


class FilingEventRow(TypedDict):
    """A row of `filing_events`."""

    event_id: str
    version: int
    batch_id: str
    kind: str
    source: str
    source_key: str
    case_id: str | None
    state: str
    document: str
    recorded_at: str
    recorded_by: str
    reason: str | None
    signature_id: str | None


class FilingEventColumns(TypedDict, total=False):
    """Some columns of `filing_events`."""

    event_id: str
    version: int
    batch_id: str
    kind: str
    source: str
    source_key: str
    case_id: str | None
    state: str
    document: str
    recorded_at: str
    recorded_by: str
    reason: str | None
    signature_id: str | None


class FilingEventQuery(FilingEventColumns, Paging, total=False):
    """Which rows of `filing_events`."""


class FilingDraftRow(TypedDict):
    """A row of `filing_drafts`."""

    filing_id: str
    number: int
    batch_id: str
    content_hash: str
    document: str
    drafted_at: str
    drafted_by: str


class FilingDraftColumns(TypedDict, total=False):
    """Some columns of `filing_drafts`."""

    filing_id: str
    number: int
    batch_id: str
    content_hash: str
    document: str
    drafted_at: str
    drafted_by: str


class FilingDraftQuery(FilingDraftColumns, Paging, total=False):
    """Which rows of `filing_drafts`."""


class FilingAnswerRow(TypedDict):
    """A row of `filing_answers`."""

    filing_id: str
    number: int
    batch_id: str
    kind: str
    attempt: int
    reference: str
    at: str
    reasons: str
    document_sha256: str | None
    recorded_at: str
    recorded_by: str


class FilingAnswerColumns(TypedDict, total=False):
    """Some columns of `filing_answers`."""

    filing_id: str
    number: int
    batch_id: str
    kind: str
    attempt: int
    reference: str
    at: str
    reasons: str
    document_sha256: str | None
    recorded_at: str
    recorded_by: str


class FilingAnswerQuery(FilingAnswerColumns, Paging, total=False):
    """Which rows of `filing_answers`."""


class LicenceRow(TypedDict):
    """A row of `licences`."""

    licence_id: str
    version: int
    batch_id: str
    jurisdiction: str
    product: str
    document: str
    recorded_at: str
    recorded_by: str
    signature_id: str


class LicenceColumns(TypedDict, total=False):
    """Some columns of `licences`."""

    licence_id: str
    version: int
    batch_id: str
    jurisdiction: str
    product: str
    document: str
    recorded_at: str
    recorded_by: str
    signature_id: str


class LicenceQuery(LicenceColumns, Paging, total=False):
    """Which rows of `licences`."""
