"""Exports of a list as rows of text: comma-separated in any of its forms, or a workbook; never guessed at silently."""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence

from keywords.failures import BusinessError
from keywords.sites.words.lists import ChannelWords
from mes_core.spelling.archives import DAMAGED

_SEPARATORS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOK = b"PK\x03\x04"
_UNSURE = "\ufffd"
"""Stands where a letter can't be told without knowing the encoding."""


def lines_of(content: bytes, kind: str, words: ChannelWords, headers: Sequence[str], where: str) -> list[list[str]]:
    """The rows of an export, its headers first.

    Args:
        content: Of the file.
        kind: Its media type.
        words: What the locators say of it.
        headers: That it has to have, by which its separator is known where nobody named it.
        where: What it is, for sentences.

    Raises:
        BusinessError: It is no such file, or can't be read in one way.
    """
    if content.startswith(_WORKBOOK):
        return _of_workbook(content, words, where)
    if words.kind.value == "xlsx":
        raise _not_read(where, "is no workbook", "say 'channel: {kind: csv}' if it is text")
    if "html" in kind or content.lstrip()[:1] == b"<":
        text = " ".join(content[:4000].decode("utf-8", "replace").split())
        raise _not_read(
            where, f"is a page and no file ('{_words_of(text)}')", "name what gives the file, or another channel"
        )
    text = _text_of(content, kind, words)
    separators = words.separator or _separator(text, headers)
    found = sorted(set(separators))
    if len(found) != 1:
        first = (text.splitlines() or [""])[0][:120]
        raise _not_read(
            where,
            f"has not the columns {', '.join(headers)} (its first line is '{first}')",
            "say its 'separator' and 'headers'",
        )
    return [[cell.strip() for cell in line] for line in _split(text, found[0]) if line]


def unless_unsure(cells: Mapping[str, str], where: str) -> None:
    """Stop where a value that is needed holds letters that can't be told without knowing the file's encoding."""
    for name, cell in cells.items():
        if _UNSURE in cell:
            raise _not_read(
                where, f"is not written in UTF-8, and '{name}' holds letters of its own", "say its 'encoding'"
            )


def _text_of(content: bytes, kind: str, words: ChannelWords) -> str:
    if words.encoding:
        return content.decode(words.encoding, "replace").lstrip("\ufeff")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace").lstrip("\ufeff")
    stated = kind.partition("charset=")[2].split(";")[0].strip().strip('"')
    for encoding in (stated, "utf-8"):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("ascii", "replace")


def _separator(text: str, headers: Sequence[str]) -> str:
    """Every separator by which the first line has all headers."""
    return "".join(
        one
        for one in _SEPARATORS
        if (first := next(iter(_split(text, one)), [])) and set(headers) <= {cell.strip() for cell in first}
    )


def _split(text: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _of_workbook(content: bytes, words: ChannelWords, where: str) -> list[list[str]]:
    from openpyxl import load_workbook  # most sites export text
    from openpyxl.utils.exceptions import InvalidFileException

    wrong: tuple[type[Exception], ...] = (InvalidFileException, *DAMAGED)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except wrong as error:
        raise _not_read(where, "is called a workbook and can't be opened as one", "see what the site gives") from error
    if words.sheet and words.sheet not in book.sheetnames:
        raise _not_read(where, f"has no sheet '{words.sheet}' (it has {', '.join(book.sheetnames)})", "correct 'sheet'")
    if not words.sheet and len(book.sheetnames) > 1:
        raise _not_read(
            where, f"has {len(book.sheetnames)} sheets ({', '.join(book.sheetnames)})", "say which with 'sheet'"
        )
    sheet = book[words.sheet or book.sheetnames[0]]
    rows = [["" if cell is None else _as_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return [row for row in rows if any(row)]


def _as_text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else str(cell)


def _words_of(html: str) -> str:
    return " ".join(re.sub(r"<(script|style|title)\b.*?</\1>|<[^>]*>", " ", html).split())[:120]


def _not_read(where: str, what: str, do: str) -> BusinessError:
    return BusinessError("EXPORT_NOT_READ", f"{where} {what}; {do} under 'channel' (or 'export') in the locators.")
