"""Ctrl-C in the middle of a demo: one sentence, exit code 130, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name == "nt", reason="process groups and /proc are POSIX; the code path is the same"),
]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_no_process_behind(tmp_path: Path, how: signal.Signals) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "batchwright", "demo", "--batches", "4", "--seed", "5"],
        env={**os.environ, "BATCHWRIGHT_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Tests run in the background inherit that Ctrl-C is ignored; the demo must not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if "finding" in line:  # the browser and all servers run, and one batch has been reviewed
            break
    else:
        pytest.fail(f"the demo ended by itself: {demo.communicate()[1]}")
    demo.send_signal(how)
    _, said = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "Interrupted; everything that was started has been ended." in said
    deadline = time.monotonic() + 10
    while (left := _running_in(tmp_path, demo.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def _running_in(home: Path, session: int) -> list[str]:
    """Command lines of processes of the demo's session, or that name its folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words and fields[0] != "Z" and (int(fields[3]) == session or str(home) in words):
            found.append(words)
    return found
