"""Units of work over SQLAlchemy Core."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Select,
    Table,
    create_engine,
    event,
    func,
    select,
    tuple_,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mes_core.domain.errors import Invalid, Unavailable
from mes_core.storage import guards
from mes_core.storage.storable import storable
from mes_core.storage.tables import metadata
from mes_core.storage.up_to_date import bring_up_to_date

_FEW = 12
"""Below so many rows PostgreSQL's COPY does not pay."""
_LONGEST_WAIT_S = 20.0
_WRITERS = 0x6261746368  # the lock that PostgreSQL writers take turns by; any number that nobody else uses
_COLUMNS = {name: ", ".join(f'"{column.name}"' for column in table.columns) for name, table in metadata.tables.items()}
_NAMES = {name: tuple(column.name for column in table.columns) for name, table in metadata.tables.items()}
_TYPED = {
    name: any(isinstance(column.type, Boolean | LargeBinary) for column in table.columns)
    for name, table in metadata.tables.items()
}
"""Tables some of whose columns SQLAlchemy turns into other types when they are read."""


class SqlUnitOfWork:
    """One transaction on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @storable
    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, all with the same columns."""
        listed = list(rows)
        if listed:
            self._write(table, listed)

    def _write(self, table: str, rows: list[Mapping[str, Any]]) -> None:
        """All rows by the driver itself: building SQL expressions takes longer than SQLite takes to store them."""
        columns = tuple(rows[0])
        unknown = set(columns) - set(_table(table).columns.keys())
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)[0]!r}")
        named = ", ".join(f'"{name}"' for name in columns)
        take = itemgetter(*columns)  # every table has two columns at least, so that it gives a tuple
        values = [take(row) for row in rows]
        if self._connection.dialect.name == "sqlite":
            places = ", ".join("?" * len(columns))
            self._connection.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({places})", values)  # noqa: S608
        elif len(values) < _FEW:
            places = ", ".join(["%s"] * len(columns))
            self._connection.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({places})", values)  # noqa: S608
        else:
            text, cursor = f"COPY {table} ({named}) FROM STDIN", cast(Any, self._connection.connection.cursor())
            try:
                with cursor, cursor.copy(text) as out:
                    for value in values:
                        out.write_row(value)
            except self._connection.dialect.loaded_dbapi.Error as error:
                raise self._worded(text, error) from error

    def get(self, table: str, **equals: Any) -> Any:
        """The one row with these values, or None."""
        found = self.find(table, order=(), limit=1, offset=0, within=None, **equals)
        return found[0] if found else None

    @storable
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
        source = _table(table)
        if not within and not _TYPED[table]:
            return self._find_plain(source, order, limit, offset, equals)
        query = _select(source, equals)
        for name, values in (within or {}).items():
            query = query.where(source.c[name].in_(list(values)))
        for name in order:
            column = source.c[name.removeprefix("-")]
            query = query.order_by(column.desc() if name.startswith("-") else column)
        query = query.limit(limit).offset(offset) if limit is not None else query
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def _find_plain(
        self, source: Table, order: tuple[str, ...], limit: int | None, offset: int, equals: Mapping[str, Any]
    ) -> list[Any]:
        """By the driver itself: such small questions take SQLAlchemy longer to word than the store to answer."""
        names = _NAMES[source.name]
        mark = "?" if self._connection.dialect.name == "sqlite" else "%s"
        met = [
            f'"{source.c[name].name}" IS NULL' if value is None else f'"{source.c[name].name}" = {mark}'
            for name, value in equals.items()
        ]
        by = [f'"{source.c[one.removeprefix("-")].name}"{" DESC" if one.startswith("-") else ""}' for one in order]
        text = f"SELECT {_COLUMNS[source.name]} FROM {source.name}"  # noqa: S608 - names of our own tables and columns
        text += f" WHERE {' AND '.join(met)}" if met else ""
        text += f" ORDER BY {', '.join(by)}" if by else ""
        text += f" LIMIT {int(limit)} OFFSET {int(offset)}" if limit is not None else ""
        given = tuple(value for value in equals.values() if value is not None)
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(text, given)
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise self._worded(text, error) from error
        finally:
            cursor.close()

    def _worded(self, text: str, error: Exception) -> Exception:
        """What the driver said when it was used past SQLAlchemy, as SQLAlchemy words it."""
        dialect = self._connection.dialect
        return DBAPIError.instance(text, (), error, dialect.loaded_dbapi.Error, dialect=dialect)

    @storable
    def after(
        self, table: str, order: tuple[str, ...], key: tuple[Any, ...] | None, limit: int, **equals: Any
    ) -> list[Any]:
        """The next rows in an ascending order after a key of it; an index over `equals` and `order` makes it quick."""
        source = _table(table)
        columns = [source.c[name] for name in order]
        query = _select(source, equals).order_by(*columns).limit(limit)
        if key is not None:
            query = query.where(tuple_(*columns) > tuple_(*key))
        return [dict(row) for row in self._connection.execute(query).mappings()]

    @storable
    def count(self, table: str, **equals: Any) -> int:
        """How many rows have these values."""
        source = _table(table)
        query = select(func.count()).select_from(source).where(*_conditions(source, equals))
        return int(self._connection.execute(query).scalar_one())

    @storable
    def counts(self, table: str, by: str, *, below: Mapping[str, str] | None = None, **equals: Any) -> dict[str, int]:
        """How many rows with these values have each value of a column; `below`: columns less than a text."""
        source = _table(table)
        query = select(source.c[by], func.count()).where(*_conditions(source, equals)).group_by(source.c[by])
        for name, value in (below or {}).items():
            query = query.where(source.c[name] < value)
        return {str(value): int(count) for value, count in self._connection.execute(query)}

    @storable
    def beginning(self, table: str, column: str, prefix: str, limit: int, **equals: Any) -> list[Any]:
        """The first rows in the order of a column that begin with a text there."""
        source = _table(table)
        at = source.c[column]
        # SQLite's LIKE knows no index and no case: a range says the same. PostgreSQL's order is not that of bytes.
        sqlite = self._connection.dialect.name == "sqlite"
        met = (at >= prefix, at < f"{prefix}\U0010ffff") if sqlite else (at.startswith(prefix, autoescape=True),)
        query = _select(source, equals).where(*met).order_by(at).limit(limit)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    @storable
    def change(self, table: str, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that match; returns how many there were."""
        target = _table(table)
        done = self._connection.execute(target.update().where(*_conditions(target, where)).values(**values))
        return int(done.rowcount)

    @storable
    def remove(self, table: str, within: Mapping[str, Iterable[Any]]) -> None:
        """Delete the rows whose columns hold one of the values."""
        target = _table(table)
        conditions = [target.c[name].in_(list(values)) for name, values in within.items()]
        self._connection.execute(target.delete().where(*conditions))


class SqlStore:
    """The store behind the services. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Writers of this process wait here, where they hold no connection that a reader could use.
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that may change things; writers take turns from its start, on both kinds of store.

        Raises:
            Unavailable: the disk is full, the server is gone, or other writers hold the store for too long.
        """
        with (
            self._a_turn(),
            _in_use(),
            self._engine.connect().execution_options(batchwright_write=True) as connection,
            connection.begin(),
        ):
            yield SqlUnitOfWork(connection)

    @contextmanager
    def _a_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=_LONGEST_WAIT_S):
            raise Unavailable(
                f"Other changes held the store for more than {_LONGEST_WAIT_S:.0f} s: nothing was done, ask again."
            )
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that sees one consistent state.

        Raises:
            Unavailable: the store can't be read at present.
        """
        with _in_use(), self._engine.connect() as connection, connection.begin():
            yield SqlUnitOfWork(connection)

    def may_rewrite(self) -> bool:
        """Whether this connection's role could take the guards off: it owns the audit trail, or is a superuser.

        A SQLite file always can be rewritten by who may write it.
        """
        if self._engine.dialect.name == "sqlite":
            return True
        asked = (
            "SELECT pg_catalog.pg_get_userbyid(c.relowner) = current_user OR r.rolsuper FROM pg_catalog.pg_class c,"
            " pg_catalog.pg_roles r WHERE c.oid = 'audit'::regclass AND r.rolname = current_user"
        )
        with self._engine.connect() as connection:
            return bool(connection.exec_driver_sql(asked).scalar_one())

    def missing_guards(self) -> list[str]:
        """Tables whose triggers, which keep the database itself from changing what only grows, were taken off."""
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                asked = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name"
            else:
                asked = (
                    "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
                    " WHERE NOT tgisinternal AND tgenabled = 'A' GROUP BY 1"
                )
            there = {str(table): int(count) for table, count in connection.exec_driver_sql(asked)}
        least = 3 if self._engine.dialect.name == "sqlite" else 2
        return [table for table in sorted({"audit", *guards.ALL}) if there.get(table, 0) < least]

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


@contextmanager
def _in_use() -> Iterator[None]:
    """What keeps the store from being used is said in one sentence, whatever the driver calls it."""
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        said = " ".join(str(getattr(error, "orig", error)).split())
        raise Unavailable(
            f"The store can't be used at present ({said}): see to its disk or its server, look whether the change is"
            " there, and ask again."
        ) from error


def make_engine(address: str | Path) -> Engine:
    """An engine on a SQLite file or a database URL, with its transactions begun as the store needs them.

    Raises:
        Invalid: the URL is of a kind that is not known, or the driver for it is not installed.
    """
    url = address if isinstance(address, str) and "://" in address else f"sqlite:///{address}"
    if url.startswith(("postgresql://", "postgres://")):
        url = f"postgresql+psycopg://{url.partition('://')[2]}"
    try:
        engine = create_engine(url, pool_size=10, max_overflow=30)  # as many as a server has threads
    except (ModuleNotFoundError, ArgumentError) as error:
        raise Invalid(
            f"The store can't be opened ({error}): give a file or a postgresql:// address, and for PostgreSQL install"
            " 'batchwright[postgresql]'."
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _keep_private(address: str | Path) -> None:
    """Let nobody but its owner read a store's file; SQLite's files beside it take its permissions.

    A file whose permissions can't be changed (another's, or another kind of disk) is opened as it is.
    """
    if os.name == "nt" or (isinstance(address, str) and "://" in address):
        return
    path = Path(address)
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))):
        with suppress(OSError):
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)


