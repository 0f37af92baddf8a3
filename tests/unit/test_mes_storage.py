"""The store: one transaction is one thing, the audit trail only grows, and a second writer waits."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from batchwright.support.settings import Home
from bots.runtime.capsule import pack
from keywords.evidence_folder import EvidenceFolder
from mes_core.domain.errors import Invalid
from mes_core.storage import SqlStore, open_store

ROW = "(batch_id, number, at, user, action, subject, previous_hash, entry_hash) VALUES ('B1',1,'','','','','','')"
BY_ROWID = ROW.replace("(batch_id", "(rowid, batch_id").replace("('B1'", "(1,'B9'")


def _entry(number: int = 1) -> dict[str, Any]:
    text = dict.fromkeys(("at", "user", "action", "subject", "previous_hash", "entry_hash"), "x")
    return {"batch_id": "B1", "number": number, "old": None, "new": None, "why": None, **text}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    """An empty store."""
    with closing(open_store(path)) as opened:
        yield opened


@pytest.mark.requirement("URS-016")
@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE audit SET user = 'other'", "cannot be changed"),
        ("UPDATE OR REPLACE audit SET number = 2", "cannot be changed"),
        ("DELETE FROM audit", "cannot be deleted"),
        ("INSERT OR REPLACE INTO audit " + ROW, "cannot be replaced"),
        ("REPLACE INTO audit " + ROW, "cannot be replaced"),
        (
            "INSERT INTO audit " + ROW + " ON CONFLICT DO UPDATE SET user = 'other'",
            "cannot be replaced",
        ),
        ("INSERT OR REPLACE INTO audit " + BY_ROWID, "no column named"),
    ],
)
def test_the_audit_trail_refuses_change_from_outside(store: SqlStore, path: Path, statement: str, refusal: str) -> None:
    """Also to somebody who opens the file with another program."""
    with store.write() as work:
        work.add("audit", [_entry()])
    with closing(sqlite3.connect(path)) as other:
        with pytest.raises(sqlite3.Error, match=refusal):
            other.execute(statement)
        other.rollback()
        assert other.execute("SELECT batch_id, number, user FROM audit").fetchall() == [("B1", 1, "x")]


def test_the_audit_trail_refuses_change_from_the_program(store: SqlStore) -> None:
    """No use case can, by mistake."""
    with store.write() as work:
        work.add("audit", [_entry()])
    with pytest.raises(DBAPIError, match="cannot be changed"), store.write() as work:
        work.change("audit", {"batch_id": "B1"}, user="other")
    with pytest.raises(DBAPIError, match="cannot be deleted"), store.write() as work:
        work.remove("audit", {"batch_id": ["B1"]})


def test_what_fails_leaves_nothing(store: SqlStore) -> None:
    """An error in the middle undoes the whole unit of work."""

    def add_twice() -> None:
        with store.write() as work:
            work.add("audit", [_entry()])
            work.add("audit", [_entry(2), _entry(1)])

    with pytest.raises(DBAPIError, match="cannot be replaced"):
        add_twice()
    with store.read() as work:
        assert work.count("audit") == 0


def test_writers_take_turns_and_lose_nothing(store: SqlStore) -> None:
    """Read, then write, from eight threads: each sees what the one before wrote."""

    def append(_: int) -> None:
        with store.write() as work:
            work.add("audit", [_entry(work.count("audit") + 1)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(append, range(40)))
    with store.read() as work:
        assert [row["number"] for row in work.find("audit", order=("number",))] == list(range(1, 41))


def test_two_stores_on_one_file_take_turns(store: SqlStore, path: Path) -> None:
    """As two processes would."""
    with closing(open_store(path)) as second:
        for number, one in enumerate([store, second, store], start=1):
            with one.write() as work:
                work.add("audit", [_entry(number)])
        with second.read() as work:
            assert work.count("audit") == 3


def test_a_reader_sees_one_state(store: SqlStore) -> None:
    """What is written meanwhile does not show in a transaction that has begun to read."""
    with store.read() as reading:
        before = reading.count("audit")
        with store.write() as work:
            work.add("audit", [_entry()])
        assert reading.count("audit") == before == 0


def test_opening_again_keeps_what_is_there(path: Path) -> None:
    """And runs no migration twice."""
    with closing(open_store(path)) as first, first.write() as work:
        work.add("audit", [_entry()])
    with closing(open_store(path)) as again, again.read() as work:
        assert work.count("audit") == 1


def test_stored_means_on_disk(store: SqlStore) -> None:
    """Write-ahead log with a full sync, and a patient second writer."""
    with store._engine.connect() as connection:
        said = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        wait = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    assert said == ["wal", 2, 1]
    assert wait >= 5000


def test_a_file_that_is_no_store_is_refused_and_left_alone(path: Path) -> None:
    """One sentence, and not a byte changed."""
    path.write_text("batch,yield\nB1,99\n" * 100, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(Invalid, match="can't be opened as a store"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Nothing is made on the way."""
    with pytest.raises(Invalid, match="can't be opened as a store"):
        open_store(tmp_path / "absent" / "store.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_the_tables_are_those_of_the_migrations(store: SqlStore) -> None:
    """A column that the code knows and the migration forgot fails here."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from mes_core.storage.tables import metadata

    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_store_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Also the files beside it, and one from before; whatever the process would have given them."""
    before = os.umask(0o000)
    try:
        path = tmp_path / "store.sqlite"
        with closing(open_store(path)) as store, store.write() as work:
            work.add("audit", [_entry()])
            for file in tmp_path.iterdir():
                assert file.stat().st_mode & 0o077 == 0, file
        path.chmod(0o644)
        with closing(open_store(path)):
            assert path.stat().st_mode & 0o077 == 0
        home = Home(tmp_path / "home").make()
        assert home.folder.stat().st_mode & 0o077 == 0
        evidence = EvidenceFolder(home.evidence / "B1" / "W-1")
        (evidence.pictures / "01.png").write_bytes(b"x")
        evidence.seal({})
        pack(evidence.path)
        for file in home.evidence.rglob("*"):
            assert file.stat().st_mode & 0o077 == 0, file
    finally:
        os.umask(before)
