"""`batchwright tick` on a store of its own, and the thread by which the server ticks."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.commands.tick import Ticking
from batchwright.support.settings import main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.messages import views as v
from twin.world import make_world


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one batch that has an open deviation."""
    from mes_core.messages import BatchRecord

    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    mes = open_mes(main_home())
    record = BatchRecord.model_validate(make_world(seed=1, batches=1, defect_rate=0.0, now=mes.now()).records[0])
    mes.submit_batch(record, who_runs_this())
    opened = {"deviation_key": "DEV-1", "title": "Late sample"}
    mes.open_deviation(record.batch_id, v.NewDeviation.model_validate(opened), who_runs_this())
    return tmp_path


@pytest.mark.requirement("URS-045")
def test_the_command_reminds_once(home: Path) -> None:
    """Far in the future everything is overdue; the same time again adds nothing."""
    run = CliRunner().invoke
    first = json.loads(run(app, ["tick", "--now", "2099-01-01T00:00:00Z", "--format", "json"]).stdout)
    assert first["opened"] >= 1
    assert first["overdue"] == first["open"] == first["escalated"] / 2
    again = json.loads(run(app, ["tick", "--now", "2099-01-01T00:00:00Z", "--format", "json"]).stdout)
    assert [again[name] for name in ("opened", "ended", "reminded", "escalated")] == [0, 0, 0, 0]
    assert "overdue" in run(app, ["tick"]).stdout


@pytest.mark.requirement("URS-014")
@pytest.mark.parametrize(("now", "says"), [("soon", "is no time"), ("2026-03-01T08:00:00", "has no zone")])
def test_a_time_that_is_none_is_refused(home: Path, now: str, says: str) -> None:
    """In one sentence."""
    from batchwright.support.errors import Refused

    with pytest.raises(Refused, match=says):
        CliRunner().invoke(app, ["tick", "--now", now], catch_exceptions=False)


@pytest.mark.requirement("URS-045")
def test_production_takes_its_time_from_the_clock(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody escalates by a time of their own."""
    from batchwright.support.errors import Refused

    monkeypatch.setenv("BATCHWRIGHT_ENVIRONMENT", "production")
    with pytest.raises(Refused, match="the clock gives the time"):
        CliRunner().invoke(app, ["tick", "--now", "2099-01-01T00:00:00Z"], catch_exceptions=False)


@pytest.mark.requirement("URS-045")
def test_the_server_ticks_by_itself(home: Path) -> None:
    """From a thread that ends with it."""
    mes = open_mes(main_home())
    with Ticking(mes, every_s=0.05) as ticking:
        until = time.monotonic() + 20
        while not mes.due_items() and time.monotonic() < until:
            time.sleep(0.02)
        assert mes.due_items()
    assert not ticking._thread.is_alive()
