"""What reviews leave behind and rest on over time: the facts of each verdict, and the values of earlier batches."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from mes_core.services import aside
from mes_core.services.core import iso
from mes_core.services.ports import Store, UnitOfWork
from mes_core.services.ports.rows import BatchRow, VerdictRow

_EARLIER = 60
_CHUNK = 100


@dataclass(frozen=True)
class Reviewed:
    """One review of the past: the verdict as it was stored, and the facts it rested on."""

    batch_id: str
    kind: str
    reviewed_at: str
    verdict: dict[str, Any]
    facts: dict[str, Any]


def keep_facts(work: UnitOfWork, batch_id: str, facts_hash: str, facts: dict[str, Any]) -> None:
    """Store the facts of a verdict, compressed; the same facts once."""
    if work.get("facts", facts_hash=facts_hash) is None:
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        work.add(
            "facts", [{"facts_hash": facts_hash, "batch_id": batch_id, "document": zlib.compress(text.encode(), 6)}]
        )


def reviewed(
    store: Store, since: datetime | None = None, put_aside: aside.PutAside = aside.unheard
) -> Iterator[Reviewed]:
    """The newest verdict of every batch whose facts are kept, in the order of the reviews.

    A verdict or facts that can't be read any more keep no other from being replayed.

    Args:
        store: where they are.
        since: leave out batches last reviewed before.
        put_aside: told of each batch that is left out, and why.
    """
    with store.read() as work:
        rows = work.find("verdicts", order=("batch_id", "number"))
        kinds = {row["batch_id"]: row["kind"] for row in work.find("batches")}
    newest = {row["batch_id"]: row for row in rows}
    chosen = sorted(newest.values(), key=lambda row: (row["reviewed_at"], row["batch_id"]))
    chosen = [row for row in chosen if since is None or row["reviewed_at"] >= iso(since)]
    for start in range(0, len(chosen), _CHUNK):
        yield from _chunk(store, chosen[start : start + _CHUNK], kinds, put_aside)


def _chunk(
    store: Store, rows: list[VerdictRow], kinds: dict[str, str], put_aside: aside.PutAside
) -> Iterator[Reviewed]:
    verdicts: dict[str, dict[str, Any]] = {}
    for row in rows:
        with aside.each(f"verdict of batch {row['batch_id']}", row["batch_id"], put_aside):
            found = json.loads(row["document"])
            verdicts[row["batch_id"]] = {**found, "facts_hash": str(found["facts_hash"])}
    wanted = [verdict["facts_hash"] for verdict in verdicts.values()]
    with store.read() as work:
        kept = {row["facts_hash"]: row["document"] for row in work.find("facts", within={"facts_hash": wanted})}
    for row in rows:
        batch = row["batch_id"]
        document = kept.get(verdicts[batch]["facts_hash"]) if batch in verdicts else None
        if document is None:
            continue
        facts: dict[str, Any] | None = None
        with aside.each(f"facts of batch {batch}", batch, put_aside):
            facts = dict(json.loads(zlib.decompress(document)))
        if facts is not None:
            yield Reviewed(batch, kinds.get(batch, ""), row["reviewed_at"], verdicts[batch], facts)


def _none(why: str) -> None:
    del why


def _earlier(row: BatchRow, product_code: str, made_at: str) -> dict[str, Any] | None:
    """The record of a batch of this product that was made before; None of any other."""
    record: dict[str, Any] = json.loads(row["record"])
    before = record["manufactured_at"] is not None and record["manufactured_at"] < made_at
    return record if before and record["product_code"] == product_code else None


def earlier_values(work: UnitOfWork, batch: BatchRow, names: Iterable[str]) -> dict[str, list[float]]:
    """Values of parameters in earlier batches of the same product, the oldest first, at most 60 of each.

    Rejected batches are left out: they are no picture of the process under control.
    """
    wanted = tuple(names)
    if not wanted:
        return {}
    this = json.loads(batch["record"])
    made_at = this["manufactured_at"]
    if made_at is None:  # nothing is known to be earlier than what has no time; a rule says that it is missing
        return {name: [] for name in wanted}
    found: list[tuple[str, dict[str, Any]]] = []
    for row in work.find("batches", kind=batch["kind"]):
        if row["batch_id"] == batch["batch_id"] or row["state"] == "rejected":
            continue
        record = aside.readable(
            f"batch {row['batch_id']}", partial(_earlier, row, this["product_code"], made_at), _none
        )
        if record is not None:
            found.append((record["manufactured_at"], record))
    found.sort(key=lambda one: one[0])
    values: dict[str, list[float]] = {name: [] for name in wanted}
    none = aside.standing_in(list[tuple[str, float]]())
    for _, record in found[-_EARLIER:]:
        told = aside.readable(f"batch {record.get('batch_id')}", partial(_values_in, record, wanted), none)
        for name, value in told:
            values[name].append(value)
    return values


def _values_in(record: dict[str, Any], wanted: tuple[str, ...]) -> list[tuple[str, float]]:
    found = [(one["name"], one["value"]) for one in record["parameters"] if one["name"] in wanted]
    return [(name, value) for name, value in found if isinstance(value, int | float)]
