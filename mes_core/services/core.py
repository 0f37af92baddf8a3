"""What every use case shares: store, rules, clock, and the audit entry that goes with each change."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Unpack
from zoneinfo import ZoneInfo

import orjson

from mes_core.domain import audit
from mes_core.domain.errors import NotFound
from mes_core.domain.principals import Actor
from mes_core.domain.states import LEFT, Event, State, next_state
from mes_core.messages.filing import FILINGS_CHAIN
from mes_core.services import aside
from mes_core.services.ledger import Ledger, LedgerStore
from mes_core.services.ports import Row, RuleProvider, Store, UnitOfWork
from mes_core.services.ports.rows import AuditRow, BatchColumns, BatchRow, HoldRow
from mes_core.services.steady import SteadyClock


def iso(moment: datetime) -> str:
    """A time as the store keeps it: its order as text is its order in time."""
    return moment.isoformat(timespec="microseconds")


def dumps(value: Any) -> str:
    """A document as the store keeps it."""
    return audit.canonical(value)


class Change(NamedTuple):
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
        zone: the plant's time zone, in which its days are counted; None: it was not named.
    """

    def __init__(
        self,
        store: Store,
        rules: RuleProvider,
        clock: Callable[[], datetime],
        *,
        production: bool = False,
        zone: ZoneInfo | None = None,
    ) -> None:
        self._steady = SteadyClock(clock, store)
        self._store = LedgerStore(store, self._steady.hold)
        self._rules = rules
        self._production = production
        self.zone = zone

    def now(self) -> datetime:
        """The time, from the clock that was passed in; never before what was written already."""
        return self._steady.now()

    def plant_facts(self) -> dict[str, Any]:
        """What rules are told of the plant: its time zone, where it was named."""
        return {"plant": {"zone": self.zone.key}} if self.zone else {}


def write_audit(work: UnitOfWork, batch_id: str, actor: Actor, now: datetime, *changes: Change) -> None:
    """Add entries to the chain of a batch, in this transaction; they vouch for every row of it touched so far."""
    write_audits(work, actor, now, {batch_id: changes})


def write_audits(work: UnitOfWork, actor: Actor, now: datetime, told: Mapping[str, Sequence[Change]]) -> None:
    """Add entries to several chains.

    Raises:
        TypeError: the unit of work keeps no account of what was touched.
    """
    if not isinstance(work, Ledger):
        raise TypeError("Audit entries are written through a ledger, which seals what they tell of.")
    entries: list[AuditRow] = []
    for name, changes in told.items():
        if changes:
            last = work.find("audit", batch_id=name, order=("-number",), limit=1)
            number, previous = (last[0]["number"], last[0]["entry_hash"]) if last else (0, audit.GENESIS)
            entries += _chain(name, actor.user, iso(now), changes, work.take(name), number, previous)
    work.add("audit", entries)


def _chain(
    name: str, user: str, at: str, changes: Sequence[Change], seals: Mapping[str, str], number: int, previous: str
) -> list[AuditRow]:
    """Entries that follow entry `number` with hash `previous`; the last one carries the seals."""
    rows: list[AuditRow] = []
    last = number + len(changes)
    for place, (action, subject, old, new, why) in enumerate(changes, start=number + 1):
        old_text, new_text = None if old is None else _text(old), None if new is None else _text(new)
        told = dumps(seals) if place == last else "{}"
        fields = (name, place, at, user, action, subject, old_text, new_text, why, told, previous)
        # Written out, as records of hundreds of items come through here: a loop over names takes twice as long.
        entry: AuditRow = {
            "batch_id": name,
            "number": place,
            "at": at,
            "user": user,
            "action": action,
            "subject": subject,
            "old": old_text,
            "new": new_text,
            "why": why,
            "seals": told,
            "previous_hash": previous,
            "entry_hash": audit.fields_hash(fields),
        }
        previous = entry["entry_hash"]
        rows.append(entry)
    return rows


def _text(value: Any) -> str:
    """A value as an entry keeps it. Its hash is over this very text, so the quick writer may word it as it likes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return dumps(value)


def read_audit(row: AuditRow) -> Row:
    """An audit row with its documents read."""
    return {**without(row, "seals"), "old": aside.document(row["old"]), "new": aside.document(row["new"])}


def the_batch(work: UnitOfWork, batch_id: str) -> BatchRow:
    """The row of a batch.

    Raises:
        NotFound: there is none.
    """
    row = work.get("batches", batch_id=batch_id)
    if row is None:
        raise NotFound(f"There is no batch {batch_id!r}: check its number in the list of batches.")
    return row


def known_chain(work: UnitOfWork, name: str) -> None:
    """See that a chain is that of a batch, or of filings that are about no single batch.

    Raises:
        NotFound: there is no such batch.
    """
    if name != FILINGS_CHAIN:
        the_batch(work, name)


def move(
    work: UnitOfWork, batch: BatchRow, event: Event, now: datetime, **more: Unpack[BatchColumns]
) -> tuple[Change, ...]:
    """Move a batch along its way; returns the audit change where its state changed.

    Raises:
        Conflict: the event can't happen now.
    """
    before = State(batch["state"])
    after = next_state(batch["batch_id"], before, event)
    changed: BatchColumns = {**more, "state": after.value, "changed_at": iso(now)}
    work.change("batches", {"batch_id": batch["batch_id"]}, **changed)
    batch.update(changed)
    if after is before:
        return ()
    return (Change("state", "batch", before.value, after.value, f"to {event.value}"),)


def open_holds(work: UnitOfWork, batch_id: str) -> list[HoldRow]:
    """Holds of a batch that nobody has lifted."""
    return work.find("holds", batch_id=batch_id, lifted_at=None, order=("opened_at", "hold_id"))


def has_left(work: UnitOfWork, batch: BatchRow) -> bool:
    """Whether the cells have left the plant: by its state, or as its shipment says, whatever was signed since."""
    if State(batch["state"]) in LEFT:
        return True
    return work.get("shipments", batch_id=batch["batch_id"]) is not None


def add_hold(
    work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime, *, kind: str, reason: str, key: str
) -> tuple[HoldRow, tuple[Change, ...]]:
    """Open a hold unless one with this key is there; returns it, and the audit changes."""
    there = work.get("holds", batch_id=batch["batch_id"], hold_key=key)
    if there is not None:
        return there, ()
    return _new_hold(work, batch, actor, now, kind=kind, reason=reason, key=key)


def hold_again(
    work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime, *, kind: str, reason: str, key: str
) -> tuple[HoldRow, tuple[Change, ...]]:
    """As `add_hold`, for a reason that comes again: one that was lifted stands for what was known then."""
    number, name = 1, key
    while (there := work.get("holds", batch_id=batch["batch_id"], hold_key=name)) is not None:
        if there["lifted_at"] is None:
            return there, ()
        number += 1
        name = f"{key}:{number}"
    return _new_hold(work, batch, actor, now, kind=kind, reason=reason, key=name)


def _new_hold(
    work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime, *, kind: str, reason: str, key: str
) -> tuple[HoldRow, tuple[Change, ...]]:
    number = work.count("holds", batch_id=batch["batch_id"]) + 1
    row: HoldRow = {
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


def only(row: Mapping[str, Any], *names: str) -> Row:
    """Some columns of a row."""
    return {name: row[name] for name in names}


def without(row: Mapping[str, Any], *names: str) -> Row:
    """A row without some columns."""
    return {name: value for name, value in row.items() if name not in names}
