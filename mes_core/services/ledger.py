"""No change without its audit entry: rows that a transaction touched are sealed by the entry that tells of them.

The services write through this. It notes every row that is added or changed; the next entry of its chain carries a
seal (a hash) of each; a transaction that ends with a row nobody told of is undone. So the trail vouches for the tables,
whatever a use case forgets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from mes_core.domain.audit import seal
from mes_core.services import requests
from mes_core.services.ports import AnyTable, Store, UnitOfWork, any_table

USERS = "system:users"


@dataclass(frozen=True)
class Sealed:
    """A table whose rows the trail vouches for: its key, and columns that may change without an entry."""

    key: tuple[str, ...]
    leave_out: frozenset[str] = frozenset()
    chain: str | None = None

    def name(self, table: str, row: Mapping[str, Any]) -> str:
        """How seals name a row."""
        return "/".join((table, *(str(row[column]) for column in self.key)))

    def chain_of(self, row: Mapping[str, Any]) -> str:
        """The chain that tells of a row."""
        return self.chain or str(row["batch_id"])

    def seal(self, row: Mapping[str, Any]) -> str:
        """The row's seal."""
        return seal(row, leave_out=self.leave_out)


TABLES = {
    # The record itself is vouched for by its own hash, which is a column here.
    "batches": Sealed(("batch_id",), frozenset({"record", "skeleton", "infusion_on"})),  # which follow from both
    "record_versions": Sealed(("batch_id", "version"), frozenset({"record"})),
    "observations": Sealed(("batch_id", "system", "name")),
    "verdicts": Sealed(("verdict_id",)),
    "facts": Sealed(("facts_hash",)),
    "findings": Sealed(("finding_id",)),
    "holds": Sealed(("hold_id",)),
    "deviations": Sealed(("batch_id", "deviation_key")),
    "dispositions": Sealed(("disposition_id",)),
    "shipments": Sealed(("batch_id",), frozenset({"booking"})),  # which follows from the document
    "filings": Sealed(("filing_id",)),
    "filing_events": Sealed(("event_id", "version")),
    "filing_drafts": Sealed(("filing_id", "number")),
    "filing_answers": Sealed(("filing_id", "number")),
    "licences": Sealed(("licence_id", "version"), chain="system:filings"),
    "work_items": Sealed(("item_id",)),
    "effects": Sealed(("effect_id",)),
    "signatures": Sealed(("signature_id",)),
    "approvals": Sealed(("approval_id",)),
    "predictions": Sealed(("prediction_id",)),
    "models": Sealed(("model_id",)),
    "drift_checks": Sealed(("check_id",)),
    "conditions": Sealed(("batch_id", "test")),
    "supply_gates": Sealed(("batch_id", "gate")),
    "cause_notes": Sealed(("batch_id", "rule", "number")),
    "master_bindings": Sealed(("batch_id",)),
    "master_records": Sealed(("master_id",)),
    "journey_records": Sealed(("record_id",)),
    "plant_settings": Sealed(("number",), chain="system:settings"),
    "due_items": Sealed(("due_id",), chain="system:due"),
    "due_notices": Sealed(("notice_id",), chain="system:due"),
    "register": Sealed(("number",), chain="system:register"),
    "aliases": Sealed(("name_key",), chain=USERS),
    "proposals": Sealed(("proposal_id",)),
    "checkpoints": Sealed(("number",), chain="system:checkpoints"),
    "accounts": Sealed(("user",), frozenset({"failures", "locked_until"}), USERS),
}
"""Tables that the trail vouches for. Sessions are not among them: they end by themselves and decide nothing."""


class Ledger:
    """A unit of work that keeps account of what it touched."""

    def __init__(self, work: AnyTable) -> None:
        """Wrap a unit of work."""
        self._work = work
        self._touched: dict[str, dict[str, str]] = {}
        self.vouched: set[str] = set()
        """Chains that were seen to be as the trail says in this transaction, before it changed anything of them."""

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, and note them."""
        listed = list(rows)
        self._work.add(table, listed)
        self._note(table, listed)

    def get(self, table: str, **equals: Any) -> Any:
        """The one row with these values, or None."""
        return self._work.get(table, **equals)

    def find(
        self,
        table: str,
        *,
        order: tuple[str, ...] = (),
        limit: int | None = None,
        offset: int = 0,
        within: Mapping[str, Iterable[Any]] | None = None,
        **equals: Any,
    ) -> list[Any]:
        """Rows with these values."""
        return self._work.find(table, order=order, limit=limit, offset=offset, within=within, **equals)

    def after(
        self, table: str, order: tuple[str, ...], key: tuple[Any, ...] | None, limit: int, **equals: Any
    ) -> list[Any]:
        """The next rows in an ascending order after a key of it."""
        return self._work.after(table, order, key, limit, **equals)

    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""
        return self._work.count(table, **equals)

    def counts(self, table: str, by: str, *, below: Mapping[str, str] | None = None, **equals: Any) -> dict[str, int]:
        """How many rows have each value of a column."""
        return self._work.counts(table, by, below=below, **equals)

    def beginning(self, table: str, column: str, prefix: str, limit: int, **equals: Any) -> list[Any]:
        """Rows whose column begins with a text."""
        return self._work.beginning(table, column, prefix, limit, **equals)

    def change(self, table: str, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that match, and note them as they are afterwards."""
        changed = self._work.change(table, where, **values)
        sealed = TABLES.get(table)
        if changed and sealed and not set(values) <= sealed.leave_out:
            after = {name: values.get(name, value) for name, value in where.items()}
            self._note(table, self._work.find(table, order=(), limit=None, offset=0, within=None, **after))
        return changed

    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete rows of tables that nobody vouches for.

        Raises:
            TypeError: the trail vouches for the rows of this table.
        """
        if table in TABLES or table == "audit":
            raise TypeError(f"Rows of {table} are never removed: the audit trail vouches for them.")
        self._work.remove(table, within)

    def _note(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        sealed = TABLES.get(table)
        if sealed is None:
            return
        for row in rows:
            self._touched.setdefault(sealed.chain_of(row), {})[sealed.name(table, row)] = sealed.seal(row)

    def take(self, chain: str) -> dict[str, str]:
        """Seals of the rows of a chain that no entry has told of yet; from now on one does."""
        return self._touched.pop(chain, {})

    def finish(self) -> None:
        """See that every change has its entry.

        Raises:
            RuntimeError: one has not; the transaction is undone.
        """
        if self._touched:
            names = sorted(name for rows in self._touched.values() for name in rows)
            raise RuntimeError(f"No audit entry tells of the change of {', '.join(names)}: nothing was stored.")


class LedgerStore:
    """The store as services see it."""

    def __init__(self, store: Store, begin: Callable[[UnitOfWork], None] | None = None) -> None:
        """Wrap a store; `begin` looks at every transaction that may change things before anything is changed."""
        self._store, self._begin = store, begin

    @contextmanager
    def write(self, *, begin: bool = True) -> Iterator[UnitOfWork]:
        """A transaction in which every change gets its audit entry."""
        with self._store.write() as work:
            if begin and self._begin is not None:
                self._begin(work)
            ledger = Ledger(any_table(work))
            requests.check(ledger)
            yield ledger
            ledger.finish()

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that changes nothing."""
        return self._store.read()

    def missing_guards(self) -> list[str]:
        """Tables without the triggers that keep the database itself from changing what only grows."""
        return self._store.missing_guards()
