"""Who had a part in a batch, by the names that stand in its record."""

from collections.abc import Mapping
from typing import Any

from mes_core.domain import batch_numbers, names
from mes_core.messages.record_proof import OUTSIDE, STAFF


def people_of(record: dict[str, Any]) -> frozenset[str]:
    """Everybody of the plant who had a part in a batch, by the name that stands in its record."""
    return _named_in(record, STAFF)


def outsiders_of(record: dict[str, Any]) -> frozenset[str]:
    """Everybody else whom the record names: mostly people without an account, such as couriers and physicians."""
    return _named_in(record, OUTSIDE)


def _named_in(record: dict[str, Any], fields: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found = [
        one.get(field)
        for name, those in fields.items()
        for one in record.get(name, ())
        if name != "equipment_log" or _is_of(one, record["batch_id"])
        for field in those
    ]
    return frozenset(name for name in found if name and name.strip())


def _is_of(entry: dict[str, Any], batch_id: str) -> bool:
    """Whether an entry of a log is of a batch, or could be: it spells the batch otherwise, or names none."""
    said = str(entry.get("batch_id") or "").strip()
    return not said or batch_numbers.skeleton(said) == batch_numbers.skeleton(batch_id)


def printed_names_of(record: dict[str, Any]) -> frozenset[str]:
    """How the record's log of signatures prints those who had a part in it."""
    active = {names.key(name) for name in people_of(record)}
    log = record.get("signatories", ())
    return frozenset(one["printed_name"] for one in log if names.key(one["account"]) in active)
