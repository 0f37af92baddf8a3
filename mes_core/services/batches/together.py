"""What several batches have, read at once: a list asks as many questions for a thousand rows as for one."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from mes_core.services.ports import AnyTable, UnitOfWork, any_table

_OF_BATCHES = frozenset(
    {
        "batches",
        "conditions",
        "deviations",
        "dispositions",
        "effects",
        "filings",
        "findings",
        "holds",
        "identities",
        "observations",
        "predictions",
        "record_versions",
        "register",
        "shipments",
        "signatures",
        "supply_gates",
        "verdicts",
        "work_items",
    }
)
"""Tables whose rows are asked for by the number of a batch."""
_BY_VERDICT = frozenset({"verdicts", "findings"})
"""Tables whose rows are asked for by their verdict as well."""
_ACCOUNTS = frozenset({"accounts", "aliases"})
"""Small tables that are read whole."""


def together(work: UnitOfWork, batch_ids: Iterable[str]) -> UnitOfWork:
    """The same unit of work, for reading: questions about these batches are asked once per table for all of them."""
    return cast(UnitOfWork, _Together(any_table(work), tuple(dict.fromkeys(batch_ids))))


class _Together:
    """Answers from what it has read; everything else goes on to the store. Nothing is changed through it."""

    def __init__(self, work: AnyTable, batch_ids: tuple[str, ...]) -> None:
        self._work, self._names = work, frozenset(batch_ids)
        self._read: dict[str, dict[Any, list[Mapping[str, Any]]]] = {}

    def get(self, table: str, **equals: Any) -> Any:
        """The one row with these values, or None."""
        found = self.find(table, limit=1, **equals)
        return found[0] if found else None

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
        rows = self._known(table, equals)
        if rows is None:
            return self._work.find(table, order=order, limit=limit, offset=offset, within=within, **equals)
        one_of = {name: frozenset(values) for name, values in (within or {}).items()}
        chosen = [
            row
            for row in rows
            if all(row[name] == value for name, value in equals.items())
            and all(row[name] in values for name, values in one_of.items())
        ]
        for name in reversed(order):
            column = name.removeprefix("-")
            # Nothing comes first, as in SQLite; columns by which batches are ordered here are never empty.
            chosen.sort(key=lambda row: (row[column] is not None, row[column]), reverse=name.startswith("-"))
        ends = None if limit is None else offset + limit
        return [dict(row) for row in chosen[offset:ends]]

    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""
        return (
            self._work.count(table, **equals) if self._known(table, equals) is None else len(self.find(table, **equals))
        )

    def counts(self, table: str, by: str, **asked: Any) -> dict[str, int]:
        """How many rows have each value of a column: asked of the store."""
        return self._work.counts(table, by, **asked)

    def _known(self, table: str, equals: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
        """What was read that could fit; None where the store has to be asked."""
        if table in _ACCOUNTS:
            return self._of(table, "").get("", [])
        if table == "audit" and equals.get("batch_id") in self._names and "action" in equals:
            return self._of(table, "batch_id", action=equals["action"]).get(equals["batch_id"], [])
        if table == "journey_records" and equals.get("batch_id") in self._names and "kind" in equals:
            return self._of(table, "batch_id", kind=equals["kind"]).get(equals["batch_id"], [])
        if table not in _OF_BATCHES:
            return None
        if equals.get("batch_id") in self._names:
            return self._of(table, "batch_id").get(equals["batch_id"], [])
        verdict = equals.get("verdict_id") if table in _BY_VERDICT else None
        # A verdict without findings is one of these batches' all the same: its verdict says so.
        if verdict is not None and verdict in self._of("verdicts", "batch_id", "verdict_id"):
            return self._of(table, "batch_id", "verdict_id").get(verdict, [])
        return None

    def _of(self, table: str, column: str, by: str = "", **equals: Any) -> dict[Any, list[Mapping[str, Any]]]:
        """Rows of a table by a column; read once."""
        place = " ".join((table, by or column, *map(str, equals.values())))
        if place not in self._read:
            within = {column: sorted(self._names)} if column else None
            groups: dict[Any, list[Mapping[str, Any]]] = {}
            if by:
                rows = [row for rows in self._of(table, column).values() for row in rows]
            else:
                rows = self._work.find(table, within=within, **equals) if self._names or not column else []
            for row in rows:
                groups.setdefault(row[by or column] if column else "", []).append(row)
            self._read[place] = groups
        return self._read[place]
