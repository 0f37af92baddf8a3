"""What a batch record says about where things come from and go to."""

from collections.abc import Iterator, Mapping
from typing import Any

KINDS = ("patient", "donation", "lot", "equipment", "sample", "batch", "shipment")
"""What can be traced."""


def identities(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Everything that a record names: kind, number, and a word about it; each once."""
    found: dict[tuple[str, str], str] = {}
    if record["patient_code"]:
        found["patient", record["patient_code"]] = ""
    if record["donation_number"]:
        found["donation", record["donation_number"]] = record["donation_check"] or ""
    for one in record["materials"]:
        found["lot", one["lot"]] = f"{one['material_id']} {one['name']}"
    for one in record["equipment"]:
        found["equipment", one["equipment_id"]] = one["name"]
    for one in record["samples"]:
        found["sample", one["sample_id"]] = one["purpose"]
    for (kind, key), about in found.items():
        yield kind, key, about
