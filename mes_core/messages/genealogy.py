"""Where cells and materials come from and go to."""

from enum import StrEnum

from mes_core.messages.record import View


class Traced(StrEnum):
    """What can be traced."""

    PATIENT = "patient"
    DONATION = "donation"
    LOT = "lot"
    EQUIPMENT = "equipment"
    SAMPLE = "sample"
    BATCH = "batch"
    SHIPMENT = "shipment"


class Node(View):
    """One thing: a patient code, a donation, a lot, a batch, ...; `about` is its name or state."""

    kind: Traced
    key: str
    about: str = ""


class Edge(View):
    """From what to what, by their places in the list of nodes, and how: `gave`, `became`, `went into`, ..."""

    source: int
    target: int
    how: str


class Genealogy(View):
    """Every batch that a thing touched, and everything that touched those batches."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    batches: int
