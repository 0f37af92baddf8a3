"""The worker as a process of its own: real MES, real sites, real browser; only the rules are stood in for."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bots_fakes import HASH, PRODUCTS

from batchwright.demo import people, shipping
from batchwright.demo import plant as demo
from batchwright.demo.plant import WorkerFiles, write_private
from batchwright.demo.worker_process import WorkerProcess
from batchwright.support.servers import Server, bind
from bots.runtime.runner import JOBS
from mes_core.client import MesClient
from mes_core.domain.principals import SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages.filing import APPROVAL, ApproveDraft, NewEvent
from mes_core.messages.views import SignDisposition
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web.app import create_app
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_labline
from twin.world import make_world
from twin.world.logistics import logistics_data

pytestmark = pytest.mark.browser
PASSWORD = "e2e-canary-Zq81-pass"
ACCOUNTS = demo.Accounts(dict.fromkeys(demo.PEOPLE, PASSWORD), dict.fromkeys(("mes", *demo.SITE_KINDS), PASSWORD))
SYSTEM = SystemPrincipal("test")


class OneHeld:
    """Stands in for the rule book: holds one batch, finds all others in order, provided all tables were read."""

    name = version = "test"
    name = "test"
    version = "1"
    content_hash = HASH

    def __init__(self, held: str) -> None:
        self._held = held

    def for_kind(self, kind: str) -> "OneHeld":
        return self

    def review(self, facts: Mapping[str, Any]) -> Any:
        after_release = "disposition" in facts
        assert after_release or all(facts[system][table]["complete"] for system, table in self.tables())
        finding = {"rule": "R-1", "severity": "critical", "clause": "21 CFR 211.192", "title": "Sterility"}
        finding |= {"text": "The sterility test is positive."}
        held = facts["batch"]["batch_id"] == self._held
        verdict = {"verdict": "HOLD" if held else "READY", "findings": [finding] if held else [], "rules_run": 1}
        about = {"rule_set": "test", "rule_set_version": "1", "rules_hash": HASH, "facts_hash": HASH}
        return SimpleNamespace(to_dict=lambda: {**verdict, **about})

    @staticmethod
    def tables() -> tuple[tuple[str, str], ...]:
        return ("lims", "results"), ("lims", "samples"), ("erp", "consumption"), ("erp", "stock")


@dataclass
class Plant:
    """What runs, and the people's side of it."""

    folder: Path
    mes: Mes
    url: str
    settings: Path
    secrets: Path

    def pack_all_ready(self) -> None:
        """Two persons pack what a qualified person is about to sign."""
        ready = [one.batch_id for one in self.mes.list_batches(state="ready", limit=500).items]
        records = [self.mes.get_record(one) for one in ready]
        shipping.pack(self.url, ACCOUNTS, records, datetime.now(UTC))

    def sign_all_ready(self) -> list[str]:
        with MesClient.login(self.url, demo.QUALIFIED_PERSON, PASSWORD) as person:
            ready = person.list_batches(state="ready", limit=500).items
            for batch in ready:
                signing = SignDisposition(
                    disposition="released",
                    verdict_id=batch.verdict_id or "",
                    record_hash=batch.record_hash,
                    reason="All in order.",
                    meaning="Certification of the batch",
                    password=PASSWORD,
                )
                person.dispose(batch.batch_id, signing)
        return [batch.batch_id for batch in ready]

    def report_deviations(self, batches: list[str]) -> list[str]:
        """A deviation of each batch after its distribution, reported and approved; the filings."""
        begun: list[str] = []
        with MesClient.login(self.url, demo.COMPLIANCE, PASSWORD) as person:
            for batch in batches:
                told = {"kind": "recall", "source": "test", "source_key": batch, "aware_at": "2026-03-01T08:00:00Z"}
                told |= {"zone": "Europe/Amsterdam", "aware_who": "Demo", "batch_id": batch, "places": ["US"]}
                event = person.record_event(
                    NewEvent.model_validate({**told, "closed_on": "2026-01-01", "text": "Label."})
                )
                for view in person.filings(batch):
                    assert view.event_id == event.event_id
                    fields = [one for one in person.draft_filing(view.filing_id).fields if one.required]
                    draft = person.draft_filing(view.filing_id, {one.name: one.value or "Known." for one in fields})
                    said = {"content_hash": draft.content_hash, "meaning": APPROVAL, "reason": "Right."}
                    approval = ApproveDraft.model_validate({**said, "password": PASSWORD})
                    begun.append(person.approve_filing(view.filing_id, approval).filing_id)
        return begun


