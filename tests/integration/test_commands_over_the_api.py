"""`jobs`, `schedules` and `evidence` over the API: as a person who logs in, or by a token; schedules by signature."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import record
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind
from batchwright.support.wiring import who_runs_this
from mes_core.client import MesClient
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages.schedules import Missed, SetSchedule
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.web import create_app
from mes_core.web.limits import NO_LIMITS

pytestmark = pytest.mark.requirement("URS-131")
PASSWORD = "correct horse battery"


class Plant:
    """A MES over HTTP, with a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 3, 27, 9, tzinfo=UTC)
        self.mes = Mes(open_store(folder / "mes.sqlite"), BuiltinRules(None), lambda: self.now)
        actor = who_runs_this()
        roles = [Role.QUALITY_ASSURANCE]
        self.quinn = self.mes.create_person("quinn.quality", "Quinn Quality", roles, PASSWORD, actor=actor)
        self.mes.create_bot("bot-1", PASSWORD, actor=actor)
        self.mes.submit_batch(record(), BotPrincipal("bot-1"))
        self.url = ""

    def schedule(self, **more: Any) -> SetSchedule:
        """A change of a schedule, signed."""
        words = {"name": "nightly", "job": "predictive_hold", "cron": "30 2 * * *", "zone": "Europe/Amsterdam"}
        return SetSchedule.model_validate({**words, "reason": "Look each night.", "password": PASSWORD, **more})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    plant = Plant(tmp_path_factory.mktemp("plant"))
    with Server(create_app(plant.mes, limits=NO_LIMITS), bind()) as server:
        plant.url = server.url
        yield plant


def _asked(*words: str, said: str = f"{PASSWORD}\n") -> Any:
    answer = CliRunner().invoke(app, list(words), input=said)
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def _refused(*words: str, said: str = f"{PASSWORD}\n") -> str:
    answer = CliRunner().invoke(app, list(words), input=said)
    assert isinstance(answer.exception, Refused), answer.output
    return str(answer.exception)


def test_jobs_are_seen_and_changed_from_anywhere(served: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """By log-in or token; the trail names the person who logged in, and a bot changes nothing."""
    where = ("--mes", served.url, "--user", "quinn.quality", "--format", "json")
    (item,) = _asked("jobs", "list", *where)
    assert (item["state"], item["batch_id"]) == ("queued", "B-1")
    (changed,) = _asked("jobs", "cancel", item["business_key"], "--reason", "Not wanted.", *where)
    assert changed["state"] == "cancelled"
    newest = served.mes.audit("B-1")[-1]
    assert (newest.user, newest.why) == ("quinn.quality", "Not wanted.")
    monkeypatch.setenv("BATCHWRIGHT_TOKEN", served.mes.login("quinn.quality", PASSWORD).token)
    (shown,) = _asked("jobs", "show", item["item_id"], "--mes", served.url, "--format", "json")
    assert shown["effects"] == []
    monkeypatch.setenv("BATCHWRIGHT_TOKEN", served.mes.login("bot-1", PASSWORD).token)
    assert "cannot" in _refused("jobs", "retry", item["item_id"], "--mes", served.url)
    with MesClient(served.url, served.mes.login("bot-1", PASSWORD).token) as bot:
        assert bot.get_item(item["item_id"]).state == "cancelled"


def test_what_does_not_go_together_or_can_t_be_reached_is_said(served: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_TOKEN", "x" * 30)
    assert "The MES refuses" in _refused("jobs", "list", "--mes", served.url)
    assert "give one of them" in _refused("jobs", "list", "--mes", served.url, "--run", "main")
    assert "no address" in _refused("jobs", "list", "--mes", "mes.example")
    assert "did not answer" in _refused("jobs", "list", "--mes", "http://127.0.0.1:9")
    monkeypatch.setenv("BATCHWRIGHT_ENVIRONMENT", "production")
    assert "in the open" in _refused("jobs", "list", "--mes", "http://mes.example:8720")


def test_a_schedule_is_set_by_signature_and_shows_its_next_five_moments(served: Plant) -> None:
    """Over the night in which clocks go forward, 02:30 comes right after the gap; a bot and a reviewer set none."""
    where = ("--mes", served.url, "--user", "quinn.quality", "--format", "json")
    words = ("--job", "predictive_hold", "--cron", "30 2 * * *", "--zone", "Europe/Amsterdam")
    ((found,),) = _asked("schedules", "set", "nightly", *words, "--reason", "Look each night.", *where)
    assert [at[:16] for at in found["next"]] == [
        "2026-03-28T01:30",
        "2026-03-29T01:00",
        "2026-03-30T00:30",
        "2026-03-31T00:30",
        "2026-04-01T00:30",
    ]
    assert (found["last"], found["set_by"]) == (None, "quinn.quality")
    assert "refuses" in _refused("schedules", "set", "other", *words, "--reason", "No.", *where, said="wrong\n")
    with pytest.raises(Forbidden):
        served.mes.set_schedule(served.schedule(name="mine"), BotPrincipal("bot-1"))
    for change, word in (
        ({"cron": "* * * * *"}, "every 5 minutes"),
        ({"cron": "0 0 31 2 *"}, "no cron expression"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"cron": "61 2 * * *"}, "no cron expression"),
    ):
        with pytest.raises(Invalid, match=word):
            served.mes.set_schedule(served.schedule(**change), served.quinn)
    with pytest.raises(Conflict, match="so already"):
        served.mes.set_schedule(served.schedule(), served.quinn)


def test_what_came_due_is_asked_for_once_and_what_was_missed_is_caught_up(tmp_path: Path) -> None:
    """Two servers that tick at once ask once; after three days without a server it is as the schedule says."""
    plant = Plant(tmp_path)
    actor = who_runs_this()
    plant.mes.set_schedule(plant.schedule(catch_up=Missed.ALL), plant.quinn)
    plant.mes.set_schedule(plant.schedule(name="once", cron="0 3 * * *"), plant.quinn)
    plant.mes.set_schedule(plant.schedule(name="never", cron="0 4 * * *", catch_up=Missed.SKIP), plant.quinn)
    assert plant.mes.ask_by_schedule(actor) == 0
    plant.now += timedelta(days=3)
    assert plant.mes.ask_by_schedule(actor) == 3 + 1
    assert plant.mes.ask_by_schedule(actor) == 0
    keys = [one.business_key for one in plant.mes.work_items() if one.business_key.startswith("schedule:")]
    assert len(keys) == len(set(keys)) == 4
    assert not any(key.startswith("schedule:never") for key in keys)
    assert all(one.last is not None for one in plant.mes.schedules())
    plant.mes.set_schedule(plant.schedule(ended=True), plant.quinn)
    assert [one.name for one in plant.mes.schedules()] == ["never", "once"]
    assert not plant.mes.verify_audit(None)
