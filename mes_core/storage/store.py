"""Units of work over SQLAlchemy Core."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, create_engine, event, func, select

from mes_core.domain.errors import Invalid
from mes_core.services.ports import Row
from mes_core.storage.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


class SqlUnitOfWork:
    """One transaction on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, all with the same columns."""
        listed = [dict(row) for row in rows]
        if listed:
            self._connection.execute(_table(table).insert(), listed)

    def get(self, table: str, **equals: Any) -> Row | None:
        """The one row with these values, or None."""
        found = self._connection.execute(_select(_table(table), equals).limit(1)).mappings().first()
        return None if found is None else dict(found)

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
        source = _table(table)
        query = _select(source, equals)
        for name, values in (within or {}).items():
            query = query.where(source.c[name].in_(list(values)))
        for name in order:
            column = source.c[name.removeprefix("-")]
            query = query.order_by(column.desc() if name.startswith("-") else column)
        query = query.limit(limit).offset(offset) if limit is not None else query
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""
        source = _table(table)
        query = select(func.count()).select_from(source).where(*_conditions(source, equals))
        return int(self._connection.execute(query).scalar_one())

    def change(self, table: str, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that match; returns how many there were."""
        target = _table(table)
        done = self._connection.execute(target.update().where(*_conditions(target, where)).values(**values))
        return int(done.rowcount)

    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete the rows whose columns hold one of the values."""
        target = _table(table)
        conditions = [target.c[name].in_(list(values)) for name, values in within.items()]
        self._connection.execute(target.delete().where(*conditions))


class SqlStore:
    """The store behind the services. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that may change things; on SQLite it takes the write lock at its start."""
        with self._engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
            yield SqlUnitOfWork(connection)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that sees one consistent state."""
        with self._engine.connect() as connection, connection.begin():
            yield SqlUnitOfWork(connection)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_store(address: str | Path) -> SqlStore:
    """Open a store and bring its tables up to date.

    Args:
        address: path of a SQLite file (made when absent), or a database URL.

    Raises:
        Invalid: the file is not a store, or can't be opened.
    """
    url = address if isinstance(address, str) and "://" in address else f"sqlite:///{address}"
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        _migrate(engine)
    except Exception as error:
        engine.dispose()
        if isinstance(error.__cause__ or error, sqlite3.Error) or isinstance(
            getattr(error, "orig", None), sqlite3.Error
        ):
            raise Invalid(
                f"{address} can't be opened as a store ({error.__cause__ or error}): check the file."
            ) from error
        raise
    return SqlStore(engine)


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver's
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("batchwright_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _table(name: str) -> Table:
    return metadata.tables[name]


def _conditions(table: Table, equals: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in equals.items()]


def _select(table: Table, equals: Mapping[str, Any]) -> Select[Any]:
    return select(table).where(*_conditions(table, equals))
