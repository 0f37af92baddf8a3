"""A whole store as one file, and back into an empty one of either kind.

The file is gzipped lines of JSON: a head, every row of every table from one consistent state, and a last line with the
number of rows and the hash of all lines before it, so that a file that was cut off or changed is refused.
"""

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, LargeBinary, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from mes_core.domain.errors import Conflict, Invalid
from mes_core.storage.store import make_engine
from mes_core.storage.tables import metadata

FORMAT = "batchwright-backup/1"
_LEFT_OUT = frozenset({"sessions", "requests", "leases"})
"""What is for hours only."""
_AT_ONCE = 500


def backup(address: str | Path, out: Path, made_at: str) -> int:
    """Write a store to a file that only its owner may read; returns how many rows there are.

    Raises:
        Invalid: the file can't be written.
    """
    engine = make_engine(address)
    part = out.with_name(f"{out.name}.part")
    try:
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file,
            engine.connect() as connection,
            connection.begin(),
        ):
            count = _write(file, connection, made_at)
        part.replace(out)
    except OSError as error:
        raise Invalid(f"{out} can't be written ({error.strerror}): choose another file.") from None
    finally:
        engine.dispose()
    return count


def _write(file: gzip.GzipFile, connection: Connection, made_at: str) -> int:
    digest, count = hashlib.sha256(), 0

    def line(value: Any) -> None:
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(content)
        file.write(content)

    line({"format": FORMAT, "made_at": made_at, "revision": _revision(connection)})
    for name, table in metadata.tables.items():
        if name not in _LEFT_OUT:
            line({"table": name, "columns": list(table.columns.keys())})
            for row in connection.execute(select(table).order_by(*table.primary_key)):
                line([encoded(value) for value in row])
                count += 1
    line({"rows": count, "sha256": digest.hexdigest()})
    return count


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


_LONGEST_LINE = 512 << 20
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    zlib.error,
    SQLAlchemyError,
)
"""What a file leads to that was cut off, altered, or never was a backup; nothing of it stays in the store."""


def encoded(value: Any) -> Any:
    """A value of a row as it stands in a backup: bytes as base64."""
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


class Contents(NamedTuple):
    """What a whole backup holds: when it was made, the version of its store, and the rows of each table."""

    made_at: str
    revision: str
    rows: dict[str, int]


def contents(source: Path) -> Contents:
    """Read a backup to its end and compare it with its hash, without a store.

    Raises:
        Invalid: it is no whole backup.
    """
    try:
        found = _contents(source)
    except _DAMAGED as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Invalid(f"{source} is no whole backup ({why}): take another copy of it.") from None
    if found is None:
        raise Invalid(f"{source} is no whole backup: it was cut off or changed; take another copy of it.")
    return found


def _contents(source: Path) -> Contents | None:
    digest, rows, table, head = hashlib.sha256(), dict[str, int](), "", {}
    for content in lines(source):
        value = json.loads(content)
        if isinstance(value, list):
            rows[table] += 1
        elif "format" in value:
            head = value
        elif "table" in value:
            table = str(value["table"])
            rows[table] = 0
        elif "sha256" in value:
            whole = (value["rows"], value["sha256"]) == (sum(rows.values()), digest.hexdigest())
            known = head.get("format") == FORMAT
            return Contents(str(head["made_at"]), str(head["revision"]), rows) if whole and known else None
        digest.update(content)
    return None


def count_rows(address: str | Path, tables: Iterable[str]) -> dict[str, int]:
    """Rows of these tables of a store."""
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            asked = {name: select(func.count()).select_from(metadata.tables[name]) for name in tables}
            return {name: int(connection.execute(query).scalar_one()) for name, query in asked.items()}
    finally:
        engine.dispose()


def restore(address: str | Path, source: Path) -> str:
    """Put a backup into an empty, migrated store, all or nothing; returns when the backup was made.

    Raises:
        Invalid: the file is no whole backup, or of another version of the program.
        Conflict: the store is not empty.
    """
    engine = make_engine(address)
    try:
        with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
            for name, table in metadata.tables.items():
                if connection.execute(select(func.count()).select_from(table)).scalar_one():
                    raise Conflict(f"The store is not empty ({name} holds rows): restore into a new one.")
            return _read(source, connection)
    except _DAMAGED as error:
        if isinstance(error, Conflict | Invalid):
            raise
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Invalid(f"{source} is no whole backup ({why}): take another copy of it.") from None
    finally:
        engine.dispose()


def _read(source: Path, connection: Connection) -> str:
    digest, count, table, made_at = hashlib.sha256(), 0, None, ""
    waiting: list[dict[str, Any]] = []
    columns: list[str] = []
    for content in lines(source):
        value = json.loads(content)
        if isinstance(value, list) and table is not None:
            waiting.append(dict(zip(columns, decoded(table, columns, value), strict=True)))
            count += 1
        if table is not None and waiting and (len(waiting) >= _AT_ONCE or isinstance(value, dict)):
            connection.execute(table.insert(), waiting)
            waiting = []
        if isinstance(value, dict) and "format" in value:
            _check_head(source, value, connection)
            made_at = str(value["made_at"])
        elif isinstance(value, dict) and "table" in value:
            table, columns = metadata.tables[value["table"]], value["columns"]
        elif isinstance(value, dict) and "sha256" in value:
            if (value["rows"], value["sha256"]) == (count, digest.hexdigest()) and made_at:
                return made_at
            break
        digest.update(content)
    raise Invalid(f"{source} is no whole backup: it was cut off or changed; take another copy of it.")


def lines(source: Path) -> Iterator[bytes]:
    """The lines of a backup, one after another.

    Raises:
        ValueError: one of them is longer than any can be.
    """
    with gzip.open(source, "rb") as file:
        while line := file.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise ValueError(f"one of its lines is longer than {_LONGEST_LINE >> 20} MiB")
            yield line


def _check_head(source: Path, head: dict[str, Any], connection: Connection) -> None:
    present = _revision(connection)
    if head["format"] != FORMAT or head["revision"] != present:
        raise Invalid(
            f"{source} was made by another version of the program (store version {head['revision']}, here {present}):"
            " restore it with that version, then bring it up to date."
        )


def decoded(table: Table, columns: list[str], values: list[Any]) -> list[Any]:
    """The values of a row of a backup as its table takes them."""
    return [
        base64.b64decode(value) if value is not None and isinstance(table.c[name].type, LargeBinary) else value
        for name, value in zip(columns, values, strict=True)
    ]
