"""Checkpoints and proofs that were kept elsewhere, read from their files before anything is done with them."""

import json
from pathlib import Path
from typing import Any

from batchwright.support.errors import Refused
from mes_core.domain import checkpoints
from mes_core.domain.errors import Invalid

_MOST_BYTES = 200_000_000


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint that has the shape of one: a file that holds nothing is none, and compares with nothing.

    Raises:
        Refused: the file can't be read, or holds no checkpoint.
    """
    document: dict[str, Any] = read_document(path)
    try:
        checkpoints.check(document)
    except Invalid as error:
        raise Refused(f"{path}: {error}") from None
    return document


def read_document(path: Path) -> Any:
    """What a file holds as JSON.

    Raises:
        Refused: it can't be read, is too large, holds no JSON, or is nested too deep.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Refused(f"{path} is larger than any checkpoint: check the path.")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} can't be read ({error.strerror}): check the path.") from None
    except ValueError:
        raise Refused(f"{path} is no JSON: give a file that 'batchwright audit' has written.") from None
    except RecursionError:
        raise Refused(f"{path} is nested too deep: give a file that 'batchwright audit' has written.") from None
