"""When a batch left the plant: what was signed or tracked as its pick-up, which is what counts as distributed."""

import json
from collections.abc import Iterable
from datetime import datetime

from mes_core.messages.journeys import CustodyStep
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import JourneyRecordRow

_CUSTODY = "custody"


def picked_up(work: UnitOfWork, batch_id: str) -> JourneyRecordRow | None:
    """The record of the first pick-up of a batch; None while nobody noted one."""
    return _first(work.find("journey_records", batch_id=batch_id, kind=_CUSTODY))


def all_picked_up(work: UnitOfWork) -> dict[str, JourneyRecordRow]:
    """The record of the first pick-up of each batch that has one."""
    told: dict[str, list[JourneyRecordRow]] = {}
    for row in work.find("journey_records", kind=_CUSTODY):
        told.setdefault(row["batch_id"], []).append(row)
    return {name: first for name, steps in told.items() if (first := _first(steps)) is not None}


def left_at(row: JourneyRecordRow) -> datetime:
    """When it was picked up, as a record of it says."""
    return datetime.fromisoformat(json.loads(row["document"])["at"])


def _first(rows: Iterable[JourneyRecordRow]) -> JourneyRecordRow | None:
    taken = [row for row in rows if json.loads(row["document"])["step"] == CustodyStep.PICKED_UP]
    return min(taken, key=left_at, default=None)
