"""A site's own store: one SQLite file, text in every column, rows in the order in which they came."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

Row = dict[str, str]

LAG_S: ContextVar[float] = ContextVar("lag_s", default=0.0)
"""How many seconds behind the lists are that read in this context; set by the fault plan, else 0."""


class Store:
    """Tables of one site. Names of tables and columns come from code, never from a request.

    Args:
        path: the database file; made when absent.
        tables: column names by table.
    """

    def __init__(self, path: Path, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._path = path
        self._tables = dict(tables)
        self._added: dict[str, list[tuple[float, int]]] = {table: [] for table in tables}
        with self._connect() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            for table, columns in self._tables.items():
                fields = ", ".join(f"\"{name}\" TEXT NOT NULL DEFAULT ''" for name in columns)
                connection.execute(f'CREATE TABLE IF NOT EXISTS "{table}" (seq INTEGER PRIMARY KEY, {fields})')

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert rows; unknown keys are left out, missing ones stay empty. Returns their sequence numbers."""
        with self._connect() as connection:
            numbers = [self._insert(connection, table, row) for row in rows]
        self._note(table, numbers)
        return numbers

    def add_numbered(self, table: str, row: Mapping[str, Any], column: str, number_of: Callable[[int], str]) -> str:
        """Insert a row with a number made from its sequence number, so that nobody sees it without; the number."""
        with self._connect() as connection:
            seq = self._insert(connection, table, row)
            number = number_of(seq)
            sql = f'UPDATE "{table}" SET "{column}" = ? WHERE seq = ?'  # noqa: S608 - names come from code
            connection.execute(sql, [number, seq])
        self._note(table, [seq])
        return number

    def change(self, table: str, seq: str | int, values: Mapping[str, str]) -> None:
        """Set columns of one row."""
        named = ", ".join(f'"{name}" = ?' for name in values)
        with self._connect() as connection:
            sql = f'UPDATE "{table}" SET {named} WHERE seq = ?'  # noqa: S608 - names come from code
            connection.execute(sql, [*values.values(), int(seq)])

    def remove(self, table: str, seq: str | int) -> None:
        """Delete one row."""
        with self._connect() as connection:
            connection.execute(f'DELETE FROM "{table}" WHERE seq = ?', [int(seq)])  # noqa: S608 - names come from code

    def _insert(self, connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int:
        columns = self._tables[table]
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" for _ in columns)
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names come from code
        return connection.execute(sql, [_text(row.get(name)) for name in columns]).lastrowid or 0

    def _note(self, table: str, numbers: Iterable[int]) -> None:
        now = time.monotonic()
        self._added[table].extend((now, number) for number in numbers)

    def find(
        self, table: str, contains: Mapping[str, str] | None = None, *, limit: int = -1, offset: int = 0, **equals: str
    ) -> list[Row]:
        """Rows whose columns contain (any case) or equal the given texts; `seq` is among the keys."""
        where, values = _where(contains or {}, equals, self._newest_shown(table))
        sql = f'SELECT * FROM "{table}"{where} ORDER BY seq LIMIT ? OFFSET ?'  # noqa: S608 - names come from code
        with self._connect() as connection:
            return [dict(row) for row in connection.execute(sql, [*values, limit, offset])]

    def count(self, table: str, contains: Mapping[str, str] | None = None, **equals: str) -> int:
        """How many rows `find` would give without a limit."""
        where, values = _where(contains or {}, equals, self._newest_shown(table))
        sql = f'SELECT count(*) FROM "{table}"{where}'  # noqa: S608 - names come from code
        with self._connect() as connection:
            return int(connection.execute(sql, values).fetchone()[0])

    def _newest_shown(self, table: str) -> int | None:
        """Sequence number below which a lagging list still shows rows; None when nothing is held back."""
        if not (lag := LAG_S.get()):
            return None
        since = time.monotonic() - lag
        return min((number for added, number in self._added[table] if added > since), default=None)


def _where(contains: Mapping[str, str], equals: Mapping[str, str], below: int | None) -> tuple[str, list[str | int]]:
    parts = [f'instr(lower("{name}"), lower(?)) > 0' for name in contains] + [f'"{name}" = ?' for name in equals]
    values: list[str | int] = [*contains.values(), *equals.values()]
    if below is not None:
        parts.append("seq < ?")
        values.append(below)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
