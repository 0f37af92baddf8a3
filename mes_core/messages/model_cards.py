"""The card of a model and the hash it is bound to: one who changes the card has another model."""

import hashlib
import json
from typing import Any

VOLATILE = frozenset({"hash", "made_at", "locked_at", "test_set_used"})
"""Entries of a card that differ between two trainings of the same model; they decide nothing."""


def card_digest(card: dict[str, Any]) -> str:
    """SHA-256 of a card as plain data, numbers to ten digits, without what differs between two equal trainings."""
    return hashlib.sha256(json.dumps(_plain(card), sort_keys=True).encode()).hexdigest()


def bound_hash(parts_hash: str, digest: str) -> str:
    """The content hash of a model, from the hash of what answers and that of its card."""
    return hashlib.sha256(f"batchwright-model:{parts_hash}:{digest}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items() if name not in VOLATILE}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value
