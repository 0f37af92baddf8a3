"""Versions of master records as records of their own."""

from typing import Any

from pydantic import Field

from mes_core.messages.record import BatchNumber, Day, Instant, Message, View
from mes_core.messages.signatures import Signed


class NewMaster(Message):
    """A version of a master record, as a draft. The document is what batches are made by: steps, limits, materials."""

    name: BatchNumber
    version: BatchNumber
    title: str = Field(min_length=3, max_length=500)
    document: dict[str, Any] = Field(min_length=1, max_length=200)


class ApproveMaster(Signed):
    """Approve a version, signed, from a day on."""

    effective_on: Day
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(default="I approve this version of the master record.", min_length=3, max_length=200)


class MasterView(View):
    """A version: `draft` until it is approved. `batches` counts those that were made by it."""

    master_id: str
    name: str
    version: str
    title: str
    content_hash: str
    state: str
    prepared_by: str
    registered_at: Instant
    effective_on: Day | None = None
    approved_by: str | None = None
    printed_name: str | None = None
    approved_at: Instant | None = None
    signature_id: str | None = None
    batches: int = 0
    document: dict[str, Any] = Field(default_factory=dict)
