"""What a pack is made of: chapters of rows, each of which leads to what shows it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """The state of the sources that a pack is about.

    Attributes:
        root: Folder of the checkout.
        commit: Its commit, 40 hexadecimal digits.
        made_at: When the commit was made, zone-aware; the date of everything that is written about it.
        changed: Files that differ from the commit, relative to the root.
    """

    root: Path
    commit: str
    made_at: datetime
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a pack from being signed.

    Attributes:
        kind: A word for programs, such as `requirement_without_test`.
        subject: What it is about: a requirement, a test, a file.
        says: One sentence for a person.
    """

    kind: str
    subject: str
    says: str


@dataclass(frozen=True)
class Row:
    """A line of a chapter.

    Attributes:
        cells: Texts, one for each column.
        leads_to: Links (see `links`) to what shows that the line is true; never empty.
        name: Where other rows may point to; empty where none does.
    """

    cells: tuple[str, ...]
    leads_to: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Chapter:
    """A table with a title and some sentences before it.

    Attributes:
        key: Short name, unique in a pack.
        title: Heading.
        says: Paragraphs before the table.
        columns: Headings of the columns.
        widths: Relative widths of the columns in print.
        rows: The lines.
    """

    key: str
    title: str
    says: tuple[str, ...]
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Pack:
    """A whole pack.

    Attributes:
        checkout: What it is about.
        plant: Name of the plant; empty where none filled in its part.
        chapters: In their order.
        problems: What keeps it from being signed.
        facts: Figures for programs and for the cover.
    """

    checkout: Checkout
    plant: str
    chapters: tuple[Chapter, ...]
    problems: tuple[Problem, ...]
    facts: dict[str, object] = field(default_factory=dict)
