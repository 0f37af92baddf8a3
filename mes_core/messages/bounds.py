"""Bounds that every message has by itself, so that no sender's value can break what others wait for.

A field says what is special about it; what it doesn't say is bounded here: texts hold no NUL and no half of a
character and end somewhere, whole numbers fit a column, times and days lie where batches can, documents are neither
deep nor endless. Bounds are added to the schema that pydantic compiles, so they cost nothing beside it, stand in the
OpenAPI document, and can't be forgotten by the next message.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import core_schema

LONGEST_TEXT = 20_000
"""Characters of a text whose field says nothing else."""
LONGEST_LIST = 20_000
LARGEST_NUMBER = 2**31 - 1
"""What a column for whole numbers holds, on every kind of store."""
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times and days lie in between: no batch, calibration or filing has others, and arithmetic with them can't overflow.

Systems write 0001-01-01 and 9999-12-31 for "none" and "never": that is no day, and has to be left out.
"""
DEEPEST = 20
"""Lists and objects within each other, in a document that a sender shapes."""
MOST_PARTS = 200_000
"""Values in such a document, those within each other included."""
MOST_BYTES = 256 * 1024
"""Of a small document, as JSON: lists show hundreds of them at once."""
_LONGEST_PLACE = 160
_WHOLE = r"^[^\x00]*$"
_LARGEST_WHOLE = 2**63 - 1
_INNER = frozenset({"metadata", "serialization", "config", "cls", "ref", "function"})


def plain(value: Any) -> Any:
    """A document as its sender shaped it, when it can be kept and shown.

    Raises:
        ValueError: it is too deep or too large, or holds a text or a number that no store keeps.
    """
    parts = 0
    level, depth = [value], 0
    while level:
        parts += len(level)
        if depth > DEEPEST:
            raise ValueError(f"it holds lists and objects more than {DEEPEST} deep in each other")
        if parts > MOST_PARTS:
            raise ValueError(f"it holds more than {MOST_PARTS} values")
        level, depth = [inner for one in level for inner in _inner(one)], depth + 1
    return value


def _inner(value: Any) -> list[Any]:
    """What a value holds; a plain one holds nothing, and is looked at."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, str):
        _whole(value)
    elif isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
        raise ValueError("it holds a whole number of more than 64 bits")
    elif isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise ValueError("it holds a number that is not finite")
    return []


def _whole(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"it holds a text of more than {LONGEST_TEXT} characters")
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character (a lone surrogate)") from None


def _small(document: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(plain(document), default=str)) > MOST_BYTES:
        raise ValueError(f"it takes more than {MOST_BYTES // 1024} KiB")
    return document


Small = Annotated[dict[str, Any], AfterValidator(_small)]
"""A document that goes along with something else: the payload of a work item, what a bot handed over."""


def place_of(error: Mapping[str, Any], between: str = "/") -> str:
    """Where it is, for a person: a name that somebody sent may be as long as they liked.

    Args:
        error: one of `ValidationError.errors()`.
        between: what stands between the parts.
    """
    place = between.join(str(part) for part in error.get("loc", ()))
    return place if len(place) <= _LONGEST_PLACE else f"{place[:_LONGEST_PLACE]}..."


def in_words(error: Mapping[str, Any]) -> str:
    """What pydantic found wrong, for a person.

    Args:
        error: one of `ValidationError.errors()`.
    """
    kind, said = error.get("type"), str(error.get("msg", "")).removeprefix("Value error, ")
    if kind == "string_pattern_mismatch" and error.get("ctx", {}).get("pattern") == _WHOLE:
        return "it holds a NUL character"
    if kind == "string_unicode":
        return "it holds half of a character (a lone surrogate)"
    bound = error.get("ctx", {}).get("ge", error.get("ctx", {}).get("le"))
    if isinstance(bound, str) and bound[:10] in (f"{FIRST:%Y-%m-%d}", f"{LAST:%Y-%m-%d}"):
        years = f"{FIRST.year} to {LAST.year - 1}"
        return f"it lies outside the years {years} (where there is no such day, leave it out)"
    return said


def bounded(schema: Any) -> Any:
    """The schema of one message, with a bound for whatever its fields set none; inner messages have their own."""
    return _bound(schema, outer=True)


def _bound(node: Any, *, outer: bool = False) -> Any:
    if isinstance(node, list | tuple):
        return type(node)(_bound(one) for one in node)
    if not isinstance(node, dict):
        return node
    kind = node.get("type")
    if kind == "model" and not outer:
        return node
    if kind == "any" or (kind == "dict" and (node.get("values_schema") or {"type": "any"})["type"] == "any"):
        return core_schema.no_info_after_validator_function(plain, node)
    if node.get("function") == {"type": "no-info", "function": plain}:
        return node
    inner_outer = outer and kind != "model"
    made = {name: one if name in _INNER else _bound(one, outer=inner_outer) for name, one in node.items()}
    for name, bound in _DEFAULTS.get(kind if isinstance(kind, str) else "", {}).items():
        made.setdefault(name, bound)
    return made


_DEFAULTS: dict[str, dict[str, Any]] = {
    "str": {"max_length": LONGEST_TEXT, "pattern": _WHOLE},
    "int": {"ge": -LARGEST_NUMBER, "le": LARGEST_NUMBER},
    "datetime": {"ge": FIRST, "le": LAST},
    "date": {"ge": date(FIRST.year, 1, 1), "le": date(LAST.year, 1, 1)},
    "list": {"max_length": LONGEST_LIST},
    "tuple": {"max_length": LONGEST_LIST},
    "dict": {"max_length": LONGEST_LIST},
}
