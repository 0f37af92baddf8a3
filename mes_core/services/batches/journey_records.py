"""Records of a product's journey: each is added and never changed; the newest of a kind and name is in force."""

import json
from datetime import datetime
from typing import Any

from mes_core.domain.audit import digest
from mes_core.domain.principals import Actor
from mes_core.services import shipments
from mes_core.services.core import dumps, iso
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import JourneyRecordRow

LOGISTICS = "system:logistics"
"""The chain that tells of logistics data."""
PACKING, CONFIRMED = "packing", "packing_confirmed"
ASSESSMENT, DECISION, CUSTODY, LOGGER = "assessment", "way_decision", "custody", "logger_file"
FORECAST, REBOOKING, LABEL = "forecast", shipments.REBOOKING, "label_read"


def add(
    work: UnitOfWork,
    chain: str,
    kind: str,
    document: Any,
    actor: Actor,
    now: datetime,
    *,
    name: str = "-",
    signature_id: str | None = None,
) -> JourneyRecordRow:
    """Add a record; returns it."""
    last = newest(work, chain, kind, name)
    number = last["number"] + 1 if last else 1
    row: JourneyRecordRow = {
        "record_id": f"{chain}:{kind}:{name}:{number}",
        "batch_id": chain,
        "kind": kind,
        "name": name,
        "number": number,
        "document": dumps(document),
        "content_hash": digest(document),
        "made_by": actor.user,
        "printed_name": getattr(actor, "printed_name", actor.user),
        "made_at": iso(now),
        "signature_id": signature_id,
    }
    work.add("journey_records", [row])
    return row


def newest(work: UnitOfWork, chain: str, kind: str, name: str = "-") -> JourneyRecordRow | None:
    """The record in force, or None."""
    rows = work.find("journey_records", batch_id=chain, kind=kind, name=name, order=("-number",), limit=1)
    return rows[0] if rows else None


def all_of(work: UnitOfWork, chain: str, kind: str) -> list[JourneyRecordRow]:
    """Every record of a kind, by name and number."""
    return work.find("journey_records", batch_id=chain, kind=kind, order=("name", "number"))


def in_force(work: UnitOfWork, chain: str, kind: str) -> dict[str, JourneyRecordRow]:
    """The newest record of each name."""
    return {row["name"]: row for row in all_of(work, chain, kind)}


def read(row: JourneyRecordRow) -> Any:
    """What a record says."""
    return json.loads(row["document"])


def packing_in_force(work: UnitOfWork, batch_id: str) -> tuple[JourneyRecordRow, JourneyRecordRow] | None:
    """The newest packing record and its confirmation, where the second person has signed the newest."""
    packed = newest(work, batch_id, PACKING)
    confirmed = newest(work, batch_id, CONFIRMED)
    if packed is None or confirmed is None or read(confirmed)["number"] != packed["number"]:
        return None
    return packed, confirmed
