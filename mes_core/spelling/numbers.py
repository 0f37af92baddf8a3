"""Numbers as texts: ASCII digits, one decimal mark for a whole table, nothing guessed.

`1,271` is a thousand and more in one country and a little over one in another. A table has one notation; which one
follows from the cells that can be read in one way only, and where none tells, a person says it.
"""

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

_MINUS = str.maketrans("\u2212", "-")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FIGURE = re.compile(
    r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[.,'\u2019 \u00a0\u202f\u2009][0-9]{3})+)?(?:[.,][0-9]*)?(?:[eE][+-]?[0-9]+)?"
)
_SURE_DIGITS = 15
"""Whole numbers of so many digits are themselves as a float."""
_BLANKS = "'\u2019 \u00a0\u202f\u2009"
_BOUND = re.compile(r"(<=|>=|=<|=>|[≤≥≦≧⩽⩾＜＞<>])\s*(.+)")
_SIGNS = {
    **dict.fromkeys(("≤", "≦", "⩽", "=<"), "<="),
    **dict.fromkeys(("≥", "≧", "⩾", "=>"), ">="),
    "＜": "<",
    "＞": ">",
}


class Notation(StrEnum):
    """Which mark stands before the decimals; the other one, an apostrophe or a blank parts thousands."""

    POINT = "point"
    COMMA = "comma"


def plain_number(text: str) -> float | None:
    """The finite number that a text in plain notation is (`12.5`, `-1e-3`, `.5`); None for everything else.

    Python's own `1_000`, digits of other scripts, `inf` and `nan` are none here.
    """
    cleaned = text.strip().translate(_MINUS)
    if not _PLAIN.fullmatch(cleaned):
        return None
    value = float(cleaned)
    return value if math.isfinite(value) else None


def kept_number(text: str) -> float | None:
    """As `plain_number`; None too for whole numbers of more digits than a number keeps, as those of a long code."""
    value, cleaned = plain_number(text), text.strip().translate(_MINUS)
    whole = value is not None and cleaned.lstrip("+-").isdecimal()
    return None if whole and len(cleaned) > _SURE_DIGITS and Decimal(cleaned) != Decimal(value or 0.0) else value


def written(value: float) -> str:
    """A number with all its digits, as people write it: `5`, `1234567.891`, `1e+300`; read back it is the same."""
    text = repr(float(value) + 0.0)  # nobody writes minus nought
    return text.removesuffix(".0")


def bound(text: str) -> tuple[str, str] | None:
    """Sign and number of a bound: `≤ 0,05` is `<=` and `0,05`; None where the text begins with no such sign."""
    found = _BOUND.fullmatch(text.strip())
    return (_SIGNS.get(found[1], found[1]), found[2].strip()) if found else None


def is_figure(text: str) -> bool:
    """Whether a text looks like a number in any notation, thousands parted or not."""
    cleaned = text.strip().translate(_MINUS)
    return any(one.isdigit() for one in cleaned) and _FIGURE.fullmatch(cleaned) is not None


def in_plain(text: str, notation: Notation) -> str | None:
    """A number in plain notation (point, no thousands); None where it is none in this notation."""
    cleaned = text.strip().translate(_MINUS)
    mark, other = (".", ",") if notation is Notation.POINT else (",", ".")
    mantissa, e, exponent = cleaned.replace("E", "e").partition("e")
    whole, point, decimals = mantissa.partition(mark)
    if any(one in decimals for one in f"{mark}{other}{_BLANKS}"):
        return None
    parts = _groups(whole, other)
    if parts is None:
        return None
    made = f"{parts}{'.' if point else ''}{decimals}{e}{exponent}"
    return made if plain_number(made) is not None else None


def _groups(whole: str, separator: str) -> str | None:
    """The digits before the decimal mark, their thousands joined; None where they are not parted by threes."""
    used = {one for one in whole if one in f"{separator}{_BLANKS}"}
    if not used:
        return whole
    if len(used) > 1:
        return None
    sign = whole[:1] if whole[:1] in "+-" else ""
    first, *rest = whole[len(sign) :].split(used.pop())
    if not 1 <= len(first) <= 3 or first.startswith("0") or any(len(one) != 3 for one in rest):
        return None
    return sign + first + "".join(rest)


def notations(cells: Iterable[str]) -> tuple[set[Notation], str, str]:
    """The notations in which all numbers of a table can be read, with what speaks for either.

    Args:
        cells: those that look like numbers, see `is_figure`.

    Returns:
        the notations that are left; the first cell that only the point reads, and the first that only the comma does
        (empty where there is none). None left: the table mixes both.
    """
    left = set(Notation)
    for_point = for_comma = ""
    for cell in cells:
        if cell.isdecimal():
            continue
        point, comma = in_plain(cell, Notation.POINT), in_plain(cell, Notation.COMMA)
        if point is not None and comma is None:
            left.discard(Notation.COMMA)
            for_point = for_point or cell
        elif comma is not None and point is None:
            left.discard(Notation.POINT)
            for_comma = for_comma or cell
    return left, for_point, for_comma


def differs(cell: str) -> bool:
    """Whether a number is another one in the other notation, so that the notation has to be known."""
    point, comma = in_plain(cell, Notation.POINT), in_plain(cell, Notation.COMMA)
    return point is not None and comma is not None and float(point) != float(comma)


class NoNumbers(ValueError):  # noqa: N818 - it says what happened
    """A column does not read as numbers; the message ends a sentence about it.

    Attributes:
        place: which of the cells it is, from 0.
    """

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        self.place = place


def read_column(cells: Sequence[str], notation: Notation | None = None, *, separator: str = "") -> list[float]:
    """A column in which every cell is a finite number, all of them in one notation.

    Args:
        cells: as they stand in the file.
        notation: which mark stands before the decimals; None: it follows from the cells.
        separator: between the file's cells; a semicolon tells of a country with decimal commas, so that a point
            in such a file may part thousands.

    Raises:
        NoNumbers: a cell is no number, they are in two notations, or in one that can't be told.
    """
    strange = next((place for place, cell in enumerate(cells) if not is_figure(cell)), None)
    if strange is not None:
        raise NoNumbers(strange, f"holds {cells[strange][:40]!r}, which is no number")
    used = notation or _told(cells, separator)
    values = []
    for place, cell in enumerate(cells):
        plain = in_plain(cell, used)
        value = None if plain is None else plain_number(plain)
        if value is None:
            raise NoNumbers(place, f"holds {cell[:40]!r}, which is no number with a decimal {used.value}")
        values.append(value)
    return values


def _told(cells: Sequence[str], separator: str) -> Notation:
    left, point, comma = notations(cells)
    if not left:
        raise NoNumbers(
            cells.index(comma), f"holds {comma[:40]!r}, with a decimal comma, and another {point[:40]!r}, with a point"
        )
    if len(left) == 1:
        return left.pop()
    unsure = (place for place, cell in enumerate(cells) if differs(cell) and ("," in cell or separator == ";"))
    doubtful = next(unsure, None)
    if doubtful is None:
        return Notation.POINT
    raise NoNumbers(doubtful, f"holds {cells[doubtful][:40]!r}, a thousand and more in one country and less in another")
