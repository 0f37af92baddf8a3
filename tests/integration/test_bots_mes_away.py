"""The MES is restarted, or a session ends: workers wait, log in again and go on, and nobody has to start them."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import PASSWORD, SECRET
from starlette.testclient import TestClient
from test_bots_end_to_end import SYSTEM, OneHeld

from batchwright.demo.plant import write_private
from batchwright.support.servers import Server, bind
from bots.runtime.supervisor import Supervisor, WorkerPlan
from mes_core.client import MesClient, MesError
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web.app import create_app

JOB = "batch_record_review"


@contextmanager
def _mes(folder: Path, clock: Callable[[], datetime]) -> Iterator[Mes]:
    with closing(open_store(folder / "mes.sqlite")) as store:
        mes = Mes(store, OneHeld(""), clock)
        mes.create_bot("bot-release", PASSWORD, actor=SYSTEM)
        yield mes


def test_a_bot_that_stays_logs_in_again_when_its_session_is_over(tmp_path: Path) -> None:
    """A bot's session lasts eight hours, its work for weeks."""
    moved = [timedelta(0)]
    with _mes(tmp_path, lambda: datetime.now(UTC) + moved[0]) as mes, TestClient(create_app(mes)) as web:

        def client(*, stay: bool) -> MesClient:
            return MesClient.login("http://testserver", "bot-release", PASSWORD, transport=web._transport, stay=stay)

        leaves, stays = client(stay=False), client(stay=True)
        first = stays.session
        moved[0] = timedelta(hours=9)
        with pytest.raises(MesError) as refused:
            leaves.claim("w", (JOB,), SECRET)
        assert refused.value.status == 401
        assert stays.claim("w", (JOB,), SECRET) is None
        assert stays.session is not None
        assert stays.session != first


@pytest.mark.browser
@pytest.mark.skipif(os.name == "nt", reason="process groups are those of POSIX")
def test_workers_wait_for_a_mes_that_is_restarted(tmp_path: Path) -> None:
    """One waits in its queue, one is killed meanwhile and waits at its log-in; both go on."""
    events: list[dict[str, Any]] = []
    with _mes(tmp_path, lambda: datetime.now(UTC)) as mes:
        sock = bind()
        port = sock.getsockname()[1]
        settings = tmp_path / "settings.json"
        settings.write_text(
            json.dumps({"mes": {"url": f"http://127.0.0.1:{port}", "user": "bot-release"}, "sites": {}})
        )
        secrets = write_private(tmp_path / "secrets.json", {"mes": PASSWORD})
        environment = {**os.environ, "BATCHWRIGHT_SETTINGS": str(settings), "BATCHWRIGHT_SECRETS": str(secrets)}
        plan = WorkerPlan(tmp_path, (JOB,), ("m-1", "m-2"), poll_s=0.2, environment=environment)
        supervisor = Supervisor(plan, events.append)
        thread = threading.Thread(target=supervisor.run)
        try:
            with Server(create_app(mes), sock):
                thread.start()
                _wait_for(events, "idle", {"m-1", "m-2"})
            _wait_for(events, "mes_gone", {"m-1", "m-2"})
            supervisor._children["m-2"].process.kill()
            _wait_for(events, "worker_ended", {"m-2"})
            told = len(events)
            _wait_for(events, "mes_gone", {"m-2"}, after=told)
            with Server(create_app(mes), bind(port)):
                _wait_for(events, "mes_back", {"m-1", "m-2"})
                _wait_for(events, "idle", {"m-1", "m-2"}, after=told)
        finally:
            supervisor.stop()
            thread.join(timeout=30)
    assert [event["worker"] for event in events if event["event"] == "worker_ended"] == ["m-2"]


def _wait_for(events: list[dict[str, Any]], name: str, workers: set[str], after: int = 0) -> None:
    end = time.monotonic() + 60
    while {event["worker"] for event in events[after:] if event["event"] == name} < workers:
        assert time.monotonic() < end, f"no {name} from all of {workers}: {events[-5:]}"
        time.sleep(0.05)
