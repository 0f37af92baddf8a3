"""Cells of a list as values: as shown, or as the locators say; what nobody declared is refused by its column's name."""

import re
from collections.abc import Mapping
from typing import Any

from keywords.failures import BusinessError
from keywords.sites.values import (
    as_shown,
    parse_date,
    parse_local_time,
    parse_time,
    plain_number,
    plain_value,
)
from keywords.sites.words.cells import CellForm, ColumnWords, Kind, Norm, NumberWords, Raised

Cell = str | Mapping[str, Any]
"""As the page's tools hand it over: a plain text, or what else is in it (`keywords/page_tools/cells.js`)."""
MASKED = "[masked]"
_DRAWN = {
    "cut": "is cut off on the page",
    "faint": "holds what nobody can read on the page",
    "folded": "holds what is folded away on the page",
    "moved": "is drawn below another header than its own",
    "overlaid": "holds texts that are drawn over each other",
    "turned": "is drawn in another order than it stands in the page",
}
"""How a cell can be drawn otherwise than its text stands (`keywords/page_tools/drawn.js`)."""


def cell_value(cell: Cell, words: ColumnWords, what: str, numbers: NumberWords | None) -> str:
    """The value of a cell: text as shown, a number with a decimal point, a day or time as ISO 8601 (UTC).

    Args:
        cell: As the page's tools hand it over.
        words: What the locators say of its column.
        what: The column and the list, for sentences.
        numbers: How the product writes numbers, where the column does not say so itself.

    Raises:
        BusinessError: It holds something that the locators do not declare.
        ApplicationError: It can't be read as what the column holds, or could be read in two ways.
    """
    text = as_shown(_text(cell, words, what), what)
    if text in ("", MASKED):
        return text
    text = _part(text, words, what)
    numbers = words.numbers or numbers
    if words.type is Kind.NUMBER:
        return plain_number(_without_unit(text, words), what, numbers)
    if words.type is Kind.VALUE:
        return plain_value(_without_unit(text, words), what, numbers)
    if words.type is Kind.DATE:
        return parse_date(text, what, words.format).isoformat()
    if words.type is Kind.TIME:
        time = parse_local_time(text, what, words.format, words.zone) if words.format else parse_time(text, what)
        return time.isoformat()
    return text


def loose(text: str, words: ColumnWords) -> str:
    """A value in the writing in which two of the column are compared (`normalise`)."""
    return _loose(text, words.normalise, words.unit)


def loosest(text: str) -> str:
    """A value without anything by which writings of one thing differ: to see that a difference was not declared."""
    return _loose(text, (Norm.ZEROS, Norm.CASE, Norm.BLANKS), "").replace("-", "").replace(".", "")


def _loose(text: str, norms: tuple[Norm, ...], unit: str) -> str:
    if Norm.UNIT in norms:
        text = text.removesuffix(unit).strip()
    if Norm.BLANKS in norms:
        text = "".join(text.split())
    if Norm.CASE in norms:
        text = text.casefold()
    if Norm.ZEROS in norms:
        text = text.lstrip("0") or text[-1:]
    return text


def _part(text: str, words: ColumnWords, what: str) -> str:
    """The one of several things in a cell that the column is about."""
    if not words.part:
        return text
    found = re.fullmatch(words.part, text)
    if found is None:
        raise BusinessError(
            "CELL_PART_MISSING",
            f"'{text}' ({what}) is not written as the locators say ('{words.part}'); correct 'part' of the column.",
        )
    return (found[1] or "").strip()


def _without_unit(text: str, words: ColumnWords) -> str:
    return text.removesuffix(words.unit).strip() if words.unit else text


def drawn_otherwise(cell: Cell) -> str:
    """How a value is drawn otherwise than its text stands, in words that follow its name; empty where it is not."""
    if isinstance(cell, str):
        return ""
    if cell.get("o"):
        return f"{_DRAWN[cell['o']]} ('{cell.get('t', '')}')"
    if cell.get("r"):
        return f"is '{cell.get('t', '')}' with '{', '.join(cell['r'])}' raised or lowered"
    return f"has '{cell['g']}' beside it, which its style draws and which is no text" if cell.get("g") else ""


def _text(cell: Cell, words: ColumnWords, what: str) -> str:
    if isinstance(cell, str):
        return cell
    if cell.get("h"):
        raise _refused("COLUMN_HIDDEN", what, "is not shown on the page", "name one that is")
    if cell.get("o") and not (words.clipped and cell["o"] == "cut"):
        do = "say 'clipped: true' if the whole of it counts" if cell["o"] == "cut" else "name one that shows its text"
        raise _refused("CELL_DRAWN_OTHERWISE", what, drawn_otherwise(cell), do)
    match words.cell:
        case CellForm.FIELD:
            return _field(cell, what)
        case CellForm.ICON:
            return _icon(cell, words, what)
    if cell.get("f"):
        kinds = ", ".join(cell["f"])
        raise _refused("CELL_HOLDS_FIELD", what, f"holds a field ({kinds})", "say 'cell: field' for it")
    if cell.get("i"):
        names = ", ".join(name or "one without a name" for name in cell["i"])
        raise _refused("CELL_HOLDS_PICTURE", what, f"holds a picture ({names})", "say 'cell: icon' for it")
    if cell.get("g"):
        raise _refused(
            "CELL_DRAWN",
            what,
            f"shows '{cell['g']}', which its style draws and which is no text",
            "read another column",
        )
    if cell.get("r"):
        return _raised(cell, words, what)
    return str(cell.get("t", ""))


def _field(cell: Mapping[str, Any], what: str) -> str:
    values = cell.get("v") or []
    if len(values) == 1:
        return str(values[0])
    if not values:
        return str(cell.get("t", ""))
    raise _refused("CELL_HOLDS_FIELDS", what, f"holds {len(values)} fields", "read another column")


def _icon(cell: Mapping[str, Any], words: ColumnWords, what: str) -> str:
    names = cell.get("i") or []
    if not names:
        return str(cell.get("t", ""))
    if len(names) > 1 or not names[0]:
        said = ", ".join(name or "one without a name" for name in names)
        raise _refused("ICON_NOT_ONE", what, f"holds {len(names)} pictures ({said})", "read another column")
    if not words.icons:
        return str(names[0])
    if names[0] not in words.icons:
        raise _refused("ICON_UNKNOWN", what, f"shows the picture '{names[0]}'", "add it to 'icons'")
    return words.icons[names[0]]


def _raised(cell: Mapping[str, Any], words: ColumnWords, what: str) -> str:
    if words.raised is Raised.NOTE:
        return str(cell.get("t", ""))
    if words.raised is Raised.POWER:
        return str(cell.get("p", ""))
    raised = ", ".join(cell["r"])
    raise _refused(
        "CELL_RAISED",
        what,
        f"shows '{cell.get('t', '')}' with '{raised}' raised or lowered",
        "say 'raised: note' to leave that out, or 'raised: power'",
    )


def _refused(code: str, what: str, shows: str, do: str) -> BusinessError:
    return BusinessError(code, f"{what} {shows}; {do} in the locators.")
