"""Commands that run side by side, and commands that are interrupted."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from CommandLine import PROJECT, Said
from processes import naming
from robot.api.deco import keyword, library

_END_S = 60.0


@library(scope="SUITE", auto_keywords=False)
class Interrupts:
    """Starts `batchwright` without waiting; every process it starts carries a mark to be found by."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []
        self._mark = f"acceptance-{secrets.token_hex(8)}"

    @keyword
    def start_batchwright(self, home: str, *arguments: str) -> Any:
        """Starts the command in a group of its own, as a shell does."""
        env = {**os.environ, "BATCHWRIGHT_HOME": home, "BATCHWRIGHT_ACCEPTANCE_MARK": self._mark, "NO_COLOR": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "batchwright", *arguments],
            cwd=PROJECT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    @keyword
    def wait_for_its_end(self, process: "subprocess.Popen[str]", timeout_s: float = 480.0) -> Said:
        """Waits until the command has ended by itself, and gives what it said."""
        out, err = process.communicate(timeout=timeout_s)
        return Said(process.returncode, out, err)

    @keyword
    def wait_until_it_says(self, process: "subprocess.Popen[str]", words: str) -> None:
        """Reads the command's progress until it says the words."""
        assert process.stderr is not None
        for line in process.stderr:
            if words in line:
                return
        raise AssertionError(f"The command ended without saying {words!r}.")

    @keyword
    def press_ctrl_c(self, process: "subprocess.Popen[str]") -> None:
        """Interrupts the command and everything in its group, as the terminal does."""
        os.killpg(process.pid, signal.SIGINT)

    @keyword
    def ask_to_end(self, process: "subprocess.Popen[str]") -> None:
        """Ends the command alone, as a service manager does."""
        process.send_signal(signal.SIGTERM)

    @keyword
    def no_process_should_be_left(self) -> None:
        """None of all the processes that the commands of this suite started is still there after a moment."""
        deadline = time.monotonic() + 10.0
        while (left := naming(self._mark)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not left, f"Still there: {left}"

    @keyword
    def runs_should_be_apart(self, first: dict[str, Any], second: dict[str, Any]) -> None:
        """Two runs have folders of their own, and nothing of one names the other."""
        assert first["home"] != second["home"], f"Both ran in {first['home']}."
        for one, other in ((first, second), (second, first)):
            folder = Path(one["home"])
            texts = [path for path in folder.rglob("*") if path.suffix in (".json", ".html", ".log", ".txt")]
            assert texts, f"{folder} holds nothing."
            naming_other = [path for path in texts if other["run"] in path.read_text("utf-8", "replace")]
            assert not naming_other, f"{naming_other} name the other run."
            assert one["comparison"]["missed"] == []

    @keyword
    def end_what_was_started(self) -> None:
        """Ends what a failed test has left running."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=_END_S)
