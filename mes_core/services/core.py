"""What every use case shares: store, rules, clock, and the audit entry that goes with each change."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes_core.domain import audit
from mes_core.domain.errors import NotFound
from mes_core.domain.principals import Actor
from mes_core.domain.states import Event, State, next_state
from mes_core.services.ports import Row, RuleProvider, Store, UnitOfWork


def iso(moment: datetime) -> str:
    """A time as the store keeps it: its order as text is its order in time."""
    return moment.isoformat(timespec="microseconds")


def dumps(value: Any) -> str:
    """A document as the store keeps it."""
    return audit.canonical(value)


@dataclass(frozen=True)
class Change:
    """One audit entry to be: what was done to what, the old and the new value, and why."""

    action: str
    subject: str
    old: Any = None
    new: Any = None
    why: str | None = None


class Core:
    """Base of the use cases.

    Args:
        store: where things are kept.
        rules: which rule set is in force for which kind of record.
        clock: what time it is, zone-aware, UTC.
        production: whether only approved content may run.
    """

    def __init__(
        self, store: Store, rules: RuleProvider, clock: Callable[[], datetime], *, production: bool = False
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._production = production

    def now(self) -> datetime:
        """The time, from the clock that was passed in."""
        return self._clock()


def write_audit(work: UnitOfWork, batch_id: str, actor: Actor, now: datetime, *changes: Change) -> None:
    """Add entries to the chain of a batch, in this transaction."""
    last = work.find("audit", batch_id=batch_id, order=("-number",), limit=1)
    number, previous = (last[0]["number"], last[0]["entry_hash"]) if last else (0, audit.GENESIS)
    work.add("audit", chain(batch_id, actor, now, changes, number, previous))


def chain(
    batch_id: str, actor: Actor, now: datetime, changes: tuple[Change, ...], number: int, previous: str
) -> list[Row]:
    """Audit rows that follow entry `number` with hash `previous`."""
    rows: list[Row] = []
    for place, change in enumerate(changes, start=number + 1):
        entry: Row = {
            "batch_id": batch_id,
            "number": place,
            "at": iso(now),
            "user": actor.user,
            "action": change.action,
            "subject": change.subject,
            "old": change.old,
            "new": change.new,
            "why": change.why,
            "previous_hash": previous,
        }
        previous = audit.entry_hash(entry)
        old, new = (None if value is None else dumps(value) for value in (change.old, change.new))
        rows.append({**entry, "old": old, "new": new, "entry_hash": previous})
    return rows


def read_audit(row: Row) -> Row:
    """An audit row with its documents read."""
    return {**row, "old": _loads(row["old"]), "new": _loads(row["new"])}


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def the_batch(work: UnitOfWork, batch_id: str) -> Row:
    """The row of a batch.

    Raises:
        NotFound: there is none.
    """
    row = work.get("batches", batch_id=batch_id)
    if row is None:
        raise NotFound(f"There is no batch {batch_id!r}: check its number in the list of batches.")
    return row


def move(work: UnitOfWork, batch: Row, event: Event, now: datetime, **more: Any) -> tuple[Change, ...]:
    """Move a batch along its way; returns the audit change where its state changed.

    Raises:
        Conflict: the event can't happen now.
    """
    before = State(batch["state"])
    after = next_state(batch["batch_id"], before, event)
    work.change("batches", {"batch_id": batch["batch_id"]}, state=after.value, changed_at=iso(now), **more)
    batch.update(state=after.value, **more)
    if after is before:
        return ()
    return (Change("state", "batch", before.value, after.value, f"to {event.value}"),)


def open_holds(work: UnitOfWork, batch_id: str) -> list[Row]:
    """Holds of a batch that nobody has lifted."""
    return work.find("holds", batch_id=batch_id, lifted_at=None, order=("opened_at", "hold_id"))


def add_hold(
    work: UnitOfWork, batch: Row, actor: Actor, now: datetime, *, kind: str, reason: str, key: str
) -> tuple[Row, tuple[Change, ...]]:
    """Open a hold unless one with this key is there; returns it, and the audit changes."""
    there = work.get("holds", batch_id=batch["batch_id"], hold_key=key)
    if there is not None:
        return there, ()
    number = work.count("holds", batch_id=batch["batch_id"]) + 1
    row: Row = {
        "hold_id": f"H-{batch['batch_id']}-{number}",
        "batch_id": batch["batch_id"],
        "hold_key": key,
        "kind": kind,
        "reason": reason,
        "opened_at": iso(now),
        "opened_by": actor.user,
        "lifted_at": None,
        "lifted_by": None,
        "lift_reason": None,
    }
    work.add("holds", [row])
    moved = move(work, batch, Event.HELD, now)
    return row, (Change("hold opened", row["hold_id"], None, {"kind": kind}, reason), *moved)


def without(row: Mapping[str, Any], *names: str) -> Row:
    """A row without some columns."""
    return {name: value for name, value in row.items() if name not in names}
