"""From what the page's tools read of a table or grid to cells under our names of the columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keywords.failures import ApplicationError, BusinessError
from keywords.near import did_you_mean
from keywords.sites.pages.cells import Cell
from keywords.sites.words.cells import ColumnWords
from keywords.sites.words.lists import ListWords


@dataclass
class Reading:
    """Cells by our names of the columns, and what belongs to each row: its links, and the number that a"
    " grid gives it."""

    rows: list[dict[str, Cell]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def rows_of(found: Mapping[str, Any], words: ListWords, where: str) -> Reading:
    """Take the rows of a list; headings between them give a column its value where the locators say so.

    Args:
        found: As the page's tools hand it over (`keywords/page_tools/tables.js`).
        words: What the locators say of the list.
        where: The page and the list, for sentences.

    Raises:
        ApplicationError: A column is missing.
        BusinessError: A header is there twice, or a row is unlike the others and nobody declared it.
    """
    own = {key: column for key, column in words.columns.items() if key != words.rows_below}
    places = {key: place_of(found["headers"], column, where) for key, column in own.items()}
    reading, heading = Reading(), ""
    odd = [row for row in found["rows"] if not isinstance(row, list)]
    ordinary = len(found["rows"]) - len(odd)
    for row, links, key in zip(found["rows"], found["links"], found["keys"], strict=True):
        if not isinstance(row, list):
            if words.skip and re.search(words.skip, row["t"]):
                continue
            heading = _heading(row, words, where, alone=not ordinary and len(odd) == 1)
            continue
        if not any(row):
            continue
        if words.skip and any(isinstance(cell, str) and re.search(words.skip, cell) for cell in row):
            continue
        cells: dict[str, Cell] = {name: row[place] for name, place in places.items()}
        if words.rows_below:
            cells[words.rows_below] = heading
        reading.rows.append(cells)
        reading.links.append(links)
        reading.keys.append(key)
    return reading


def _heading(row: Mapping[str, Any], words: ListWords, where: str, *, alone: bool) -> str:
    """What a row that is unlike the others says: a heading, or that there is nothing."""
    if words.rows_below:
        return str(row["t"])
    if alone and row["n"] <= 1 and not row["field"]:
        return ""
    raise BusinessError(
        "ROW_UNLIKE_OTHERS",
        f"{where} has a row with {row['n']} cells that is unlike the others ('{row['t'][:100]}'); if it is a heading"
        " for the rows below, name its column as 'rows_below', if it is no row at all, describe it with 'skip'.",
    )


def place_of(headers: list[list[Any]], column: ColumnWords, where: str) -> int:
    """Where a column stands.

    Raises:
        ApplicationError: There is none of that header.
        BusinessError: There are several, or it is hidden.
    """
    same = [place for place, (shown, _, under, _) in enumerate(headers) if _called(shown, under, column)]
    same = same or [place for place, (_, whole, under, _) in enumerate(headers) if _called(whole, under, column)]
    if not same:
        names = [str(shown) for shown, *_ in headers if shown]
        wanted = f"{column.header}' under '{column.under}" if column.under else column.header
        raise ApplicationError(
            "COLUMN_MISSING",
            f"{where} has no column '{wanted}' (it has {', '.join(names) or 'none with a header'})"
            f"{did_you_mean(column.header, names)}; correct the locators.",
        )
    if column.nth is None and len(same) > 1:
        above = [headers[place][2] for place in same]
        how = f"'under' ({', '.join(above)})" if any(above) else "'nth'"
        raise BusinessError(
            "COLUMN_NOT_ONE",
            f"{where} has {len(same)} columns '{column.header}'; say which one with {how} in the locators.",
        )
    if column.nth is not None and column.nth > len(same):
        raise ApplicationError(
            "COLUMN_MISSING", f"{where} has only {len(same)} columns '{column.header}'; correct the locators."
        )
    place = same[(column.nth or 1) - 1]
    if headers[place][3]:
        raise BusinessError(
            "COLUMN_HIDDEN", f"{where} has a column '{column.header}' that is not shown; name another one."
        )
    return place


def _called(header: str, under: str, column: ColumnWords) -> bool:
    return header == column.header and (not column.under or under == column.under)
