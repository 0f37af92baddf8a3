"""Pages of a PDF with their title and number at the foot; the same content at the same time gives the same bytes."""

from datetime import datetime
from typing import Literal

from fpdf import FPDF


class Pages(FPDF):
    """A4 pages.

    Args:
        title: at the foot of each page, and in the file's own description.
        made_at: when they are made, zone-aware.
        orientation: of the pages.
    """

    def __init__(
        self, title: str, made_at: datetime, orientation: Literal["portrait", "landscape"] = "portrait"
    ) -> None:
        """Without a page yet."""
        super().__init__(orientation=orientation, format="A4")
        self._title = title
        self.set_creation_date(made_at)
        self.set_title(title)
        self.set_auto_page_break(True, margin=16)
        self.alias_nb_pages()

    def footer(self) -> None:
        """Title and page."""
        self.set_y(-11)
        self.set_font("helvetica", size=7)
        self.cell(0, 5, f"{latin(self._title)} - page {self.page_no()} of {{nb}}", align="C")


def latin(text: str) -> str:
    """A text in the characters of the built-in fonts; others are shown by their code, not dropped."""
    return text.encode("latin-1", "backslashreplace").decode("latin-1")
