"""What both kinds of store promise: they refuse to forget, and come up to date and down again with what they hold."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from filing_support import answer, approve, licence, running
from filing_support import event as reported
from journey_plant import sign_data
from mes_support import COURIER_JOB, PASSWORD, SYSTEM, FakeRules, Plant, finding, record, shipment
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from mes_core.client import MesClient, MesError
from mes_core.domain.errors import Invalid, Unavailable
from mes_core.messages import views as v
from mes_core.messages.causes import CauseAct, NewCauseNote
from mes_core.messages.gates import NewGate
from mes_core.messages.masters import ApproveMaster, NewMaster
from mes_core.messages.settings import ChangeSigning
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.storage.guards import ALL
from mes_core.storage.roles import grant_server_role
from mes_core.storage.store import make_engine
from mes_core.storage.up_to_date import alembic_config, newest
from mes_core.web.app import create_app

TABLES = ("audit", *ALL)


@pytest.fixture
def full(plant: Plant) -> Plant:
    """A plant whose every growing table holds something."""
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    licence(plant)
    reported(plant)
    approve(plant, running(plant).filing_id)
    answer(plant, running(plant).filing_id, "receipt")
    plant.mes.submit_batch(record("B2", markets=["DE"]), plant.bot)
    plant.rules.say("HOLD", finding())
    plant.mes.review("B2", (), plant.at("B2"))
    taken = NewCauseNote(rule=finding()["rule"], act=CauseAct.TAKEN, after=0)
    plant.mes.note_cause("B2", taken, plant.reviewer)
    _open_deviation(plant)
    plant.later(days=40)
    plant.mes.tick(plant.bot)
    _plant_records(plant)
    sign_data(plant)
    return plant


def _plant_records(plant: Plant) -> None:
    """A gate, a setting, and a batch that is bound to a version of a master record."""
    about = {"reference": "D-1", "given_by": "Dr Meyer", "given_at": plant.now, "text": "Needed.", "password": PASSWORD}
    plant.mes.record_gate("B2", NewGate.model_validate({"gate": "physician_request", **about}), plant.quality)
    body = {"signing": "each", "reason": "Stricter.", "password": PASSWORD}
    plant.mes.change_signing(ChangeSigning.model_validate(body), plant.quality)
    plant.mes.change_signing(
        ChangeSigning.model_validate({**body, "signing": "session", "user_name": "quality"}), plant.quality
    )
    new = NewMaster(name="MBR-EX9", version="1", title="Another one", document={"steps": []})
    plant.mes.register_master(new, plant.reviewer)
    approval = ApproveMaster(effective_on=plant.now.date(), reason="New product.", password=PASSWORD)
    plant.mes.approve_master("MBR-EX9:1", approval, plant.quality)
    fields = {"master_record": "MBR-EX9", "master_record_version": "1", "manufactured_at": plant.now.isoformat()}
    plant.mes.submit_batch(record("B9", **fields), plant.bot)


def _open_deviation(plant: Plant) -> None:
    opened = {"deviation_key": "DEV-9", "title": "Late sample", "severity": "minor"}
    plant.mes.open_deviation("B2", v.NewDeviation.model_validate(opened), plant.bot)


def _statements(plant: Plant, table: str) -> Iterator[list[str]]:
    column = "number" if table == "plant_settings" else "batch_id"
    yield [f"UPDATE {table} SET {column} = {column}"]  # noqa: S608
    yield [f"DELETE FROM {table}"]  # noqa: S608
    if plant.store._engine.dialect.name == "sqlite":
        yield [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"]  # noqa: S608
        yield [f"REPLACE INTO {table} SELECT * FROM {table}"]  # noqa: S608
    else:
        yield [f"TRUNCATE {table}"]
        yield [f"TRUNCATE {table}, sessions CASCADE"]
        yield ["SET session_replication_role = replica", f"DELETE FROM {table}"]  # noqa: S608


def _run(plant: Plant, statements: list[str]) -> None:
    engine = plant.store._engine
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.requirement("URS-016")
@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("approvals", "checkpoints", "signatures")])
def test_the_database_refuses_to_forget(full: Plant, table: str) -> None:
    """Also to the owner of the tables, unless the guards are taken off first."""
    before = full.dump()
    for statements in _statements(full, table):
        with pytest.raises(DBAPIError, match=r"only grows|audit trail cannot be"):
            _run(full, statements)
    assert full.dump() == before


def test_a_row_is_not_replaced_by_its_hidden_number(tmp_path: Path) -> None:
    """On SQLite every table has one unless it is made without; REPLACE deletes by it."""
    path = tmp_path / "store.sqlite"
    with closing(open_store(path)), closing(sqlite3.connect(path)) as other:
        row = "(rowid, signature_id, batch_id, act, subject, content_hash, meaning, reason, user, printed_name, at,"
        row += " binding) VALUES (1, ?, 'B1', 'a', 's', 'c', 'm', 'r', 'u', 'p', 't', 'b')"
        other.execute("INSERT INTO signatures " + row, ["S-1"])
        with pytest.raises(sqlite3.Error, match="cannot be replaced"):
            other.execute("INSERT OR REPLACE INTO signatures " + row, ["S-2"])
        assert other.execute("SELECT signature_id FROM signatures").fetchall() == [("S-1",)]


@pytest.fixture
def served(postgresql: str) -> Iterator[str]:
    """The address for a server whose role does not own the tables."""
    with psycopg.connect(postgresql, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS mes_server")
        owner.execute("CREATE ROLE mes_server LOGIN")
    grant_server_role(postgresql, "mes_server")
    yield postgresql.replace("postgres:@", "mes_server:@")
    with psycopg.connect(postgresql, autocommit=True) as owner:
        owner.execute("DROP OWNED BY mes_server")
        owner.execute("DROP ROLE mes_server")


@pytest.mark.requirement("URS-016")
def test_the_server_works_with_a_role_that_owns_nothing(served: str, postgresql: str) -> None:
    """It does all its work, and can neither take a guard off nor empty or drop a table."""
    with closing(open_store(postgresql)) as owned:
        assert owned.may_rewrite()
    with closing(open_store(served)) as store:
        assert not store.may_rewrite()
        plant = Plant(Mes(store, FakeRules(), lambda: plant.now), store, FakeRules())
        plant.rules = plant.mes._rules  # type: ignore[assignment]
        plant.qp = plant.mes.create_person("qp", "Qp Person", ["qualified_person"], PASSWORD, actor=SYSTEM)
        plant.admin = plant.mes.create_person("admin.one", "Ada Keeper", ["administrator"], PASSWORD, actor=SYSTEM)
        plant.knows("operator", "second.operator")
        plant.released()
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
        assert plant.mes.verify_audit() == []
    for statement in (
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_guard ON audit",
        "TRUNCATE audit",
        "TRUNCATE sessions",
        "DROP TABLE audit",
        "DELETE FROM holds",
        "UPDATE audit SET at = at",
        "UPDATE signatures SET reason = reason",
        "CREATE OR REPLACE FUNCTION batchwright_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            psycopg.connect(served, autocommit=True) as connection,
        ):
            connection.execute(statement)


def test_roles_are_given_on_postgresql_only_and_by_plain_names(postgresql: str, tmp_path: Path) -> None:
    """A name is no place for SQL."""
    with pytest.raises(Invalid, match="PostgreSQL stores"):
        grant_server_role(tmp_path / "store.sqlite", "mes_server")
    with pytest.raises(Invalid, match="can't be used as a role"):
        grant_server_role(postgresql, "x; DROP TABLE audit")


def test_an_address_that_leads_nowhere_is_refused(postgresql: str) -> None:
    """One sentence, without a password."""
    for address, says in (
        ("oracle://host/db", "install 'batchwright"),
        ("postgresql://user:secret@127.0.0.1:1/none", "can't be opened as a store"),
        (postgresql.replace("/plant", "/absent"), "does not exist"),
    ):
        with pytest.raises(Invalid, match=says) as refused:
            open_store(address)
        assert "secret" not in str(refused.value)


@pytest.mark.requirement("URS-032")
def test_migrations_go_down_and_up_with_what_the_store_holds(full: Plant, address: Path | str) -> None:
    """Step by step to the first version that had an audit trail, and back: nothing lost, everything verified."""
    body = {"path": "parameters/volume/text", "old": "50", "new": "51", "reason": "Typo.", "password": PASSWORD}
    full.reviewed("HOLD", finding(), batch_id="B3")
    full.mes.correct("B3", v.Correction(**body), full.operator)
    before = full.dump()
    full.store.close()
    engine = make_engine(address)
    steps = [(command.downgrade, f"{number:04}") for number in (13, 12, *range(11, 0, -1))]
    steps += [(command.upgrade, f"{number:04}") for number in range(2, 14)] + [(command.upgrade, "head")]
    for step, target in steps:
        with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
            step(alembic_config(connection), target)
    engine.dispose()
    with closing(open_store(address)) as again:
        full.store = again
        full.mes = Mes(again, full.rules, lambda: full.now)
        # Leases end by themselves: what ran is claimed again.
        assert full.dump() | {"leases": []} == before | {"leases": []}
        assert full.mes.verify_audit() == []


def test_the_newest_migration_by_name_is_the_head_that_alembic_knows(tmp_path: Path) -> None:
    """A store at it is opened without Alembic; were it another, tables would stay behind or be migrated each time."""
    engine = make_engine(tmp_path / "mes.sqlite")
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(alembic_config(connection)).get_heads() == [newest()]
    engine.dispose()


def test_a_full_disk_is_said_and_nothing_is_kept_by_halves(tmp_path: Path) -> None:
    """SQLite's own limit stands in for the disk's; with room again the same request is done."""
    with closing(open_store(tmp_path / "mes.sqlite")) as store, store._engine.connect() as only:
        mes = Mes(store, FakeRules(), lambda: datetime.now(UTC))
        mes.create_bot("bot", PASSWORD, actor=SYSTEM)
        pages = int(only.exec_driver_sql("PRAGMA page_count").scalar_one())
        full = [pages + 4]

        @event.listens_for(store._engine, "begin")
        def _limit(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={full[0]}")

        with TestClient(create_app(mes)) as web:
            bot = MesClient.login("http://testserver", "bot", PASSWORD, transport=web._transport)
            kept: list[str] = []

            def fill() -> None:
                for number in range(200):
                    kept.append(bot.submit_batch(record(f"B{number}")).batch_id)

            with pytest.raises(MesError) as refused:
                fill()
            assert refused.value.status == 503
            assert "disk is full" in refused.value.detail
            full[0] = 10**6
            assert sorted(one.batch_id for one in bot.each_batch()) == sorted(kept)
            missing = f"B{len(kept)}"
            assert bot.submit_batch(record(missing)).batch_id == missing


def test_a_server_that_is_gone_is_said_and_found_again(postgresql: str) -> None:
    with closing(open_store(postgresql)) as store:
        mes = Mes(store, FakeRules(), lambda: datetime.now(UTC))
        mes.submit_batch(record("B1"), SYSTEM)
        with psycopg.connect(postgresql, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(Unavailable, match="can't be used at present"):
            mes.get_batch("B1")
        assert mes.get_batch("B1").batch_id == "B1"


@pytest.mark.requirement("URS-062")
@pytest.mark.parametrize("text", ["' OR '1'='1", "x'; DROP TABLE batches; --", 'B1" --', "%", "_", "\\"])
def test_what_looks_like_sql_is_a_value(full: Plant, text: str) -> None:
    """It finds what is called so, and that is nothing; what is stored under it comes back as it was."""
    before = full.dump()
    with full.store.read() as work:
        assert [
            work.get("accounts", user=text),
            work.find("audit", batch_id=text),
            work.count("batches", batch_id=text),
        ] == [
            None,
            [],
            0,
        ]
        assert work.find("batches", within={"batch_id": [text]}) == []
    assert full.dump() == before
    full.mes.open_hold("B1", v.NewHold(kind="logistics", reason=f"A call: {text}", key=text), full.qp)
    assert f"A call: {text}" in [one.reason for one in full.mes.get_batch("B1").holds]
