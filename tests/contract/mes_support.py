"""A MES with a clock that the test moves and rules that the test sets; records and observations to give it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, text

from mes_core.domain.audit import digest
from mes_core.domain.principals import BotPrincipal, Lease, PersonPrincipal, Role, SystemPrincipal
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.messages.people import MapName
from mes_core.services import Mes
from mes_core.services.people import passwords
from mes_core.storage import SqlStore, open_store

SYSTEM = SystemPrincipal("set-up")
SECRET = "known to this host alone, 0123456789"
SUITE = "a" * 64
"""Hash of the suite that the tests' workers would run."""
REVIEW_JOB, COURIER_JOB, FILING_JOB = "batch_record_review", "courier_scheduling", "compliance_filing"
PASSWORD = "correct horse battery"
# As weak as Argon2 goes: the tests hash hundreds of passwords, and none of them is about the cost.
passwords.guesses = lru_cache(passwords.guesses)
Mes._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def finding(rule: str = "R1", severity: str = "major", value: Any = 80.0) -> dict[str, Any]:
    """A finding as the rules word it."""
    fact = {"path": "values.viability.value", "value": value, "source": None}
    return {
        "rule": rule,
        "severity": severity,
        "clause": "21 CFR 211.192",
        "title": "Viability",
        "text": f"Viability is {value}.",
        "next_step": "Ask the laboratory.",
        "fields": ["viability"],
        "values": [value],
        "facts": [fact],
    }


@dataclass
class FakeRules:
    """Says what the test tells it to; `seen` are the facts it was given."""

    verdict: str = "READY"
    findings: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    version: str = "1"
    name: str = "fake"

    def for_kind(self, kind: str) -> "FakeRules":
        """The same for all kinds."""
        return self

    @property
    def content_hash(self) -> str:
        """The hash of the version."""
        return digest(self.version)

    def review(self, facts: Mapping[str, Any], /) -> "FakeOutcome":
        """The verdict that was set."""
        self.seen.append(facts)
        return FakeOutcome(
            {
                "verdict": self.verdict,
                "rule_set": "fake",
                "rule_set_version": self.version,
                "rules_hash": digest(self.version),
                "facts_hash": digest(dict(facts)),
                "rules_run": 1,
                "findings": list(self.findings),
            }
        )

    def say(self, verdict: str, *findings: dict[str, Any]) -> None:
        """Set what the next review concludes."""
        self.verdict, self.findings = verdict, list(findings)


@dataclass(frozen=True)
class FakeOutcome:
    """A verdict as a document."""

    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        return self.document


