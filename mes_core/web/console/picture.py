"""A genealogy as a picture: columns from patient to shipment, one line per edge."""

from collections.abc import Mapping
from dataclasses import dataclass

from mes_core.messages.genealogy import Genealogy, Traced

_COLUMNS: Mapping[Traced, int] = {
    Traced.PATIENT: 0,
    Traced.DONATION: 1,
    Traced.LOT: 1,
    Traced.EQUIPMENT: 1,
    Traced.BATCH: 2,
    Traced.SAMPLE: 3,
    Traced.SHIPMENT: 3,
}
_WIDE, _HIGH, _STEP_X, _STEP_Y, _EDGE = 210, 34, 290, 44, 10


@dataclass(frozen=True)
class Box:
    """One node: where its box stands, what it says and where it leads."""

    x: int
    y: int
    kind: str
    key: str
    about: str


@dataclass(frozen=True)
class Line:
    """One edge, from the right side of a box to the left side of another."""

    x1: int
    y1: int
    x2: int
    y2: int
    how: str


@dataclass(frozen=True)
class Picture:
    """All boxes and lines, and how large the picture is."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    box_width: int = _WIDE
    box_height: int = _HIGH


def draw(graph: Genealogy) -> Picture:
    """Place every node in its column, in the order in which it was found."""
    filled: dict[int, int] = {}
    boxes: list[Box] = []
    for node in graph.nodes:
        column = _COLUMNS[node.kind]
        row = filled.get(column, 0)
        filled[column] = row + 1
        place = (_EDGE + column * _STEP_X, _EDGE + row * _STEP_Y)
        boxes.append(Box(*place, node.kind.value, node.key, node.about))
    lines = [
        Line(
            boxes[edge.source].x + _WIDE,
            boxes[edge.source].y + _HIGH // 2,
            boxes[edge.target].x,
            boxes[edge.target].y + _HIGH // 2,
            edge.how,
        )
        for edge in graph.edges
    ]
    height = 2 * _EDGE + max(filled.values(), default=0) * _STEP_Y
    return Picture(2 * _EDGE + 3 * _STEP_X + _WIDE, height, tuple(boxes), tuple(lines))
