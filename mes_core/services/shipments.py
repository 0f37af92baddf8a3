"""The shipment of a batch as it stands: the one that was recorded first, or what was booked in its place since."""

import json
from collections.abc import Iterable
from typing import Any

from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import JourneyRecordRow, ShipmentRow

REBOOKING = "rebooking"
"""Kind of the records of a batch's journey that hold what was booked in the place of an earlier booking."""


def in_force(work: UnitOfWork, batch_id: str) -> dict[str, Any] | None:
    """What is booked and posted for a batch now; None where nothing was."""
    first = work.get("shipments", batch_id=batch_id)
    return as_it_stands(work, first) if first else None


def as_it_stands(work: UnitOfWork, first: ShipmentRow) -> dict[str, Any]:
    """A shipment as it stands, by the row of the one that was recorded first.

    Raises:
        ValueError: what is stored is no document.
    """
    again = work.find("journey_records", batch_id=first["batch_id"], kind=REBOOKING, order=("-number",), limit=1)
    document: dict[str, Any] = json.loads(again[0]["document"] if again else first["document"])
    return document


def latest(work: UnitOfWork, batch_ids: Iterable[str] | None = None) -> dict[str, str]:
    """What is booked now as it is stored, by batch: two questions, however many there are.

    Args:
        work: the transaction.
        batch_ids: of these batches; None: of all.
    """
    within = None if batch_ids is None else {"batch_id": sorted(batch_ids)}
    if within is not None and not within["batch_id"]:
        return {}
    found = {row["batch_id"]: row["document"] for row in work.find("shipments", within=within)}
    for row in work.find("journey_records", kind=REBOOKING, within=within, order=("batch_id", "number")):
        if row["batch_id"] in found:
            found[row["batch_id"]] = row["document"]
    return found


def rebookings(work: UnitOfWork) -> list[JourneyRecordRow]:
    """Every shipment that was booked in the place of an earlier one, oldest first of each batch."""
    return work.find("journey_records", kind=REBOOKING, order=("batch_id", "number"))
