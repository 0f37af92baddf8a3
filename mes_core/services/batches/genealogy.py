"""Genealogy: everything that touched a patient's cells, and every batch that a lot touched, in one call."""

import json
from typing import Any

from mes_core.domain.errors import NotFound
from mes_core.domain.genealogy import identities
from mes_core.domain.lists import infusion_of
from mes_core.messages.genealogy import Edge, Genealogy, Node, Traced
from mes_core.services import shipments
from mes_core.services.batches.together import together
from mes_core.services.core import Core, the_batch
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, IdentityRow, JourneyRecordRow, ShipmentRow
from mes_core.spelling.donations import stored_form

_HOW = {"lot": "went into", "equipment": "worked on"}


def index_rows(record: dict[str, Any]) -> list[IdentityRow]:
    """What the index holds of a record."""
    batch_id = record["batch_id"]
    return [
        {"batch_id": batch_id, "kind": kind, "number": number, "about": about}
        for kind, number, about in identities(record)
    ]


def reindex(work: UnitOfWork, record: dict[str, Any]) -> None:
    """Put a corrected record in the place of the one before."""
    work.remove("identities", {"batch_id": [record["batch_id"]]})
    work.add("identities", index_rows(record))


def problems(work: UnitOfWork) -> list[str]:
    """Where the index is not what the records say."""
    there: dict[str, set[tuple[str, ...]]] = {}
    for row in work.find("identities"):
        there.setdefault(row["batch_id"], set()).add((row["kind"], row["number"], row["about"]))
    found = []
    for batch in work.find("batches", order=("batch_id",)):
        said = _identities(batch)
        if said is not None and there.get(batch["batch_id"], set()) != said:
            found.append(f"batch {batch['batch_id']}: the index of its genealogy is not what its record says.")
        if said is not None and batch["infusion_on"] != infusion_of(json.loads(batch["record"])):
            found.append(f"batch {batch['batch_id']}: the day by which lists order it is not what its record says.")
    for shipment in work.find("shipments", order=("batch_id",)):
        if not _booked_as_said(shipment):
            found.append(
                f"batch {shipment['batch_id']}: the booking by which it is found is not what its shipment says."
            )
    return found


def _booked_as_said(shipment: ShipmentRow) -> bool:
    try:
        return bool(shipment["booking"] == json.loads(shipment["document"])["booking_reference"])
    except (ValueError, KeyError, TypeError):
        return True  # a document that can't be read: its seal tells


def _identities(batch: BatchRow) -> set[tuple[str, ...]] | None:
    """None where the record can't be read: its hash tells."""
    try:
        return set(identities(json.loads(batch["record"])))
    except (ValueError, KeyError, TypeError):
        return None


class _Graph:
    def __init__(self) -> None:
        self._places: dict[tuple[str, str], int] = {}
        self.nodes: list[Node] = []
        self.edges: dict[Edge, None] = {}

    def node(self, kind: str, key: str, about: str = "") -> int:
        """The place of a node, which is added if it is not there."""
        place = self._places.setdefault((kind, key), len(self.nodes))
        if place == len(self.nodes):
            self.nodes.append(Node(kind=Traced(kind), key=key, about=about))
        return place

    def edge(self, source: int, target: int, how: str) -> None:
        """An edge, once."""
        self.edges[Edge(source=source, target=target, how=how)] = None


class Genealogies(Core):
    """Tracing, forwards and backwards."""

    def trace(self, kind: Traced, key: str, *, most: int | None = None) -> Genealogy:
        """Every batch that a thing touched, with all that each of them came from, was tested as and went out in.

        A donation number may come as stored, as printed, as scanned or with its check character. A patient code leads
        to everything that touched this patient's cells; a lot to every patient it reached. With `most`, only so many
        batches are drawn, and all of them counted.

        Raises:
            NotFound: no batch has anything to do with it.
        """
        stored = _stored(kind, key)
        with self._store.read() as work:
            graph = _Graph()
            # Records from before donations had one form are known by the form that came.
            names = _batches(work, kind, stored) or _batches(work, kind, key)
            at_once = together(work, names[:most])
            for batch_id in names[:most]:
                _draw(at_once, graph, the_batch(at_once, batch_id))
        if not names:
            raise NotFound(f"No batch has anything to do with the {kind.value} {key!r}: check its number.")
        return Genealogy(nodes=tuple(graph.nodes), edges=tuple(graph.edges), batches=len(names))


def _stored(kind: Traced, key: str) -> str:
    if kind is not Traced.DONATION:
        return key
    try:
        return stored_form(key) or key
    except ValueError as error:
        raise NotFound(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


def _batches(work: UnitOfWork, kind: Traced, key: str) -> list[str]:
    if kind is Traced.BATCH:
        return [row["batch_id"] for row in work.find("batches", batch_id=key)]
    if kind is Traced.SHIPMENT:
        booked = work.find("shipments", booking=key, order=("batch_id",))
        anew = [row["batch_id"] for row in shipments.rebookings(work) if key in _references(row)]
        shipped = booked or [row for row in work.find("shipments", order=("batch_id",)) if key in _references(row)]
        return sorted({*anew, *(row["batch_id"] for row in shipped)})
    rows = work.find("identities", kind=kind.value, number=key, order=("batch_id",))
    return [row["batch_id"] for row in rows]


def _references(shipment: ShipmentRow | JourneyRecordRow) -> tuple[str, str]:
    return _named(json.loads(shipment["document"]))


def _named(document: dict[str, Any]) -> tuple[str, str]:
    return document["booking_reference"], document["shipper_id"]


def _draw(work: UnitOfWork, graph: _Graph, row: BatchRow) -> None:
    batch_id = row["batch_id"]
    batch = graph.node("batch", batch_id, row["state"])
    found: dict[str, list[IdentityRow]] = {}
    for one in work.find("identities", batch_id=batch_id, order=("kind", "number")):
        found.setdefault(one["kind"], []).append(one)
    patients = [graph.node("patient", one["number"]) for one in found.get("patient", ())]
    donations = [graph.node("donation", one["number"], one["about"]) for one in found.get("donation", ())]
    for donation in donations:
        graph.edge(donation, batch, "became")
        for patient in patients:
            graph.edge(patient, donation, "gave")
    for patient in patients if not donations else ():
        graph.edge(patient, batch, "gave")
    for kind, how in _HOW.items():
        for one in found.get(kind, ()):
            graph.edge(graph.node(kind, one["number"], one["about"]), batch, how)
    for one in found.get("sample", ()):
        graph.edge(batch, graph.node("sample", one["number"], one["about"]), "was sampled as")
    shipment = shipments.in_force(work, batch_id)
    if shipment:
        booking, shipper = _named(shipment)
        graph.edge(batch, graph.node("shipment", booking, shipper), "went out in")
