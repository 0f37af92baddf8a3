"""Workbooks that we write: texts stay texts, and the same content is the same file."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from mes_core.exchange.xlsx import fill_sheet, steady

pytestmark = pytest.mark.requirement("URS-052")
MADE = datetime(2026, 3, 1, 8, tzinfo=UTC)


def _book(*rows: tuple[Any, ...]) -> Workbook:
    book = Workbook()
    fill_sheet(book.worksheets[0], ("Field", "Value"), rows)
    return book


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "a\x00b"])
def test_no_text_becomes_a_formula(text: str) -> None:
    sheet = load_workbook(io.BytesIO(steady(_book(("Product", text), ("Doses", 3)), MADE))).worksheets[0]
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].value == text.replace("\x00", "\\x00")
    assert sheet["B3"].value == 3


def test_the_same_content_is_the_same_file_whenever_it_is_written() -> None:
    """Each file has a time of writing in it, and each entry of the archive another; both are the content's."""
    first = _book(("Product", "Cells"))
    second = _book(("Product", "Cells"))
    second.properties.modified = datetime(2031, 7, 5, 3, tzinfo=UTC).replace(tzinfo=None)
    assert steady(first, MADE) == steady(second, MADE)
    assert steady(first, MADE) != steady(first, MADE.replace(year=2027))
    assert load_workbook(io.BytesIO(steady(first, MADE))).properties.created == MADE.replace(tzinfo=None)
