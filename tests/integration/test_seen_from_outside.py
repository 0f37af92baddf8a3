"""Figures for Prometheus, and reminders by mail and webhook tried against a real mail server; no patient in either."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from bots_fakes import record
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from batchwright.support.errors import Refused
from batchwright.support.notify import Sender, Way, way_of
from batchwright.support.servers import bind
from batchwright.support.wiring import who_runs_this
from mes_core.domain.principals import BotPrincipal
from mes_core.messages import views as v
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.web import create_app

pytestmark = pytest.mark.requirement("URS-134")
CANARY = "P-001"
MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"


class Plant:
    """A MES with a batch on hold, and a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
        self.mes = Mes(open_store(folder / "mes.sqlite"), BuiltinRules(None), lambda: self.now)
        self.bot = BotPrincipal("bot-1")
        self.mes.submit_batch(record(), self.bot)
        self.mes.open_deviation(
            "B-1", v.NewDeviation(deviation_key="d", title="A doubt.", severity="critical"), self.bot
        )

    def remind(self) -> int:
        """Let a month pass, tick by tick; how many notices there are then."""
        for _ in range(30):
            self.now += timedelta(days=1)
            self.mes.tick(who_runs_this())
        return len(self.mes.due_notices(None))


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


class Kept:
    """A mail server's handler that keeps what it gets, or refuses."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.away = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name of the library
        if self.away:
            return "451 Try again later"
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Kept, int]]:
    kept = Kept()
    with bind() as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, controller.port
    controller.stop()


def test_prometheus_reads_figures_without_a_name_in_them(plant: Plant) -> None:
    """Items by job and state, holds, what is due; told to this machine, and to others not."""
    client = TestClient(create_app(plant.mes), client=("127.0.0.1", 50000))
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["batchwright_work_items", "batch_record_review", "queued"] == 1
    assert found["batchwright_queues_stand_still",] == 0
    plant.now += timedelta(minutes=5)
    assert "batchwright_oldest_queued_seconds 300.0" in client.get("/metrics").text
    for word in (CANARY, "B-1", "G123426123456", "bot-1"):
        assert word not in answer.text
    assert TestClient(create_app(plant.mes), client=("10.9.9.9", 50000)).get("/metrics").status_code == 404
    allowed = create_app(plant.mes, metrics_from=("10.9.0.0/16",))
    assert TestClient(allowed, client=("10.9.9.9", 50000)).get("/metrics").status_code == 200


def test_board_and_alerts_name_the_figures_that_there_are(plant: Plant) -> None:
    """Nothing is drawn that no server tells, and nothing is told that nobody sees."""
    told = {
        family.name
        for family in text_string_to_metric_families(
            TestClient(create_app(plant.mes), client=("127.0.0.1", 50000)).get("/metrics").text
        )
    }
    board = json.loads((MONITORING / "grafana-board.json").read_text("utf-8"))
    drawn = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((MONITORING / "prometheus-alerts.yaml").read_text("utf-8"))["groups"]
    alerts = [rule["expr"] for group in groups for rule in group["rules"]]
    named = [set(re.findall(r"batchwright_\w+", expression)) for expression in (*drawn, *alerts)]
    assert all(named)
    assert set().union(*named) == told
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_reminders_come_by_mail_once_and_again_when_the_server_was_away(plant: Plant, mail: tuple[Kept, int]) -> None:
    """To those whose role it is; what could not be sent goes with the next tick, and nothing goes twice."""
    kept, port = mail
    sender, actor = (
        Sender(Way("127.0.0.1", port, "mes@plant.example", {"*": ("qa@plant.example",)}, False)),
        who_runs_this(),
    )
    plant.mes.begin_notices(actor)
    count = plant.remind()
    assert count > 1
    kept.away = True
    sent, failed = plant.mes.send_notices(sender.ways, actor)
    assert (sent, len(failed)) == (0, count)
    kept.away = False
    assert plant.mes.send_notices(sender.ways, actor) == (0, ()), "another server may be sending them at this moment"
    plant.now += timedelta(minutes=6)
    assert plant.mes.send_notices(sender.ways, actor) == (count, ())
    assert plant.mes.send_notices(sender.ways, actor) == (0, ())
    assert len(kept.got) == count
    text = "".join(one.content.decode() for one in kept.got)
    assert "Subject: Escalation" in text
    assert all(one.rcpt_tos == ["qa@plant.example"] for one in kept.got)
    for word in (CANARY, "G123426123456"):
        assert word not in text
    assert not plant.mes.verify_audit(None)


def test_what_was_told_before_sending_began_is_not_sent(plant: Plant) -> None:
    plant.remind()
    sent: list[Any] = []
    plant.mes.begin_notices(who_runs_this())
    plant.mes.begin_notices(who_runs_this())
    assert plant.mes.send_notices({"list": sent.append}, who_runs_this()) == (0, ())
    assert sent == []


def test_one_notice_that_can_not_be_sent_keeps_no_other_back(plant: Plant) -> None:
    """By its own way alone: what went out by mail does not go again because the webhook was away."""
    got: dict[str, list[str]] = {"mail": [], "hook": []}
    away = [True]

    def hook(one: Any) -> None:
        if away[0] and not got["hook"]:
            away[0] = False
            raise OSError("away")
        got["hook"].append(one["notice_id"])

    ways = {"mail": lambda one: got["mail"].append(one["notice_id"]), "hook": hook}
    plant.mes.begin_notices(who_runs_this())
    count = plant.remind()
    sent, failed = plant.mes.send_notices(ways, who_runs_this())
    assert (sent, len(failed)) == (2 * count - 1, 1)
    plant.now += timedelta(minutes=6)
    assert plant.mes.send_notices(ways, who_runs_this()) == (1, ())
    assert (len(got["mail"]), len(set(got["hook"]))) == (count, count)


def test_a_notice_with_any_letters_becomes_a_mail() -> None:
    one: Any = {"notice_id": "deviation:Zähler 7", "level": 2, "to_role": "reviewer", "batch_id": "B1"}
    one |= {"text": "Zeile\u2028zwei\x0bdrei\x85vier"}
    made = Sender(Way("h", 25, "mes@plant.example", {"*": ("qa@plant.example",)}))._message(one, ["qa@plant.example"])
    assert made["Subject"] == "Escalation: Zeile zwei drei vier"
    made.as_bytes()
    assert str(made["Message-ID"]).isascii()


def test_a_webhook_gets_each_reminder_as_json(plant: Plant) -> None:
    got: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the library
            return

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        plant.mes.begin_notices(who_runs_this())
        count = plant.remind()
        sender = Sender(Way(webhook=f"http://127.0.0.1:{server.server_port}/"))
        assert plant.mes.send_notices(sender.ways, who_runs_this()) == (count, ())
        assert len({one["notice_id"] for one in got}) == count
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(OSError, match="can't be reached"):
        sender.ways["webhook"]({**got[0], "due_id": "d", "told_at": ""})


def test_settings_that_do_not_fit_together_are_refused() -> None:
    assert way_of({}) is None
    for known, word in (
        ({"BATCHWRIGHT_MAIL_SERVER": "mail:x"}, "write it like"),
        ({"BATCHWRIGHT_MAIL_SERVER": "mail"}, "addresses by role"),
        ({"BATCHWRIGHT_MAIL_SERVER": "mail", "BATCHWRIGHT_MAIL_TO": '{"*": "a@b.example"}'}, "names nobody"),
    ):
        with pytest.raises(Refused, match=word):
            way_of(known)
