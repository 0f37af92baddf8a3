"""What an instrument says of one quantity: a number, a bound such as `< 0.05`, or words in the place of both."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mes_core.spelling.numbers import bound, plain_number


class Said(NamedTuple):
    """A value with the sign of a bound (`<`, `<=`, `>`, `>=`; empty for the value itself), and the words of the
    instrument against it; no value: the words say why there is none."""

    value: float | None
    sign: str = ""
    words: str = ""


class Objection(NamedTuple):
    """Words of an instrument, and what they are about, as it says."""

    words: str
    about: str


def said_of(value: Any, own: Sequence[str], general: Sequence[str]) -> Said:
    """Read one quantity together with what the instrument says against it.

    Args:
        value: as it stands in the file; converters write -0.0 where an instrument gave no number but a remark.
        own: words of the instrument about this quantity; a bound among them stands for a number that isn't there.
        general: words about the measurement as a whole.
    """
    number = _number(value)
    if number is not None:
        return Said(number, words=_joined(own, general))
    if isinstance(value, str) and value.strip():
        return _of_text(" ".join(value.split()), _joined(own, general))
    bounds = {found for words in own if (found := _bounded(words)) is not None}
    if len(bounds) == 1:
        others = [words for words in own if _bounded(words) is None]
        return bounds.pop()._replace(words=_joined(others, general))
    words = _joined(own, general)
    return Said(None, words=f"has no number ({words})" if words else "has no number")


def _joined(own: Sequence[str], general: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys((*own, *general)))


def attributed(objections: Sequence[Objection], names: Sequence[tuple[str, str]]) -> tuple[list[list[str]], list[str]]:
    """What is said against each quantity of a measurement, and what against all of them.

    Args:
        objections: everything that is said.
        names: name of each quantity, and its analyte (empty where there is none).

    Returns:
        words by quantity, in the order of the names; words that name none of them, which are about all.
    """
    own: list[list[str]] = [[] for _ in names]
    general: list[str] = []
    for one in objections:
        places = [place for place, (test, analyte) in enumerate(names) if _is_about(one.about, test, analyte)]
        for place in places:
            own[place].append(one.words)
        if not places:
            general.append(one.words)
    return own, general


def _of_text(text: str, others: str) -> Said:
    """A value that stands there as a text."""
    number = plain_number(text)
    if number is not None:
        return Said(number, words=others)
    found = _bounded(text)
    if found is not None:
        return found._replace(words=others)
    return Said(None, words=f"has no number ({text[:80]})")


def _is_about(feature: str, test: str, analyte: str) -> bool:
    said = feature.casefold().strip()
    names = [one.casefold() for one in (analyte, test, test.partition(" (")[0]) if one]
    return bool(said) and any(said == one or said.startswith(f"{one} ") or one.startswith(f"{said} ") for one in names)


def _bounded(words: str) -> Said | None:
    found = bound(words)
    value = plain_number(found[1]) if found else None
    return None if found is None or value is None else Said(value, found[0])


def _number(value: Any) -> float | None:
    """A number that was measured; None for what is none, is not finite, or is -0.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and math.copysign(1.0, number) * (number == 0) >= 0 else None
