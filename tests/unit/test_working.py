"""That something takes its time is shown to a person at a terminal, and to nobody else."""

import io
from typing import Any

import pytest
from rich.console import Console

from batchwright.support import formats


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_is_told_that_something_takes_its_time(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    said = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")  # a dumb one is told nothing, which is no matter of ours

    def console(**_options: Any) -> Console:
        return Console(file=said, force_terminal=terminal)

    monkeypatch.setattr(formats, "Console", console)
    with formats.working("Walking"):
        pass
    assert ("Walking ..." in said.getvalue()) is terminal
