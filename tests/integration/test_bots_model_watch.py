"""The bots about models on a real MES: a schedule asks, drift waits for a signature, a challenger answers unheard."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bots_fakes import SECRET
from starlette.testclient import TestClient

from bots.runtime.job_queue import MesJobQueue
from bots.runtime.runner import JOBS, SuiteRunner
from bots.runtime.schedules import Scheduler
from bots.runtime.worker import Worker
from keywords.predictive_holds import library
from keywords.settings import Schedule, Secrets, Settings
from mes_core.client import MesClient
from mes_core.domain.principals import PersonPrincipal, SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages import predictive as p
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web.app import create_app
from twin.world.clean import make_clean_bundles

PASSWORD = "correct horse 42 battery"
SYSTEM = SystemPrincipal("test")
MODEL = "day3_shadow"
START = datetime(2026, 3, 2, 2, tzinfo=UTC)


class Plant:
    """A MES with batches, and a worker without a browser: these bots open no page."""

    def __init__(self, folder: Path, mes: Mes, client: MesClient) -> None:
        self.folder, self.mes, self.client, self.events = folder, mes, client, list[dict[str, Any]]()
        settings = Settings.model_validate({"mes": {"url": "http://mes", "user": "bot"}})
        gate = SimpleNamespace(begin_item=lambda: None, refused=None, diary=[])
        quiet: Any = {"end_item": lambda **_more: None, "trust": lambda _files: None}
        browser: Any = SimpleNamespace(gate=gate, version="none", pages=(), **quiet)
        runner = SuiteRunner(folder, settings, Secrets({"mes": PASSWORD}), client, browser)
        self.worker = Worker(MesJobQueue(client, "w1", SECRET), runner, JOBS, self.events.append)

    def submit(self, records: list[BatchRecord]) -> None:
        for record in records:
            self.mes.submit_batch(record, SYSTEM)

    def ended(self) -> dict[str, Any]:
        """Run what waits; how the last item ended."""
        self.worker.drain()
        return [one for one in self.events if one["event"] == "item_finished"][-1]


@contextmanager
def _plant(folder: Path) -> Iterator[Plant]:
    with closing(open_store(folder / "mes.sqlite")) as store:
        mes = Mes(store, SimpleNamespace(for_kind=lambda _kind: None), lambda: datetime.now(UTC))  # type: ignore[arg-type]
        mes.create_bot("bot", PASSWORD, actor=SYSTEM)
        with TestClient(create_app(mes)) as web:
            yield Plant(folder, mes, MesClient.login("http://testserver", "bot", PASSWORD, transport=web._transport))


@pytest.fixture(scope="module")
def records() -> list[BatchRecord]:
    bundles = make_clean_bundles(22, 4711, biology_failures=True)
    return [BatchRecord.model_validate(one.record) for one in bundles]


def _moved(record: BatchRecord, number: int) -> BatchRecord:
    """Another batch like it, with a counter that reads viability twelve points too low: half of those compared."""
    parameters = tuple(
        one.model_copy(update={"value": (one.value or 0) - 12.0}) if one.name == "viability_pct_d01" else one
        for one in record.parameters
    )
    return record.model_copy(update={"batch_id": f"{record.batch_id}-M{number}", "parameters": parameters})


@pytest.mark.requirement("URS-082")
def test_the_drift_job_is_quiet_on_usual_batches_and_ends_as_quality_on_a_moved_probe(
    tmp_path: Path, records: list[BatchRecord]
) -> None:
    """Too few, usual, moved, the same again, and after a signature: five nights of one schedule."""
    schedule = Schedule.model_validate({"name": "drift", "job": p.DRIFT_JOB, "at": ["02:30"]})
    with _plant(tmp_path) as plant:
        clock = [START]
        scheduler = Scheduler([schedule], plant.client, tmp_path, lambda: clock[0], plant.events.append)

        def night(number: int) -> dict[str, Any]:
            clock[0] = START.replace(day=2 + number)
            assert scheduler.tick() == (1 if number else 0)
            return plant.ended() if number else {}

        night(0)
        plant.submit(records[:12])
        few = night(1)
        assert (few["result"], few["output"]["outcome"]) == ("done", "too_few"), few
        assert "12 batches had what day3_shadow looks at" in few["output"]["says"]
        plant.submit(records[12:])
        usual = night(2)
        assert (usual["result"], usual["output"]["outcome"], usual["output"]["batches"]) == ("done", "steady", 22)
        plant.submit([_moved(one, 1) for one in records])
        moved = night(3)
        assert (moved["family"], moved["code"]) == ("QUALITY", "MODEL_DRIFTED"), moved
        assert "viability pct d01 (median " in moved["message"]
        assert "sign on the page of predictions" in moved["message"]
        item = plant.mes.get_item(moved["item_id"])
        assert (item.state, item.batch_id) == ("waiting", p.MODELS_CHAIN)
        assert all(not plant.mes.get_batch(one.batch_id).holds for one in records)
        capsule = tmp_path / item.evidence.capsule if item.evidence else tmp_path
        assert capsule.is_file()
        assert night(4)["code"] == "MODEL_DRIFTED"
        check = plant.mes.drift_checks()[0]
        assert [one.said.outcome.value for one in plant.mes.drift_checks()] == ["drifted", "steady", "too_few"]
        _sign(plant, check)
        assert (night(5)["result"], len(plant.mes.drift_checks())) == ("done", 3)


def _sign(plant: Plant, check: p.DriftView) -> None:
    plant.mes.create_person("quality", "Quality Person", ["quality_assurance"], PASSWORD, actor=SYSTEM)
    who = PersonPrincipal("quality", "Quality Person", frozenset({"quality_assurance"}))
    body = {"response": "use_on", "reason": "The probe was exchanged.", "meaning": "Mine.", "password": PASSWORD}
    plant.mes.decide_drift(check.check_id, p.DecideDrift.model_validate(body), who)


def test_the_comparison_of_the_mes_is_told_with_intervals_and_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `batchwright model compare` prints it without a table."""
    from batchwright.commands import model_compare
    from batchwright.support import wiring

    rows = [
        {"batch_id": f"B{number}", "failed": number < 3, "champion": "CLEAR", "challenger": "RISK"}
        | {"champion_probability": 0.1, "challenger_probability": 0.9 if number < 3 else 0.1}
        for number in range(10)
    ]
    side = {"caught": 0, "recall_interval": (0.0, 0.71), "false_holds": 0, "false_hold_interval": (0, 0.4)}
    found = p.ShadowComparison.model_validate(
        {"batches": 10, "failed": 3, "waiting": 2, "rows": rows, "hindrances": ["it takes 30"]}
        | {"champion": side | {"content_hash": "ab" * 32, "undecided": 0}}
        | {"challenger": side | {"content_hash": "cd" * 32, "undecided": 1, "caught": 3}}
        | {"only_champion_caught": 0, "only_challenger_caught": 3}
    )
    monkeypatch.setattr(wiring, "open_mes", lambda _home: SimpleNamespace(compare_in_shadow=lambda *_pair: found))
    made, lines = model_compare.in_shadow("ab" * 32, "cd" * 32)
    assert made["difference"]["low"] > 0
    assert lines[2].startswith("challenger cdcdcdcdcdcd: 3 of 3 failures caught [0.00, 0.71]")
    assert lines[-1] == "missing before the challenger may take over: it takes 30"
    assert "the challenger is better" in lines[-2]


