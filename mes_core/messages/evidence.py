"""Messages about evidence on its way: attempts at an item, and capsules that are sent in parts."""

from base64 import b64decode
from typing import Annotated

from pydantic import AfterValidator, Field

from mes_core.messages.base import Message
from mes_core.messages.capsules import MOST_BYTES

PART = 1024 * 1024
"""Bytes of a capsule that are sent at once."""


def _is_base64(text: str) -> str:
    b64decode(text, validate=True)
    return text


class CapsulePart(Message):
    """A piece of the capsule of an attempt; without content it asks how much of it has arrived.

    Attributes:
        attempt: number of the attempt.
        name: of the capsule's folder, `ITEM-NUMBER`, with `.2` and so on where an attempt left several.
        size: bytes of the whole capsule.
        sha256: of the whole capsule.
        manifest_sha256: of its manifest.
        offset: where the piece begins, in bytes.
        content: the piece, Base64.
    """

    attempt: int = Field(ge=1, le=100_000)
    name: str = Field(max_length=300)
    size: int = Field(ge=1, le=MOST_BYTES)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    manifest_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    offset: int = Field(default=0, ge=0, le=MOST_BYTES)
    content: Annotated[str, Field(max_length=(PART + 2) // 3 * 4), AfterValidator(_is_base64)] = ""


class CapsuleView(Message):
    """How much of a capsule has arrived, in bytes, and whether it is whole, checked and kept."""

    path: str
    received: int
    kept: bool


class AttemptView(Message):
    """An attempt at an item as the audit trail tells of it.

    Attributes:
        attempt: its number.
        worker: stable name of the worker that had it.
        folder: the folder of its evidence, below the batch; empty while nothing is known of it.
        sha256: of its manifest; empty where it was never told: the attempt runs, or its worker died.
        capsule_sha256: of its capsule, as far as it was told.
        kept: whether the MES holds the capsule.
    """

    attempt: int
    worker: str
    folder: str = ""
    sha256: str = ""
    capsule_sha256: str = ""
    kept: bool = False