@contextmanager
def plant(folder: Path, batches: int, store: Path | str | None = None, host: str = "127.0.0.1") -> Iterator[Plant]:
    """A plant in full: MES, sites seeded from the twin, accounts, and the worker's two files."""
    world = make_world(seed=7, batches=batches, defect_rate=0.0, now=datetime.now(UTC))
    names = {patient["patient_code"]: patient for patient in map(_plain, world.patients)}
    samples = []
    for row in map(_plain, world.lims_samples):
        patient = names[row["patient_code"]]
        samples.append({**row, "patient_name": patient["name"], "birth_date": patient["birth_date"]})
    lims_labline.seed(folder / "lims.sqlite", samples=samples, results=map(_plain, world.lims_results))
    erp = {"stock": map(_plain, world.erp_stock), "consumption": map(_plain, world.erp_consumption)}
    erp_stockroom.seed(folder / "erp.sqlite", **erp)
    courier_cryorun.seed(folder / "courier.sqlite", slots=[{"capacity": "", **_plain(s)} for s in world.courier_slots])
    agency_reggate.seed(folder / "agency.sqlite")
    rules = OneHeld(world.records[0]["batch_id"])
    mes = Mes(open_store(store or folder / "mes.sqlite"), rules, lambda: datetime.now(UTC))
    people.make_accounts(mes, ACCOUNTS)
    modules = {"lims": lims_labline, "erp": erp_stockroom, "courier": courier_cryorun, "agency": agency_reggate}
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(Server(_site(module, folder / f"{name}.sqlite"), bind(host=host))).url
            for name, module in modules.items()
        }
        url = stack.enter_context(Server(create_app(mes), bind(host=host))).url
        for record in world.records:
            mes.submit_batch(BatchRecord.model_validate(record), SYSTEM)
        people.say_who_is_who(url, ACCOUNTS)
        shipping.sign_logistics(url, ACCOUNTS, logistics_data(7, world.now))
        sites = {name: {"product": PRODUCTS[name], "url": at, "user": "bot"} for name, at in urls.items()}
        settings = folder / "settings.json"
        settings.write_text(json.dumps({"mes": {"url": url, "user": "bot-release"}, "sites": sites}))
        secrets = write_private(folder / "secrets.json", dict.fromkeys(("mes", *PRODUCTS), PASSWORD))
        yield Plant(folder, mes, url, settings, secrets)


def _plain(row: Any) -> dict[str, str]:
    return dict(row) if isinstance(row, Mapping) else dict(vars(row))


def _site(module: Any, store: Path) -> Any:
    return module.create_app(store, clock=lambda: datetime.now(UTC), accounts={"bot": PASSWORD})


@pytest.mark.requirement("URS-002")
@pytest.mark.requirement("URS-007")
@pytest.mark.requirement("URS-008")
@pytest.mark.requirement("URS-009")
@pytest.mark.requirement("URS-293")
def test_batches_go_the_whole_way_and_nothing_is_done_twice(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    with (
        plant(tmp_path, 3) as running,
        WorkerProcess(tmp_path, WorkerFiles(running.settings, running.secrets), jobs=JOBS) as worker,
    ):
        worker.wait_ready()
        worker.drain(events.append)
        running.pack_all_ready()
        released = running.sign_all_ready()
        worker.drain(events.append)
        reported = running.report_deviations(released)
        worker.drain(events.append)
        states = {batch.batch_id: batch.state.value for batch in running.mes.list_batches(limit=50).items}
        finished = [event for event in events if event["event"] == "item_finished"]
        told = [running.mes.live(event["item_id"]).steps for event in finished]
    assert all(steps and {step.state.value for step in steps} <= {"done", "left_out"} for steps in told)
    assert [event["message"] for event in finished if event["result"] != "done"] == []
    assert len(released) == 2
    assert sorted(states.values()) == ["filed", "filed", "on_hold"]
    bookings = courier_cryorun.bookings(tmp_path / "courier.sqlite")
    assert sorted(row["customer_reference"] for row in bookings) == sorted(f"ship:{name}" for name in released)
    assert len(erp_stockroom.shipments(tmp_path / "erp.sqlite")) == 2
    filed = [running.mes.filing(name) for name in reported]
    assert {(view.status, view.approved_by) for view in filed} == {("accepted", "Demo head of compliance")}
    submitted = {row["acknowledgement"] for row in agency_reggate.submissions(tmp_path / "agency.sqlite")}
    assert {view.acknowledgement for view in filed} == submitted
    held = next(event for event in finished if event["output"].get("verdict") == "HOLD")
    assert held["output"]["deviations"] == 1
    effects = [effect.state for name in states for effect in running.mes.effects(name)]
    assert set(effects) == {"confirmed"}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "evidence").rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept


