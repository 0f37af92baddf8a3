"""Lays chapters out on pages: where each line of text, rule and reference comes to stand. Draws nothing.

Tables run over many pages and their rows over page ends; references to lines of other chapters are page numbers, which
are known only when all is laid out. So places are worked out first, and drawn afterwards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from batchwright.validation.model import Chapter, Row

WIDTH, HEIGHT = 297.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 12.0, 12.0, 16.0, 15.0
SIZE, LINE = 7.2, 3.3
_GAP = 1.6
_REFERENCE, _REFERENCE_WIDE = "p. 0000", 11.0
Measure = Callable[[str, bool, float], float]


@dataclass(frozen=True)
class Mark:
    """A piece of text on a page; one with `to` shows the page of the row of that name, and leads there."""

    x: float
    y: float
    text: str
    size: float = SIZE
    bold: bool = False
    to: str = ""


@dataclass
class Page:
    """What stands on a page."""

    marks: list[Mark] = field(default_factory=list)
    rules: list[tuple[float, float]] = field(default_factory=list)
    shades: list[tuple[float, float]] = field(default_factory=list)


class Layout:
    """Puts texts and tables below each other.

    Args:
        measure: width of a text in millimetres, by boldness and size.
        first: how many pages stand before this one.
    """

    def __init__(self, measure: Measure, first: int) -> None:
        """Begin before the first page."""
        self._measure, self._first = measure, first
        self.pages: list[Page] = []
        self.places: dict[str, tuple[int, float]] = {}
        self._y = HEIGHT
        self._head: tuple[tuple[str, float, float], ...] = ()

    def chapter(self, chapter: Chapter, number: int) -> None:
        """A chapter on a new page."""
        self._head = ()
        self._page()
        self.places[chapter.key] = self.places[f"row:{chapter.key}"] = (self._number(), TOP)
        self._mark(LEFT, f"{number}  {chapter.title}", 14, bold=True)
        self._y += 8
        for said in chapter.says:
            for line in self.wrapped(said, WIDTH - LEFT - RIGHT, 9):
                self._mark(LEFT, line, 9)
                self._y += 4.4
            self._y += 1.5
        if chapter.rows:
            self._table(chapter)

    def _table(self, chapter: Chapter) -> None:
        heads, widths = (*chapter.columns, "Leads to"), (*chapter.widths, max(16, sum(chapter.widths) // 4))
        room = WIDTH - LEFT - RIGHT
        scaled = [room * one / sum(widths) for one in widths]
        lefts = [LEFT + sum(scaled[:place]) for place in range(len(scaled))]
        self._head = tuple(zip(heads, lefts, scaled, strict=True))
        self._headings()
        for row in chapter.rows:
            self._row(chapter, row)

    def _headings(self) -> None:
        self.pages[-1].shades.append((self._y - 3.2, 4.6))
        for text, left, _ in self._head:
            self._mark(left + 0.8, text, SIZE, bold=True)
        self._y += 5

    def _row(self, chapter: Chapter, row: Row) -> None:
        cells = [
            self.wrapped(text, width - _GAP, SIZE) for text, (_, _, width) in zip(row.cells, self._head, strict=False)
        ]
        plain, references = shown_links(row, chapter.says)
        _, left, width = self._head[-1]
        last = [line for one in plain for line in self.wrapped(one, width - _GAP, SIZE)]
        beside = max(1, int(width // _REFERENCE_WIDE))
        tall = max([len(one) for one in cells] + [len(last) + -(-len(references) // beside)])
        # A row that fits on a page is not torn; a longer one goes on.
        if self._y + min(tall, 30) * LINE > HEIGHT - BOTTOM:
            self._page()
        if row.name:
            self.places[f"row:{chapter.key}::{row.name}"] = (self._number(), self._y - LINE)
        for number in range(tall):
            if self._y > HEIGHT - BOTTOM:
                self._page()
            for lines, (_, start, _) in zip(cells, self._head, strict=False):
                if number < len(lines):
                    self._mark(start + 0.8, lines[number])
            if number < len(last):
                self._mark(left + 0.8, last[number])
            here = (number - len(last)) * beside
            for place, link in enumerate(references[here : here + beside] if here >= 0 else ()):
                x = left + 0.8 + place * _REFERENCE_WIDE
                self.pages[-1].marks.append(Mark(x, self._y, _REFERENCE, to=link))
            self._y += LINE
        self.pages[-1].rules.append((self._y - LINE + 1.1, WIDTH - LEFT - RIGHT))
        self._y += 1.2

    def _page(self) -> None:
        self.pages.append(Page())
        self._y = TOP
        if self._head:
            self._headings()

    def _number(self) -> int:
        return self._first + len(self.pages)

    def _mark(self, x: float, text: str, size: float = SIZE, *, bold: bool = False) -> None:
        self.pages[-1].marks.append(Mark(x, self._y, text, size, bold))

    def wrapped(self, text: str, width: float, size: float) -> list[str]:
        """A text in lines no wider than that; what is too long for one breaks where paths and names do."""
        lines, line = [], ""
        for word in re.split(r"(?<=[ \n])", text.replace("\n", " ")):
            for part in self._parts(word, width, size):
                if line and self._measure((line + part).rstrip(), False, size) > width:
                    lines.append(line.rstrip())
                    line = part.lstrip()
                else:
                    line += part
        return [*lines, line.rstrip()] if line.strip() or not lines else lines

    def _parts(self, word: str, width: float, size: float) -> list[str]:
        if self._measure(word.rstrip(), False, size) <= width:
            return [word]
        parts: list[str] = []
        for piece in re.split(r"(?<=[/_.:,=-])", word):
            while piece and self._measure(piece.rstrip(), False, size) > width:
                cut = max(
                    1,
                    next(
                        n for n in range(len(piece), 0, -1) if n == 1 or self._measure(piece[:n], False, size) <= width
                    ),
                )
                parts.append(piece[:cut])
                piece = piece[cut:]
            parts.append(piece)
        return parts


def shown_links(row: Row, says: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """What is printed of a row's links: those that neither its cells nor its chapter name, and references to lines."""
    told = " ".join((*row.cells, *says))
    plain, references = [], []
    for link in row.leads_to:
        kind, _, name = link.partition(":")
        if kind == "row":
            references.append(link)
        elif name and name not in told and not (row.name and name.endswith(f"::{row.name}")):
            file, _, inner = name.partition("::")
            # A result of the row's own test, or the key of the row itself, says nothing beyond the file.
            plain.append(file if kind == "evidence" or (inner and inner in told) else name)
    return list(dict.fromkeys(plain)), list(dict.fromkeys(references))