def open_store(address: str | Path) -> SqlStore:
    """Open a store and bring its tables up to date.

    Args:
        address: path of a SQLite file (made when absent), or a database URL.

    Raises:
        Invalid: it is not a store, or can't be opened or brought up to date.
    """
    _keep_private(address)
    engine = make_engine(address)
    shown = engine.url.render_as_string(hide_password=True) if "://" in str(address) else str(address)
    try:
        bring_up_to_date(engine)
    except Exception as error:
        engine.dispose()
        cause = getattr(error, "orig", None) or error.__cause__ or error
        if isinstance(error, DBAPIError) or isinstance(cause, sqlite3.Error):
            said = " ".join(str(cause).split())
            raise Invalid(
                f"{shown} can't be opened as a store ({said}): check the address, and that its owner has brought it up"
                " to date ('batchwright store migrate')."
            ) from error
        raise
    return SqlStore(engine)


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver's
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("batchwright_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Writers take turns by a lock; readers see one state, and can't write by mistake."""
    if connection.get_execution_options().get("batchwright_write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _table(name: str) -> Table:
    return metadata.tables[name]


def _conditions(table: Table, equals: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in equals.items()]


def _select(table: Table, equals: Mapping[str, Any]) -> Select[Any]:
    return select(table).where(*_conditions(table, equals))
