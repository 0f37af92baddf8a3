"""The hash chain of an audit trail: each entry carries the hash of the one before it, and seals of rows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from mes_core.domain.errors import Invalid

GENESIS = "0" * 64
CLOCK_SET = "clock taken as it is"
"""The entry by which somebody says that the clock was wrong before; times begin anew with it."""
_TOLERANCE_S = 60.0
_FIELDS = ("batch_id", "number", "at", "user", "action", "subject", "old", "new", "why", "previous_hash")
_sealed_fields = itemgetter(*_FIELDS[:-1], "seals", "previous_hash")


def canonical(value: Any) -> str:
    """One text for one value: sorted keys, no spaces.

    Raises:
        Invalid: it holds a number that is not finite.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Invalid("A number that is not finite (NaN or infinite) can't be stored: leave it out.") from None


def canonical_document(document: Mapping[str, Any]) -> str:
    """The text that `canonical` gives, four times as fast, for the document of a message.

    Messages hold finite numbers only, which is what `canonical` looks for and this does not. The quick writer words
    very large and very small numbers in another way, so a text that might hold one is left to `canonical`.
    """
    try:
        content = orjson.dumps(document, option=_AS_CANONICAL)
    except TypeError:  # orjson.JSONEncodeError is one: a number of more than 64 bits, or half of a character
        return canonical(document)
    if _SMALL in content or b"0e0" in content.translate(_SHAPES):
        return canonical(document)
    return content.decode()


_AS_CANONICAL = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_SMALL = b"0.0000"
_SHAPES = bytes(
    ord("0") if chr(code) in "0123456789-" else ord("e") if chr(code) == "e" else ord(" ") for code in range(256)
)
"""Every byte as what it could be in a number with an exponent: a digit or its sign, the `e`, or nothing of it."""


def digest(value: Any) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return text_digest(canonical(value))


def text_digest(text: str) -> str:
    """SHA-256 of a text that is canonical already."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Hash of one stored entry over all its fields, the hash of the entry before it included.

    It is SHA-256 over a JSON array of the fields as they are stored (documents as their texts), without spaces. Entries
    from before there were seals hash the canonical text of a JSON object with the documents read.
    """
    if entry["seals"] is not None:
        return fields_hash(_sealed_fields(entry))
    return digest({name: _read(entry[name]) if name in ("old", "new") else entry[name] for name in _FIELDS})


def fields_hash(fields: tuple[Any, ...]) -> str:
    """Hash of an entry with seals, from its fields in the order batch to why, then seals and the hash before it."""
    return hashlib.sha256(orjson.dumps(fields)).hexdigest()


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return ["unreadable", text]


def seal(row: Mapping[str, Any], *, leave_out: frozenset[str] = frozenset()) -> str:
    """Hash of one row of a table, by which the audit trail vouches for it.

    Empty columns are left out, so that a column that a later version adds does not break the seals of before.
    """
    columns = sorted(name for name, value in row.items() if name not in leave_out and value is not None)
    return hashlib.sha256(orjson.dumps([[name, row[name]] for name in columns], default=_bytes)).hexdigest()


def _bytes(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"{type(value).__name__} is nothing that a table holds")


def problems(entries: Sequence[Mapping[str, Any]], resets: Sequence[tuple[str, str]] = ()) -> list[str]:
    """What is wrong with one chain of stored entries, in its order; empty when it is whole.

    A tail that was cut off does not show here: that takes a checkpoint kept elsewhere.

    Args:
        entries: the chain.
        resets: where somebody said that the clock was ahead: the newest time until then, and the time since.
    """
    found: list[str] = []
    previous = GENESIS
    for place, entry in enumerate(entries, start=1):
        where = f"{chain_name(entry['batch_id'])}, entry {entry['number']}"
        if entry["number"] != place:
            found.append(f"{where}: entry {place} is missing or out of order.")
        if entry["previous_hash"] != previous:
            found.append(f"{where}: does not follow the entry before it.")
        if entry["entry_hash"] != entry_hash(entry):
            found.append(f"{where}: was changed after it was written.")
        if place > 1 and _went_back(entries[place - 2]["at"], entry["at"], resets):
            found.append(f"{where}: is dated before the entry before it: the clock of the server went back.")
        previous = entry["entry_hash"]
    return found


def _went_back(before: str, after: str, resets: Sequence[tuple[str, str]]) -> bool:
    """Whether an entry is dated before the one before it, and nobody said why. What is no time, its hash tells of."""
    try:
        seconds = (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()
    except (ValueError, TypeError):
        return False
    return seconds < -_TOLERANCE_S and not any(before <= old and new <= after for old, new in resets)


def chain_name(chain: str) -> str:
    """A chain in words: of a batch, or one of the system's own."""
    return f"chain {chain}" if chain.startswith(("system:", "(")) else f"batch {chain}"
