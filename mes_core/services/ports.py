"""What the services need from outside: a store that commits a unit of work as one, and somebody who knows the rules."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = dict[str, Any]


class UnitOfWork(Protocol):
    """One transaction. Everything done in it is stored together when it ends well, and nothing of it otherwise.

    Tables and columns are those of `mes_core.storage.tables`; times are ISO texts in UTC, documents are JSON texts.
    """

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows."""

    def get(self, table: str, **equals: Any) -> Row | None:
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
    ) -> list[Row]:
        """Rows with these values, in an order of columns (`-name` for descending)."""

    def after(
        self, table: str, order: tuple[str, ...], key: tuple[Any, ...] | None, limit: int, **equals: Any
    ) -> list[Row]:
        """The next rows in an ascending order after a key of it (None: from the start); as quick at any place."""

    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""

    def change(self, table: str, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that match; returns how many there were."""

    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete rows; the audit trail refuses this by itself."""


class Store(Protocol):
    """Where units of work come from."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that may change things; writers come one after another."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that sees one consistent state and changes nothing."""


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
