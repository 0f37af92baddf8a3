"""Places in a record, as people name them: `parameters/harvest_volume/text`, `steps/S03/checker`, `materials/2/lot`."""

import copy
from typing import Any

from mes_core.messages.record import RECORD_LISTS
from mes_core.spelling.numbers import kept_number, plain_number, written


class NoSuchPlace(LookupError):  # noqa: N818 - named for what happened
    """The record has no such place; says which part of it is unknown."""


def read(document: dict[str, Any], path: str) -> Any:
    """What stands at a place.

    Raises:
        NoSuchPlace: nothing can stand there.
    """
    place: Any = document
    parts = path.split("/")
    for depth, part in enumerate(parts):
        place = _step(place, part, parts[depth - 1] if depth else "")
    return place


def replaced(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the document with another value at a place.

    Raises:
        NoSuchPlace: nothing can stand there.
    """
    changed = copy.deepcopy(document)
    *way, last = path.split("/")
    place: Any = read(changed, "/".join(way)) if way else changed
    if not isinstance(place, dict) or last not in place:
        raise NoSuchPlace(f"{last!r} is no field here")
    if last == "text" and "value" in place and not _names_something(place):
        place["value"] = kept_number(value) if isinstance(value, str) else None
    elif last == "value" and "text" in place:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        place["text"] = None if value is None else written(value) if is_number else str(value)
    place[last] = value
    return changed


def _names_something(place: dict[str, Any]) -> bool:
    """Whether digits stand there that were never taken as a number: a serial number, a lot."""
    text = place.get("text")
    return place["value"] is None and isinstance(text, str) and plain_number(text) is not None


def _step(place: Any, part: str, above: str) -> Any:
    if isinstance(place, dict) and part in place:
        return place[part]
    if isinstance(place, list):
        name = RECORD_LISTS.get(above, "")
        found = [one for one in place if isinstance(one, dict) and name and one.get(name) == part]
        if len(found) == 1:
            return found[0]
        if part.isascii() and part.isdecimal() and 1 <= int(part) <= len(place):
            return place[int(part) - 1]
        if len(found) > 1:
            raise NoSuchPlace(f"{part!r} stands there {len(found)} times; use its number, from 1")
    raise NoSuchPlace(f"{part!r} is unknown")
