"""Accounts, what they signed, and what the plant is set to.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class AccountRow(TypedDict):
    """A row of `accounts`."""

    user: str
    kind: str
    printed_name: str
    roles: str
    password_hash: str
    failures: int
    locked_until: str | None
    password_set_at: str | None


class AccountColumns(TypedDict, total=False):
    """Some columns of `accounts`."""

    user: str
    kind: str
    printed_name: str
    roles: str
    password_hash: str
    failures: int
    locked_until: str | None
    password_set_at: str | None


class AccountQuery(AccountColumns, Paging, total=False):
    """Which rows of `accounts`."""


class SessionRow(TypedDict):
    """A row of `sessions`."""

    token_hash: str
    user: str
    expires_at: str


class SessionColumns(TypedDict, total=False):
    """Some columns of `sessions`."""

    token_hash: str
    user: str
    expires_at: str


class SessionQuery(SessionColumns, Paging, total=False):
    """Which rows of `sessions`."""


class SignatureRow(TypedDict):
    """A row of `signatures`."""

    signature_id: str
    batch_id: str
    act: str
    subject: str
    content_hash: str
    meaning: str
    reason: str
    user: str
    printed_name: str
    at: str
    binding: str


class SignatureColumns(TypedDict, total=False):
    """Some columns of `signatures`."""

    signature_id: str
    batch_id: str
    act: str
    subject: str
    content_hash: str
    meaning: str
    reason: str
    user: str
    printed_name: str
    at: str
    binding: str


class SignatureQuery(SignatureColumns, Paging, total=False):
    """Which rows of `signatures`."""


class ApprovalRow(TypedDict):
    """A row of `approvals`."""

    approval_id: str
    batch_id: str
    kind: str
    name: str
    number: int
    version: str
    content_hash: str
    prepared_by: str
    approved_by: str
    printed_name: str
    approved_at: str
    reason: str
    meaning: str
    signature_id: str


class ApprovalColumns(TypedDict, total=False):
    """Some columns of `approvals`."""

    approval_id: str
    batch_id: str
    kind: str
    name: str
    number: int
    version: str
    content_hash: str
    prepared_by: str
    approved_by: str
    printed_name: str
    approved_at: str
    reason: str
    meaning: str
    signature_id: str


class ApprovalQuery(ApprovalColumns, Paging, total=False):
    """Which rows of `approvals`."""


class PlantSettingRow(TypedDict):
    """A row of `plant_settings`."""

    number: int
    name: str
    value: str
    reason: str
    set_by: str
    printed_name: str
    set_at: str
    signature_id: str


class PlantSettingColumns(TypedDict, total=False):
    """Some columns of `plant_settings`."""

    number: int
    name: str
    value: str
    reason: str
    set_by: str
    printed_name: str
    set_at: str
    signature_id: str


class PlantSettingQuery(PlantSettingColumns, Paging, total=False):
    """Which rows of `plant_settings`."""
