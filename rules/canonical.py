"""One sequence of bytes for one value, and its hash: years later it can be shown what a verdict rested on."""

import hashlib
from typing import Any

import orjson

from rules.errors import BadFact

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def canonical(value: Any) -> bytes:
    """JSON in UTF-8 with sorted keys and no spaces.

    Raises:
        BadFact: the value holds NaN, infinity, or something that JSON has no word for; says where.
    """
    try:
        written = orjson.dumps(value, option=_OPTIONS)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadFact(f"The facts can't be written down ({error}): give plain JSON values.") from None
    # The writer turns NaN and infinity into null: where a null stands, each float is looked at.
    if b"null" in written and _unwritable(value):
        place = _place_of_unwritable(value, "")
        raise BadFact(f"{place} is NaN or infinite, which is no value: correct it where it was recorded.")
    return written


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal.

    Raises:
        BadFact: as `canonical`.
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def _unwritable(value: Any) -> bool:
    left = [value]
    while left:
        one = left.pop()
        kind = one.__class__
        if kind is dict:
            left += one.values()
        elif kind is list or kind is tuple:
            left += one
        elif kind is float and one - one != 0.0:
            return True
    return False


def _place_of_unwritable(value: Any, path: str) -> str:
    if isinstance(value, dict):
        parts = [(f"{path}.{key}" if path else str(key), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{path}[{number}]", one) for number, one in enumerate(value, start=1)]
    else:
        return path or "The value"
    return next(_place_of_unwritable(one, place) for place, one in parts if _unwritable(one))
