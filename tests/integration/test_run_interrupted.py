"""Ctrl-C and SIGTERM on `batchwright run`: it stops at once, sends nothing more, and ends with 130."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batchwright.new_bot import NewBot
from twin.sites import desk_practice

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-096")]


def _bot_that_waits(folder: Path) -> Path:
    """A bot that waits, and then would send its form."""
    NewBot("slow_one", folder).make()
    suite = folder / "bots" / "slow_one.robot"
    text = suite.read_text("utf-8")
    assert "    ${number}=    Send Form Once" in text
    suite.write_text(
        text.replace("    ${number}=    Send Form Once", "    Sleep    20 s\n    ${number}=    Send Form Once")
    )
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_sends_nothing_more(tmp_path: Path, number: signal.Signals) -> None:
    bots = _bot_that_waits(tmp_path / "bots")
    command = [sys.executable, "-u", "-m", "batchwright", "run", "slow_one", "--practice", "--bots", str(bots)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as run:
        assert run.stdout is not None
        seen = ""
        while "Read List" not in seen:
            line = run.stdout.readline()
            assert line, seen
            seen += line
        began = time.monotonic()
        run.send_signal(number)
        out, errors = run.communicate(timeout=120)
        took = time.monotonic() - began
    assert run.returncode == 130, out + errors
    assert took < 20, "it doesn't wait for what was to come"
    assert "Attempt 2" not in out
    assert "Interrupted" in errors
    store = bots / ".practice" / "sites" / "slow_one.sqlite"
    assert desk_practice.requests(store) == []
    outcomes = [json.loads(path.read_text("utf-8")) for path in bots.rglob("outcome.json")]
    assert [one["code"] for one in outcomes] == ["INTERRUPTED"]