@pytest.mark.requirement("URS-015")
@pytest.mark.skipif(os.name == "nt", reason="signals and process groups are those of POSIX")
@pytest.mark.parametrize("how", ["signal", "input ends"])
def test_a_worker_that_is_stopped_gives_its_item_back_and_leaves_no_process(tmp_path: Path, how: str) -> None:
    with plant(tmp_path, 2) as running:
        environment = {
            **os.environ,
            "BATCHWRIGHT_SETTINGS": str(running.settings),
            "BATCHWRIGHT_SECRETS": str(running.secrets),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bots.runtime.worker", "--home", str(tmp_path), "--grace", "60"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("drain\n")
        process.stdin.flush()
        while json.loads(process.stdout.readline())["event"] != "item_started":
            pass
        time.sleep(0.3)
        if how == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        process.stdout.read()
        code = process.wait(timeout=20)
        states = [item.state for item in running.mes.work_items()]
    assert _members(process.pid) == []
    assert code == (128 + signal.SIGTERM if how == "signal" else 0)
    assert "running" not in states
    assert "queued" in states


@pytest.mark.parametrize(("fails", "code"), [(False, 0), (True, 4)])
def test_a_worker_that_ended_with_its_work_says_by_its_code_whether_something_failed(
    tmp_path: Path, fails: bool, code: int
) -> None:
    """Whatever runs it by the clock hears of it without reading its events."""
    with plant(tmp_path, 1) as running:
        known = json.loads(running.secrets.read_text())
        own = write_private(tmp_path / "own.json", {**known, "lims": "not it"} if fails else known)
        command = [sys.executable, "-m", "bots.runtime.worker", "--home", str(tmp_path), "--until-idle"]
        done = subprocess.run(
            [*command, "--jobs", "batch_record_review"],
            env={**os.environ, "BATCHWRIGHT_SETTINGS": str(running.settings), "BATCHWRIGHT_SECRETS": str(own)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    ended = [json.loads(line) for line in done.stdout.splitlines() if '"item_finished"' in line]
    assert [one["result"] for one in ended][-1:] == ["failed" if fails else "done"]
    assert done.returncode == code


def _members(group: int) -> list[int]:
    """Processes of a group that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:  # ended while we looked
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.requirement("URS-014")
@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("settings", "is not valid JSON"),
        ("secrets", "chmod 600"),
        ("browser", "BATCHWRIGHT_BROWSER names"),
        ("mes", "did not answer"),
    ],
)
def test_a_worker_that_cannot_start_says_one_sentence(tmp_path: Path, broken: str, sentence: str) -> None:
    settings = tmp_path / "settings.json"
    nobody = {"mes": {"url": "http://127.0.0.1:9", "user": "b"}}
    settings.write_text("{" if broken == "settings" else json.dumps(nobody))
    secrets = write_private(tmp_path / "secrets.json", {"mes": "x"})
    secrets.chmod(0o644 if broken == "secrets" else 0o600)
    environment = {**os.environ, "BATCHWRIGHT_SETTINGS": str(settings), "BATCHWRIGHT_SECRETS": str(secrets)}
    if broken == "browser":
        environment["BATCHWRIGHT_BROWSER"] = "/nowhere/at-all"
    command = [sys.executable, "-m", "bots.runtime.worker", "--home", str(tmp_path), "--until-idle"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1 if broken == "mes" else 2, "")
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
