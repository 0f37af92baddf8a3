"""The facts that a review rests on: what stands in the record and what was read elsewhere, and nothing coerced."""

import json
from datetime import datetime
from typing import Any, TypedDict

from mes_core.messages.record import RECORD_LISTS
from mes_core.services.ports.rows import ObservationRow

_HEAD_FIELDS = (
    "batch_id",
    "kind",
    "product",
    "product_code",
    "master_record",
    "master_record_version",
    "procedure",
    "patient_code",
    "donation_number",
    "donation_check",
    "apheresis_at",
    "manufactured_at",
    "expires_at",
    "treatment_centre",
    "treatment_zone",
    "indication",
    "infusion_planned_on",
    "made_in",
    "markets",
)


class Recorded(TypedDict):
    """A batch as far as its record goes."""

    record: str


def head_of(batch: Recorded) -> dict[str, Any]:
    """The head of a batch's record: who, what, when, where to."""
    record = json.loads(batch["record"])
    return {name: record.get(name) for name in _HEAD_FIELDS}


def facts_of(batch: Recorded, observed: list[ObservationRow], now: datetime) -> dict[str, Any]:
    """The facts that a review rests on: the record, what was read elsewhere, and the time. Nothing is coerced."""
    record = json.loads(batch["record"])
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "batch": head_of(batch),
        **{name: record[name] for name in RECORD_LISTS if name in record},
        "values": {
            one["name"]: {field: one[field] for field in ("text", "value", "unit", "low", "high")}
            for one in record["parameters"]
        },
    }
    for row in observed:
        facts.setdefault(row["system"], {})[row["name"]] = json.loads(row["document"])
    return facts
