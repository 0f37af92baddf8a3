"""What lists are ordered and searched by, as it follows from documents."""

from collections.abc import Mapping
from typing import Any

NO_DAY = "9999-12-31"
"""Stands where no infusion is planned: such batches come last."""
_LONGEST = 200


def infusion_of(record: Mapping[str, Any]) -> str:
    """The day of the planned infusion that a record names."""
    return str(record.get("infusion_planned_on") or NO_DAY)[:_LONGEST]


def booking_of(shipment: Mapping[str, Any]) -> str:
    """The booking of a shipment."""
    return str(shipment.get("booking_reference") or "")[:_LONGEST]