@pytest.mark.requirement("URS-082")
def test_a_challenger_answers_beside_the_model_in_use_and_is_named_to_nobody(
    tmp_path: Path, records: list[BatchRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One item, two answers of which one waits for a decision; a challenger that is gone changes nothing."""
    content = library.model_named(MODEL)
    other = type(content)(content._content | {"actions": []})
    assert other.hash != content.hash
    monkeypatch.setattr(library, "model_named", lambda name: other if name == "challenger" else content)
    suites = _suites(tmp_path, "challenger")
    with _plant(tmp_path) as plant:
        plant.worker._runner = SuiteRunner(
            tmp_path,
            Settings.model_validate({"mes": {"url": "http://mes", "user": "bot"}}),
            Secrets({"mes": PASSWORD}),
            plant.client,
            plant.worker._runner._browser,
            suites=suites,
        )
        plant.submit(records[:1])
        batch_id = records[0].batch_id
        plant.client.ask_for_item("predictive_hold", "k", batch_id)
        assert plant.ended()["result"] == "done"
        said = plant.mes.predictions(batch_id)
        assert [(one.said.content_hash, one.said.beside, one.said.mode.value) for one in said] == [
            (content.hash, None, "SHADOW"),
            (other.hash, content.hash, "SHADOW"),
        ]
        assert said[1].said.reasons == ()
        assert plant.mes.compare_in_shadow(content.hash, other.hash).waiting == 1


def _suites(folder: Path, challenger: str) -> Path:
    """The suites with a challenger in their settings."""
    root = Path(__file__).resolve().parents[2]
    made = folder / "own" / "bots"
    (made / "settings").mkdir(parents=True)
    (folder / "own" / "keywords").symlink_to(root / "keywords")
    for suite in (root / "bots").glob("*.robot"):
        (made / suite.name).write_text(suite.read_text())
    text = (root / "bots" / "settings" / "demo.yaml").read_text()
    changed = text.replace('CHALLENGER_MODEL: ""', f"CHALLENGER_MODEL: {json.dumps(challenger)}")
    assert changed != text
    (made / "settings" / "demo.yaml").write_text(changed)
    return made


def test_a_challenger_that_is_gone_is_told_and_holds_nothing_up(
    records: list[BatchRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "current", lambda: SimpleNamespace())
    keywords = library.PredictiveHolds()
    said = keywords.let_a_challenger_answer_too(records[0], "nothing", MODEL)
    assert said.startswith("not asked: There is no model 'nothing'")
    assert keywords.let_a_challenger_answer_too(records[0], MODEL, MODEL) == "not asked: it is the model in use"
    assert keywords.let_a_challenger_answer_too(records[0], "", MODEL) == "none runs"