@dataclass
class Plant:
    """The MES, who works there, and what time it is."""

    mes: Mes
    store: SqlStore
    rules: FakeRules
    now: datetime = START
    bot: BotPrincipal = field(default_factory=lambda: BotPrincipal("bot-1"))
    reviewer: PersonPrincipal = field(init=False)
    qp: PersonPrincipal = field(init=False)
    operator: PersonPrincipal = field(init=False)
    quality: PersonPrincipal = field(init=False)
    admin: PersonPrincipal = field(init=False)

    def knows(self, *written: str, user: str | None = None) -> None:
        """The administrator says whose names in records are; nobody's who has an account unless said so."""
        for name in written:
            body = {"name": name, "user": user, "reason": "From the list of staff.", "password": PASSWORD}
            self.mes.map_name(MapName.model_validate(body), self.admin)

    def under(self, item: v.WorkItemView | None, bot: BotPrincipal | None = None) -> BotPrincipal:
        """The bot with an item in hand that it claimed."""
        assert item is not None
        return under(item, bot or self.bot)

    def at(self, batch_id: str = "B1", job: str = REVIEW_JOB) -> BotPrincipal:
        """The bot with an item of a batch in hand: the one it has, one that is queued, or a review asked for.

        Where there is nothing to take, the bot with empty hands.
        """
        return at_work(self.mes, self.bot, batch_id, job)

    def later(self, **more: float) -> None:
        """Let time pass."""
        self.now += timedelta(**more)

    def reviewed(self, verdict: str = "READY", *findings: dict[str, Any], batch_id: str = "B1") -> v.VerdictView:
        """A batch, stored if it is not there, with a verdict."""
        self.rules.say(verdict, *findings)
        self.mes.submit_batch(record(batch_id), self.bot)
        return self.mes.review(batch_id, (observation(),), self.at(batch_id))

    def sign(self, verdict: v.VerdictView, person: Any = None, **more: Any) -> v.DispositionView:
        """Sign a disposition on a verdict; `released` unless said otherwise."""
        body = {
            "disposition": v.Disposition.RELEASED,
            "verdict_id": verdict.verdict_id,
            "record_hash": verdict.record_hash,
            "reason": "All results are within limits.",
            "meaning": "Certified by the qualified person.",
            "password": PASSWORD,
        }
        return self.mes.dispose(verdict.batch_id, v.SignDisposition(**(body | more)), person or self.qp)

    def released(self, batch_id: str = "B1") -> v.DispositionView:
        """A batch that is reviewed and released."""
        return self.sign(self.reviewed(batch_id=batch_id))

    def close(self, finding_id: str, closure: str = "justified", person: Any = None) -> v.FindingView:
        """Close a finding, signed."""
        body = v.CloseFinding(closure=closure, reason="Explained by the assay's spread.", password=PASSWORD)
        return self.mes.close_finding(finding_id, body, person or self.reviewer)

    def lift(self, hold: v.HoldView, person: Any = None) -> v.HoldView:
        """Lift a hold, signed."""
        return self.mes.lift_hold(
            hold.hold_id, v.LiftHold(reason="All findings are closed.", password=PASSWORD), person or self.qp
        )

    def end_deviations(self, outcome: Any = "no_impact", batch_id: str = "B1") -> None:
        """Close every open deviation of a batch, signed by quality assurance."""
        for one in self.mes.deviations(batch_id):
            if one.closed_at is None:
                body = {"deviation_key": one.deviation_key, "outcome": outcome, "conclusion": "The cause is known."}
                closing = d.CloseDeviation.model_validate({**body, "password": PASSWORD})
                self.mes.close_deviation(batch_id, closing, self.quality)

    def corrected(self, batch_id: str = "B1") -> None:
        """A value of the record corrected by the operator: 80 is 90."""
        change = {
            "path": "parameters/viability/text",
            "old": "80",
            "new": "90",
            "reason": "The transcription was wrong.",
        }
        self.mes.correct(batch_id, v.Correction.model_validate({**change, "password": PASSWORD}), self.operator)

    def trail_reviewed(self, batch_id: str = "B1", number: int = 0) -> d.TrailReview:
        """The audit trail of a batch, reviewed to its end by quality assurance."""
        number = number or len(self.mes.audit(batch_id))
        body = d.ReviewTrail(number=number, reason="All entries looked at.", password=PASSWORD)
        return self.mes.review_trail(batch_id, body, self.quality)

    def meddle(self, *statements: str, **values: Any) -> None:
        """As somebody would who owns the database: without the guards, past the program."""
        with self.store._engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
            put_back = take_guards_off(connection)
            for statement in statements:
                assert connection.execute(text(statement), values).rowcount > 0, statement
            for statement in put_back:
                connection.exec_driver_sql(statement)

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Everything in the store, to see that nothing has changed. Counts of wrong passwords are left out."""
        from mes_core.storage.tables import metadata

        with self.store.read() as work:
            everything = {
                name: work.find(name, order=tuple(column.name for column in table.primary_key))
                for name, table in metadata.tables.items()
            }
        for account in everything["accounts"]:
            del account["failures"], account["locked_until"]
        return everything


def under(item: v.WorkItemView, bot: BotPrincipal) -> BotPrincipal:
    """A bot with an item in hand that it claimed."""
    return BotPrincipal(bot.user, Lease(item.item_id, item.epoch, SECRET))


def at_work(mes: Mes, bot: BotPrincipal, batch_id: str, job: str = REVIEW_JOB) -> BotPrincipal:
    """The bot with an item of a batch in hand; with empty hands where there is nothing to take."""
    mine = [one for one in mes.work_items(batch_id=batch_id) if one.job == job]
    for one in mine:
        if one.state == "running":
            return under(one, bot)
    if job == REVIEW_JOB and not any(one.state == "queued" for one in mine):
        mine = [mes.request_review(batch_id, v.ReviewAgain(reason="Read again."), SYSTEM)]
    for one in mine:
        key = {"worker": "test", "jobs": (job,), "secret": SECRET, "business_key": one.business_key}
        key["content"] = ({"kind": "suite", "name": job, "content_hash": SUITE, "systems": []},)
        taken = mes.claim(v.ClaimRequest.model_validate(key), bot)
        if taken:
            return under(taken, bot)
    return bot


def everybody_known(mes: Mes, admin: PersonPrincipal) -> None:
    """The administrator says of every name in records that nobody knows that it is nobody's who has an account."""
    for one in mes.names_in_records(unknown=True):
        body = {"name": one.name, "reason": "From the list of staff.", "password": PASSWORD}
        mes.map_name(MapName.model_validate(body), admin)


