"""The hash chain of an audit trail: each entry carries the hash of the one before it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mes_core.domain.errors import Invalid

GENESIS = "0" * 64
_FIELDS = ("batch_id", "number", "at", "user", "action", "subject", "old", "new", "why", "previous_hash")


def canonical(value: Any) -> str:
    """One text for one value: sorted keys, no spaces.

    Raises:
        Invalid: it holds a number that is not finite.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Invalid("A number that is not finite (NaN or infinite) can't be stored: leave it out.") from None


def digest(value: Any) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Hash of one entry over all its fields, the hash of the entry before it included."""
    return digest({name: entry[name] for name in _FIELDS})


def problems(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the chain of one batch, in its order; empty when it is whole.

    A tail that was cut off does not show here: that takes a checkpoint kept elsewhere.
    """
    found: list[str] = []
    previous = GENESIS
    for place, entry in enumerate(entries, start=1):
        where = f"batch {entry['batch_id']}, entry {entry['number']}"
        if entry["number"] != place:
            found.append(f"{where}: entry {place} is missing or out of order.")
        if entry["previous_hash"] != previous:
            found.append(f"{where}: does not follow the entry before it.")
        if entry["entry_hash"] != entry_hash(entry):
            found.append(f"{where}: was changed after it was written.")
        previous = entry["entry_hash"]
    return found
