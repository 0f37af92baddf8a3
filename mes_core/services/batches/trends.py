"""Values of earlier batches beside that of one batch, for the eye: what rules make of them is theirs to say."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import orjson

from mes_core.domain.lists import NO_DAY
from mes_core.messages import boards as b
from mes_core.services import aside
from mes_core.services.core import Core, the_batch
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.rows import BatchRow

_LOOKED_AT = 24
"""Records that are read: the batches whose infusion was planned last before that of this one."""


class Trends(Core):
    """Short series of values."""

    def trends(self, batch_id: str, names: Iterable[str]) -> dict[str, b.Trend]:
        """Values of parameters in this batch and in those of its product before it, by name.

        A parameter without a number in this batch is left out, and so are rejected batches.

        Args:
            batch_id: of the batch.
            names: of parameters.
        """
        wanted = set(names)
        if not wanted:
            return {}
        with self._store.read() as work:
            batch = the_batch(work, batch_id)
            record = orjson.loads(batch["record"])
            own = {one["name"]: one for one in record["parameters"] if one["name"] in wanted and _number(one["value"])}
            earlier = _earlier(work, batch, record) if own else []
        found: dict[str, b.Trend] = {}
        for name, one in own.items():
            points = [(batch, values[name]) for batch, values in earlier if name in values]
            limits = {key: one[key] for key in ("unit", "low", "high")}
            found[name] = b.Trend(name=name, batch_id=batch_id, value=one["value"], earlier=tuple(points), **limits)
        return found


def _earlier(work: UnitOfWork, batch: BatchRow, record: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """Numbers of the batches before, by name of the parameter, the oldest first."""
    table, day, kind = any_table(work), batch["infusion_on"] or NO_DAY, batch["kind"]
    below = table.counts("batches", "kind", below={"infusion_on": day}, kind=kind).get(kind, 0)
    skipped = table.count("batches", kind=kind) - below
    order = ("-infusion_on", "-batch_id")
    rows = table.find("batches", kind=kind, order=order, limit=_LOOKED_AT, offset=max(0, skipped))
    found: list[tuple[str, str, dict[str, float]]] = []
    for row in rows:
        if row["state"] != "rejected" and row["batch_id"] != batch["batch_id"]:
            read = aside.readable(f"batch {row['batch_id']}", partial(_values, row, record), lambda _: None)
            found += [read] if read else []
    return [(name, values) for _, name, values in sorted(found, key=lambda one: one[:2])]


def _values(row: BatchRow, record: dict[str, Any]) -> tuple[str, str, dict[str, float]] | None:
    """When a batch was made, its number and its numbers; None of another product, or of one that was not before."""
    other = orjson.loads(row["record"])
    made, this = other["manufactured_at"], record["manufactured_at"]
    if other["product_code"] != record["product_code"] or not made or not this or made >= this:
        return None
    return made, row["batch_id"], {one["name"]: one["value"] for one in other["parameters"] if _number(one["value"])}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
