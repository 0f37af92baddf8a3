"""Tables as other programs write them: separators, encodings, and the padding of spreadsheets.

Every complaint is the end of a sentence that begins with the name of the file.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>[^\r\n])"?(?P<rest>[,;\t]*)(?:\r\n|\r|\n|$)', re.IGNORECASE)
_SUMMARIES = frozenset((
    "total", "totals", "grand total", "subtotal", "sub total", "sub-total", "subtotals", "total rows", "row count",
    "sum", "sums", "mean", "means", "average", "averages", "median", "minimum", "maximum", "std dev",
    "std. dev", "standard deviation", "σ", "∑", "μ", "ø", "summe", "gesamt", "mittelwert", "moyenne",
    "somme", "totale", "promedio", "suma",
))  # fmt: skip
"""What a program writes in front of a row that sums up those above it."""
_WORD = 4
_SAVE = "save it as CSV in UTF-8"


class NoTable(ValueError):  # noqa: N818 - it says what happened
    """A text is no table; the message ends a sentence about it."""


class Grid(NamedTuple):
    """A header and the rows below it, each with the line on which it ends (1 = first line of the file).

    Rows of blanks at the end are no rows; one in the middle is kept, as nobody can say what it stands for.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    separator: str


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        NoTable: it is in another encoding, or no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:4].rstrip(b"\x00"):
        raise NoTable(f"is not UTF-8 text but UTF-16 ('Unicode text'): {_SAVE}.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NoTable(f"is an Excel workbook, not UTF-8 text: {_SAVE}.")
    # Old programs end a text with Ctrl-Z or fill its last block with zeros.
    try:
        return content.rstrip(b"\x00\x1a").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoTable(f"is not UTF-8 text: {_SAVE}.") from None


def read_grid(text: str, separators: str = ",;\t") -> Grid:
    """Header and rows of a table.

    Args:
        text: the whole text; a first line `sep=;`, as spreadsheets write it, names the separator.
        separators: those that are looked for where none is named: the one that parts the header into most columns.

    Raises:
        NoTable: there is no header, quotes don't close, or a row is no data: it sums up others, or is the header again.
    """
    named = _SEPARATOR_LINE.match(text)
    body = text[named.end() :] if named else text
    first = next(io.StringIO(body, newline=None), "")
    if not first.strip():
        raise NoTable("has no header line: give a CSV file whose first line names the columns.")
    separator = named["separator"] if named else max(separators, key=first.count)
    # Only the ends of lines that CSV knows: others (U+2028, form feed) may stand in a text.
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    before = 1 if named else 0
    begins, rows = before + 1, []
    try:
        for cells in reader:
            if cells:
                rows.append((reader.line_num + before, cells))
            begins = reader.line_num + before + 1
    except csv.Error as error:
        raise NoTable(f"is not a readable CSV file (line {begins}: {error}): check its quotes.") from None
    while len(rows) > 1 and not _says_anything(rows[-1][1]):
        rows.pop()
    header = [name_form(one) for one in rows[0][1]]
    fitted = [(line, _fitted(cells, len(header))) for line, cells in rows[1:]]
    for line, cells in fitted:
        _check_is_data(line, cells, header)
    return Grid(header, fitted, separator)


def columns_once(grid: Grid, needed: Sequence[str]) -> None:
    """See that the columns that are needed are there, and each column once.

    Raises:
        NoTable: one is missing, or there twice.
    """
    doubled = next((one for one in grid.header if one and grid.header.count(one) > 1), None)
    if doubled is not None:
        raise NoTable(f"has the column {doubled!r} twice: take out the one that does not count.")
    missing = next((one for one in needed if one not in grid.header), None)
    if missing is not None:
        raise NoTable(f"has no column {missing!r}: it needs {', '.join(needed)}.")


def records(grid: Grid, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Each row as cells by column, without blanks around them, and its line.

    Raises:
        NoTable: as `columns_once`; or a row is longer or shorter than the header.
    """
    columns_once(grid, needed)
    for line, cells in grid.rows:
        if len(cells) != len(grid.header):
            raise NoTable(f"has {len(cells)} cells in line {line} and {len(grid.header)} in its header: correct it.")
    return [(line, dict(zip(grid.header, map(str.strip, cells), strict=True))) for line, cells in grid.rows]


def letters_form(text: str) -> str:
    """A text with its letters composed, and one micro sign: what looks the same is the same."""
    return unicodedata.normalize("NFC", text).replace("\u00b5", "\u03bc")


def name_form(text: str) -> str:
    """A name of a column in one form: letters as above, single blanks, nothing that can't be seen."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(letters_form(text).replace("\ufeff", "").replace("\u200b", "").split())


def _says_anything(cells: list[str]) -> bool:
    return any(map(name_form, cells))


def _check_is_data(line: int, cells: list[str], header: list[str]) -> None:
    first = next(filter(None, map(str.strip, cells)), "")
    # Few Latin letters, all capitals, may be a code: SUM is an airport.
    code = len(first) < _WORD and first.isascii() and first.isupper()
    if not code and name_form(first.rstrip(" :")).casefold() in _SUMMARIES:
        raise NoTable(f"has a row that sums up others in line {line} ({first!r}): take it out.")
    if len(header) > 1 and cells[0].strip() == header[0] and list(map(name_form, cells)) == header:
        raise NoTable(f"has its header again in line {line}: join files without their headers.")


def _fitted(cells: list[str], width: int) -> list[str]:
    """Without empty cells beyond the last column, which spreadsheets add."""
    return cells[:width] if len(cells) > width and not _says_anything(cells[width:]) else cells
