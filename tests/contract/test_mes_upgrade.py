"""An upgrade and the way back are rehearsed on a backup of the older version, without that version being there."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from mes_support import COURIER_JOB, Plant, finding, own_database, record, shipment
from sqlalchemy import MetaData, select
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from batchwright.validation import installation
from mes_core.storage.backup import FORMAT, backup, encoded
from mes_core.storage.standing import standing
from mes_core.storage.store import make_engine
from mes_core.storage.up_to_date import alembic_config, newest

_RUN, _OLDER = CliRunner(), "0017"


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database of its own."""
    with own_database(str(request.getfixturevalue("postgresql_server")), "rehearsal") as address:
        yield address


@pytest.fixture
def older(plant: Plant, address: Path | str, tmp_path: Path) -> Path:
    """A backup as the version before wrote it: of a store with its tables and columns alone."""
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.reviewed("HOLD", finding(), batch_id="B2")
    whole, out = tmp_path / "whole.gz", tmp_path / "older.gz"
    backup(address, whole, "2026-03-01T08:00:00+00:00")
    engine = make_engine(tmp_path / "older.sqlite")
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        command.upgrade(alembic_config(connection), _OLDER)
        tables = MetaData()
        tables.reflect(connection)
    engine.dispose()
    _write(out, _as_before(whole, tables))
    return out


def _as_before(whole: Path, tables: MetaData) -> Iterator[Any]:
    """The lines of a backup without what that version had not."""
    kept: list[int] | None = None
    with gzip.open(whole, "rt", encoding="utf-8") as file:
        for value in map(json.loads, file):
            if isinstance(value, list):
                if kept is not None:
                    yield [value[place] for place in kept]
            elif value.get("table", "") and value["table"] not in tables.tables:
                kept = None
            elif "table" in value:
                there = tables.tables[value["table"]].columns
                kept = [place for place, name in enumerate(value["columns"]) if name in there]
                yield {**value, "columns": [value["columns"][place] for place in kept]}
            elif "format" in value:
                yield {"format": FORMAT, "made_at": value["made_at"], "revision": _OLDER}


def _write(out: Path, values: Iterator[Any]) -> None:
    lines = [json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for value in values]
    rows = sum(line.startswith(b"[") for line in lines)
    last = {"rows": rows, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    out.write_bytes(gzip.compress(b"".join([*lines, json.dumps(last).encode() + b"\n"])))


@pytest.mark.requirement("URS-032", "URS-065")
def test_an_upgrade_is_rehearsed_on_a_backup_of_the_older_version(older: Path, empty: str) -> None:
    """In a file that is thrown away, and in an empty PostgreSQL; a second time that one is not empty any more."""
    for where in ([], ["--address", empty]):
        done = _RUN.invoke(app, ["store", "migrate", "--check", str(older), "--format", "json", *where])
        assert done.exit_code == 0, done.output
        looked = {one["what"]: one for one in json.loads(done.stdout)}
        assert all(one["right"] for one in looked.values())
        assert looked["store version"]["found"] == f"{_OLDER}, brought up to {newest()}"
        assert looked["batches can be read"]["found"] == "2"
        assert looked[f"taken back to {_OLDER}"]["found"] == "every row as in the backup"
    again = _RUN.invoke(app, ["store", "migrate", "--check", str(older), "--address", empty])
    assert isinstance(again.exception, Refused)
    assert "is not empty" in str(again.exception)


@pytest.mark.requirement("URS-032")
def test_a_rehearsal_fills_what_is_new_and_finds_what_is_lost(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of the newer version are filled from the documents; rows that the way back would lose are counted."""
    from mes_core.storage import rehearsal

    target = tmp_path / "rehearsed.sqlite"
    made = rehearsal.upgrade_a_copy(target, older)
    assert made.now == made.rows
    with make_engine(target).connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        batches = tables.tables["batches"]
        assert all(encoded(one) for one in connection.execute(select(batches.c.infusion_on)).scalars())
    with make_engine(target).connect().execution_options(batchwright_write=True) as connection, connection.begin():
        connection.execute(batches.update().values(record_hash="another"))
    assert rehearsal.take_back(target, older) == {"batches": 4}


@pytest.mark.requirement("URS-065")
def test_a_backup_of_a_newer_version_or_a_damaged_one_is_refused(older: Path, tmp_path: Path) -> None:
    """In one sentence, and nothing is made."""
    newer, cut = tmp_path / "newer.gz", tmp_path / "cut.gz"
    with gzip.open(older, "rt", encoding="utf-8") as file:
        values = [json.loads(line) for line in file][:-1]
    _write(newer, iter([{**values[0], "revision": "9999"}, *values[1:]]))
    cut.write_bytes(older.read_bytes()[:-40])
    for file_, says in ((newer, "does not know"), (cut, "is no whole backup")):
        done = _RUN.invoke(app, ["store", "migrate", "--check", str(file_)])
        assert isinstance(done.exception, Refused)
        assert says in str(done.exception)


@pytest.mark.requirement("URS-262")
def test_an_installation_names_its_database_and_where_its_tables_stand(plant: Plant, address: Path | str) -> None:
    """On either kind of store, before anything opens it."""
    plant.mes.submit_batch(record(), plant.bot)
    found = standing(address)
    assert found is not None
    assert found.product == ("SQLite" if isinstance(address, Path) else "PostgreSQL")
    assert re.match(r"\d+\.\d+", found.version)
    assert (found.revision, found.known) == (found.expected, True)
    assert [one.outcome for one in installation.database(found)] == ["by hand", "met"]


@pytest.mark.requirement("URS-262")
def test_an_empty_postgresql_has_no_tables_yet(empty: str) -> None:
    found = standing(empty)
    assert found is not None
    assert (found.product, found.revision, found.known) == ("PostgreSQL", "", True)
    assert [one.outcome for one in installation.database(found)] == ["by hand", "met"]
