"""Commands print what others wrote as it stands: it may look like styles or like names of pictures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.commands.shipments import _show_plan
from batchwright.support.formats import text_console
from mes_core.messages.journeys import PlannedWay, PlanView

pytestmark = pytest.mark.requirement("URS-100")
NAMES = ("[/red] Thaw", "[bold]Wash[/bold]", "Fill :x: 1")


def test_an_activity_of_a_log_is_shown_as_it_is_written(tmp_path: Path) -> None:
    log, begin = tmp_path / "log.csv", datetime(2026, 1, 5, 8)  # noqa: DTZ001 - a clock that nobody named
    rows = ["case_id,activity,resource,start_timestamp,timestamp"]
    for case in range(12):
        for step, name in enumerate(NAMES):
            at = begin + timedelta(hours=9 * case + 2 * step)
            rows.append(
                f"c{case},{name},p{case % 3},{at.isoformat()},{(at + timedelta(minutes=30 + case)).isoformat()}"
            )
    log.write_text("\n".join(rows))
    ended = CliRunner().invoke(app, ["twin", "learn", str(log)])
    assert ended.exit_code == 0, ended.exception
    assert [name for name in NAMES if name not in ended.output] == []


def test_a_way_of_a_portal_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    about = {
        "courier": "c",
        "pickup_at": at,
        "delivery_at": at,
        "p": 0.99,
        "price": 1,
        "shipper": "DS",
        "changed": True,
    }
    plan = {"week": "2026-W02", "left": {}, "expected_losses": 0.0, "worst_losses": 0.0, "proven": True, "gap": 0.0}
    way = PlannedWay.model_validate({"batch_id": "B1", "way_id": "[/i] :x:", "changed": True, **about})
    _show_plan(text_console(width=120), PlanView.model_validate({**plan, "ways": [way], "seconds": 1, "scenarios": 1}))
    assert "[/i] :x:" in capsys.readouterr().out
