"""A site's own store: one SQLite file, text in every column, rows in the order in which they came."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, str]


class Store:
    """Tables of one site. Names of tables and columns come from code, never from a request.

    Args:
        path: the database file; made when absent.
        tables: column names by table.
    """

    def __init__(self, path: Path, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._path = path
        self._tables = dict(tables)
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
        columns = self._tables[table]
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" for _ in columns)
        numbers: list[int] = []
        with self._connect() as connection:
            for row in rows:
                values = [_text(row.get(name)) for name in columns]
                sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names come from code
                numbers.append(connection.execute(sql, values).lastrowid or 0)
        return numbers

    def change(self, table: str, seq: int, **values: str) -> None:
        """Set columns of one row."""
        fields = ", ".join(f'"{name}" = ?' for name in values if name in self._tables[table])
        sql = f'UPDATE "{table}" SET {fields} WHERE seq = ?'  # noqa: S608 - names come from code
        with self._connect() as connection:
            connection.execute(sql, [*values.values(), seq])

    def find(
        self, table: str, contains: Mapping[str, str] | None = None, *, limit: int = -1, offset: int = 0, **equals: str
    ) -> list[Row]:
        """Rows whose columns contain (any case) or equal the given texts; `seq` is among the keys."""
        where, values = _where(contains or {}, equals)
        sql = f'SELECT * FROM "{table}"{where} ORDER BY seq LIMIT ? OFFSET ?'  # noqa: S608 - names come from code
        with self._connect() as connection:
            return [dict(row) for row in connection.execute(sql, [*values, limit, offset])]

    def count(self, table: str, contains: Mapping[str, str] | None = None, **equals: str) -> int:
        """How many rows `find` would give without a limit."""
        where, values = _where(contains or {}, equals)
        sql = f'SELECT count(*) FROM "{table}"{where}'  # noqa: S608 - names come from code
        with self._connect() as connection:
            return int(connection.execute(sql, values).fetchone()[0])


def _where(contains: Mapping[str, str], equals: Mapping[str, str]) -> tuple[str, list[str]]:
    parts = [f'instr(lower("{name}"), lower(?)) > 0' for name in contains] + [f'"{name}" = ?' for name in equals]
    return (" WHERE " + " AND ".join(parts) if parts else ""), [*contains.values(), *equals.values()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