@contextmanager
def running_plant(address: Path | str) -> Iterator[Plant]:
    """A plant on a new store at an address, with a reviewer, a qualified person, an operator, quality and a bot."""
    store, rules = open_store(address), FakeRules()
    plants: list[Plant] = []
    clock: Callable[[], datetime] = lambda: plants[0].now  # noqa: E731 - the plant has the time
    plants.append(Plant(Mes(store, rules, clock), store, rules))
    plant = plants[0]
    people = (("reviewer", Role.REVIEWER), ("qp", Role.QUALIFIED_PERSON), ("operator", Role.OPERATOR))
    people = (*people, ("quality", Role.QUALITY_ASSURANCE))
    for name, role in people:
        person = plant.mes.create_person(name, f"{name.title()} Person", [role], PASSWORD, actor=SYSTEM)
        setattr(plant, name, person)
    plant.mes.create_bot("bot-1", PASSWORD, actor=SYSTEM)
    plant.admin = plant.mes.create_person("admin.one", "Ada Keeper", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM)
    plant.knows("second.operator")
    yield plant
    store.close()


def take_guards_off(connection: Connection) -> list[str]:
    """Put the triggers of every table aside; gives what puts them back."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return [str(made) for _, made in found]
    asked = "SELECT DISTINCT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
    there = connection.exec_driver_sql(asked).fetchall()
    for table in sorted({table for table, _ in there}):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in there]


def record(batch_id: str = "B1", **more: Any) -> BatchRecord:
    """A small CAR-T record."""
    return BatchRecord.model_validate(
        {
            "batch_id": batch_id,
            "kind": "car_t",
            "product": "Examplecel",
            "product_code": "EX1",
            "master_record": "MBR-EX1",
            "master_record_version": "3",
            "procedure": "CAR-T manufacture",
            "patient_code": "PAT-1",
            "donation_number": "G1234",
            "manufactured_at": "2026-02-28T20:00:00Z",
            "treatment_centre": "Centre A",
            "infusion_planned_on": "2026-03-10",
            "markets": ["US"],
            "steps": [
                {
                    "step_id": "S1",
                    "unit_procedure": "Harvest",
                    "operation": "Wash",
                    "name": "Wash cells",
                    "performer": "operator",
                    "checker": "second.operator",
                }
            ],
            "parameters": [
                {"name": "viability", "text": "80", "value": 80, "unit": "%", "low": 70, "high": 100},
                {"name": "volume", "text": "50", "value": 50, "unit": "mL"},
            ],
            "materials": [{"material_id": "M1", "name": "Beads", "lot": "L1"}],
            **more,
        }
    )


def observation(result: str = "80", *, table: str = "results", read_at: datetime = START) -> Observation:
    """A table as a bot reads it from the LIMS."""
    rows = ({"row": 1, "batch": "B1", "test": "Viability", "result": result, "unit": "%"},)
    return Observation(system="lims", table=table, page="http://127.0.0.1/results", read_at=read_at, rows=rows)


def shipment(batch_id: str = "B1", **more: Any) -> v.Shipment:
    """A booked and posted shipment."""
    return v.Shipment.model_validate(
        {
            "batch_id": batch_id,
            "booking_reference": "CR-1",
            "carrier": "CryoRun",
            "slot_id": "SL-1",
            "pickup_at": "2026-03-02T08:00:00Z",
            "delivery_at": "2026-03-03T08:00:00Z",
            "erp_posting": "P-1",
            "shipper_id": "DS-1",
            "customer_reference": f"ship:{batch_id}",
            "hold_time_h": 120,
            "transit_risk": 0.01,
            **more,
        }
    )


@contextmanager
def own_database(server: str, name: str) -> Iterator[str]:
    """An empty database beside the plant's on the same PostgreSQL, for as long as it is looked at."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of a test's own
    try:
        yield server.replace("/plant", f"/{name}")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
