"""An upgrade rehearsed before it is done: a backup of the older version, brought up to date in a store of its own."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, Table, func, inspect, select

from mes_core.domain.errors import Conflict, Invalid
from mes_core.storage.backup import contents, decoded, encoded, lines
from mes_core.storage.store import make_engine
from mes_core.storage.up_to_date import alembic_config, newest

_AT_ONCE = 500


class Upgraded(NamedTuple):
    """What an upgrade made of a backup: the versions, and the rows of each table before and after."""

    before: str
    after: str
    rows: dict[str, int]
    now: dict[str, int]


def upgrade_a_copy(address: str | Path, source: Path) -> Upgraded:
    """Put a backup into an empty store of its own version, and bring that store up to date.

    Raises:
        Invalid: the file is no whole backup, or its version is not one that this program knows.
        Conflict: the store is not empty.
    """
    held = contents(source)
    with _connected(address) as connection:
        there = inspect(connection).get_table_names()
        if there:
            raise Conflict(f"The store is not empty (it has a table {there[0]}): rehearse in a new one.")
        try:
            command.upgrade(alembic_config(connection), held.revision)
        except CommandError:
            raise Invalid(
                f"{source} is of store version {held.revision}, which this program ({newest()}) does not know: it was"
                " made by a newer one."
            ) from None
        _fill(connection, source)
    with _connected(address) as connection:
        command.upgrade(alembic_config(connection), "head")
    with _connected(address) as connection:
        tables = _tables(connection)
        asked = {name: select(func.count()).select_from(tables[name]) for name in held.rows if name in tables}
        now = {name: int(connection.execute(query).scalar_one()) for name, query in asked.items()}
    return Upgraded(held.revision, newest(), held.rows, now)


def take_back(address: str | Path, source: Path) -> dict[str, int]:
    """Take the rehearsed upgrade back; how many rows of a table differ from the backup then, where any do.

    Args:
        address: store that `upgrade_a_copy` made.
        source: backup that it was made from.
    """
    with _connected(address) as connection:
        command.downgrade(alembic_config(connection), contents(source).revision)
    with _connected(address) as connection:
        tables, expected, columns_of = _tables(connection), dict[str, set[bytes]](), dict[str, list[str]]()
        for name, columns, rows in _by_table(source):
            columns_of[name] = columns
            expected.setdefault(name, set()).update(_digest(row) for row in rows)
        found = {
            name: _rows(connection, tables[name], columns) if name in tables else set()
            for name, columns in columns_of.items()
        }
    return {name: len(rows ^ found[name]) for name, rows in expected.items() if rows != found[name]}


@contextmanager
def _connected(address: str | Path) -> Iterator[Connection]:
    engine = make_engine(address)
    try:
        with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables as they are in the store, not as this version would make them."""
    there = MetaData()
    there.reflect(connection)
    return dict(there.tables)


def _fill(connection: Connection, source: Path) -> None:
    tables = _tables(connection)
    for name, columns, rows in _by_table(source):
        if name not in tables:
            raise Invalid(f"{source} holds a table {name}, which its store version has not: take another copy of it.")
        table = tables[name]
        if rows:
            given = (decoded(table, columns, row) for row in rows)
            connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in given])


def _by_table(source: Path) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """Name and columns of each table with some of its rows, as often as it takes; once where it has none."""
    name, columns, rows = "", list[str](), list[list[Any]]()
    for content in lines(source):
        value = json.loads(content)
        if isinstance(value, list):
            rows.append(value)
            if len(rows) < _AT_ONCE:
                continue
        if name:
            yield name, columns, rows
        rows = []
        if isinstance(value, dict):
            name, columns = str(value.get("table", "")), list(value.get("columns", ()))


def _rows(connection: Connection, table: Table, columns: list[str]) -> set[bytes]:
    """Each row as it would stand in a backup, as a digest: a plant's stores are larger than its machines' memory."""
    query = select(*(table.c[name] for name in columns)).execution_options(yield_per=_AT_ONCE)
    return {_digest([encoded(value) for value in row]) for row in connection.execute(query)}


def _digest(row: list[Any]) -> bytes:
    return hashlib.blake2b(json.dumps(row).encode(), digest_size=16).digest()
