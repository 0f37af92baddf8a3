"""Change control as the MES takes and shows it."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.signatures import Signed


class Approvable(StrEnum):
    """What runs in production only when its content is approved."""

    RULE_SET = "rule_set"
    MODEL = "model"
    SUITE = "suite"
    SITE = "site"


class NewProposal(Message):
    """Put content forward for approval, as its author: whoever is logged in. `content_hash` is SHA-256, hexadecimal."""

    kind: Approvable
    name: Code
    version: str = Field(min_length=1, max_length=80)
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")


class ProposalView(View):
    """Content that its author put forward."""

    proposal_id: str
    kind: Approvable
    name: str
    version: str
    content_hash: str
    proposed_by: str
    proposed_at: Instant


class NewApproval(Signed):
    """Put content in force, signed, that somebody else put forward. `content_hash` is SHA-256, hexadecimal."""

    kind: Approvable
    name: Code
    version: str = Field(min_length=1, max_length=80)
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    reason: str = Field(min_length=3, max_length=1000)
    meaning: str = Field(min_length=3, max_length=200)


class Content(Message):
    """What a worker would run: the suite of a job, or the folder of a site; SHA-256 of its content, hexadecimal.

    `systems` are the systems (lims, erp) that the suite works on, or that the site stands for in the worker's settings.
    """

    kind: Literal[Approvable.SUITE, Approvable.SITE]
    name: Code
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    systems: tuple[Code, ...] | None = Field(default=None, max_length=50)


class ApprovalView(View):
    """An approval; the newest one of a kind and name is in force."""

    approval_id: str
    kind: Approvable
    name: str
    version: str
    content_hash: str
    prepared_by: str
    approved_by: str
    printed_name: str
    approved_at: Instant
    reason: str
    meaning: str
    signature_id: str
