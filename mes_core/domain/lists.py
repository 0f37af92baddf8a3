"""What lists are ordered and searched by and what is due when, as it follows from documents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from mes_core.spelling.times import BEGINS_FIRST, day_begins, zone_of

NO_DAY = "9999-12-31"
"""Stands where no infusion is planned: such batches come last."""
_LONGEST = 200


def infusion_of(record: Mapping[str, Any]) -> str:
    """The day of the planned infusion that a record names."""
    return str(record.get("infusion_planned_on") or NO_DAY)[:_LONGEST]


def infusion_begins(record: Mapping[str, Any]) -> datetime | None:
    """When the day of the planned infusion begins at the treatment centre, in UTC; None where no day is planned.

    Where the record does not name the centre's zone, where a day begins first: what has to be there by then is there.
    """
    day = record.get("infusion_planned_on")
    zone = zone_of(record.get("treatment_zone"), BEGINS_FIRST)
    return day_begins(date.fromisoformat(str(day)), zone) if day else None


def booking_of(shipment: Mapping[str, Any]) -> str:
    """The booking of a shipment."""
    return str(shipment.get("booking_reference") or "")[:_LONGEST]
