"""What a report is made of."""

from dataclasses import dataclass

from twin.report.plots import Draw


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table; `widths` are relative."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Plot:
    """A plot with its caption; `height` in inches at a width of eight."""

    draw: Draw
    caption: str
    height: float = 3.0


Block = Heading | Text | Table | Plot
