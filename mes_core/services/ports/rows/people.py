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
    person: str | None
    disabled_at: str | None


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
    person: str | None
    disabled_at: str | None


class AccountQuery(AccountColumns, Paging, total=False):
    """Which rows of `accounts`."""


class AliasRow(TypedDict):
    """A row of `aliases`."""

    name_key: str
    name: str
    user: str | None
    mapped_by: str
    mapped_at: str


class AliasColumns(TypedDict, total=False):
    """Some columns of `aliases`."""

    name_key: str
    name: str
    user: str | None
    mapped_by: str
    mapped_at: str


class AliasQuery(AliasColumns, Paging, total=False):
    """Which rows of `aliases`."""


class SessionRow(TypedDict):
    """A row of `sessions`."""

    token_hash: str
    user: str
    expires_at: str
    audience: str | None


class SessionColumns(TypedDict, total=False):
    """Some columns of `sessions`."""

    token_hash: str
    user: str
    expires_at: str
    audience: str | None


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
    account_seal: str | None


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
    account_seal: str | None


class SignatureQuery(SignatureColumns, Paging, total=False):
    """Which rows of `signatures`."""


class ProposalRow(TypedDict):
    """A row of `proposals`."""

    proposal_id: str
    batch_id: str
    kind: str
    name: str
    version: str
    content_hash: str
    proposed_by: str
    proposed_at: str


class ProposalColumns(TypedDict, total=False):
    """Some columns of `proposals`."""

    proposal_id: str
    batch_id: str
    kind: str
    name: str
    version: str
    content_hash: str
    proposed_by: str
    proposed_at: str


class ProposalQuery(ProposalColumns, Paging, total=False):
    """Which rows of `proposals`."""


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
