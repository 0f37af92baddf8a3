"""What the services need from outside: a store that commits a unit of work as one, and somebody who knows the rules."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, Unpack, cast

from mes_core.services.ports.reading import Reads
from mes_core.services.ports.rows import WorkItemColumns, WorkItemRow
from mes_core.services.ports.writing import Writes

Row = dict[str, Any]
"""A row of any table. Where the table is known, its row has a type of its own (`ports.rows`)."""


class UnitOfWork(Reads, Writes, Protocol):
    """One transaction. Everything done in it is stored together when it ends well, and nothing of it otherwise.

    Tables and columns are those of `mes_core.storage.tables`; times are ISO texts in UTC, documents are JSON texts. A
    row is a plain dictionary: what its table is, the type checker knows alone.
    """

    def after(
        self,
        table: Literal["work_items"],
        order: tuple[str, ...],
        key: tuple[Any, ...] | None,
        limit: int,
        **equals: Unpack[WorkItemColumns],
    ) -> list[WorkItemRow]:
        """The next rows in an ascending order after a key of it (None: from the start); as quick at any place."""

    def counts(self, table: str, by: str, *, below: Mapping[str, str] | None = None, **equals: Any) -> dict[str, int]:
        """How many rows with these values have each value of a column; `below`: columns less than a text."""

    def beginning(self, table: str, column: str, prefix: str, limit: int, **equals: Any) -> list[Any]:
        """The first rows in the order of a column that begin with a text there."""

    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete rows; the audit trail refuses this by itself."""


class AnyTable(Protocol):
    """A unit of work as stores build it, and for those who go through all tables: the table is any name."""

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, all with the same columns."""

    def get(self, table: str, **equals: Any) -> Any:
        """The one row with these values, or None."""

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
        """Rows with these values, in an order of columns (`-name` for descending)."""

    def after(
        self, table: str, order: tuple[str, ...], key: tuple[Any, ...] | None, limit: int, **equals: Any
    ) -> list[Any]:
        """The next rows in an ascending order after a key of it (None: from the start); as quick at any place."""

    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""

    def counts(self, table: str, by: str, *, below: Mapping[str, str] | None = None, **equals: Any) -> dict[str, int]:
        """How many rows with these values have each value of a column; `below`: columns less than a text."""

    def beginning(self, table: str, column: str, prefix: str, limit: int, **equals: Any) -> list[Any]:
        """The first rows in the order of a column that begin with a text there."""

    def change(self, table: str, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that match; returns how many there were."""

    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete the rows whose columns hold one of the values."""


def any_table(work: UnitOfWork) -> AnyTable:
    """The same unit of work, for tables whose name is not known when the program is checked."""
    return cast(AnyTable, work)


class Store(Protocol):
    """Where units of work come from."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that may change things; writers come one after another."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that sees one consistent state and changes nothing."""

    def missing_guards(self) -> list[str]:
        """Tables without the triggers that keep the database itself from changing what only grows."""


class Outcome(Protocol):
    """What the rules conclude."""

    def to_dict(self) -> dict[str, Any]:
        """The verdict in the shape of `mes_core.messages.Verdict`."""


class Reviewer(Protocol):
    """One rule set, ready to review facts."""

    @property
    def name(self) -> str:
        """Name of the rule set."""

    @property
    def version(self) -> str:
        """Its version, as its authors count."""

    @property
    def content_hash(self) -> str:
        """What names the rule set: the hash of its content."""

    def review(self, facts: Mapping[str, Any], /) -> Outcome:
        """Facts in, verdict out; the same facts give the same verdict."""


class RuleProvider(Protocol):
    """Knows which rule set is in force for which kind of record."""

    def for_kind(self, kind: str) -> Reviewer:
        """The rule set for a kind of record."""
