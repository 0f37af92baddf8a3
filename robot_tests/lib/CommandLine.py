"""Runs the `batchwright` command as a user would, in a home of its own, and holds what it said."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from robot.api import SkipExecution
from robot.api.deco import keyword, library

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What one command did: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        """The standard output as one JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]


@library(scope="SUITE", auto_keywords=False)
class CommandLine:
    """The command line under test. Every suite has its own home, removed at its end."""

    @cached_property
    def home(self) -> Path:
        """Made when first asked for: Robot also makes instances that run no test."""
        return Path(tempfile.mkdtemp(prefix="batchwright-acceptance-"))

    @keyword
    def run_batchwright(self, *arguments: str, timeout_s: int = 300, **environment: str) -> Said:
        """Runs `batchwright` with the arguments and environment; gives its exit code, output and errors."""
        command = [sys.executable, "-m", "batchwright", *arguments]
        env = {**os.environ, "BATCHWRIGHT_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "200"}
        env |= environment
        done = subprocess.run(
            command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)

    @keyword
    def home_of_this_suite(self) -> str:
        """The folder that `BATCHWRIGHT_HOME` names for every command of this suite."""
        return str(self.home)

    @keyword
    def exit_code_should_be(self, said: Said, expected: int) -> None:
        """Fails with the command's own words when the exit code is another one."""
        if said.code != expected:
            raise AssertionError(f"Exit code {said.code}, expected {expected}.\n{said.out[-2000:]}\n{said.err[-2000:]}")

    @keyword
    def should_be_refused_in_one_sentence(self, said: Said, *words: str) -> None:
        """Exit code 2, one line on standard error that holds the words, nothing that looks like a traceback."""
        self.exit_code_should_be(said, 2)
        lines = [line for line in said.err.splitlines() if line.strip()]
        assert len(lines) == 1, f"Expected one sentence, got: {said.err}"
        missing = [word for word in words if word not in lines[0]]
        assert not missing, f"{lines[0]!r} does not name {missing}."

    @keyword
    def real_data_folder(self, name: str) -> str:
        """Folder of real data beside the project; skips the test, visibly, where it is absent."""
        folder = Path(os.environ.get("BATCHWRIGHT_REAL_DATA", PROJECT.parent / "shared" / "data")) / name
        if not folder.is_dir():
            raise SkipExecution(f"The real data {name} are not in {folder.parent}.")
        return str(folder)

    @keyword
    def copy_real_data(self, name: str) -> str:
        """A copy of a folder of real data that a test may spoil."""
        copy = self.home / f"copy-{name}-{len(list(self.home.iterdir()))}"
        shutil.copytree(self.real_data_folder(name), copy)
        for path in copy.iterdir():
            path.chmod(0o644)
        return str(copy)

    @keyword
    def remove_home(self) -> None:
        """Removes what the suite left behind."""
        shutil.rmtree(self.home)
