"""Steps of an item as its bot tells of them: their names and ends, never what they were given, never in its way."""

from pathlib import Path
from typing import Any

import pytest
from robot.api import TestSuite

from bots.runtime import steps as told
from bots.runtime.steps import StepTeller
from mes_core.client import MesError, MesUnreachable
from mes_core.messages.work import TellSteps

pytestmark = pytest.mark.requirement("URS-293")
_SUITE = """*** Tasks ***
Review
    Open The LIMS Of    PAT-SECRET
    Run Keyword And Ignore Error    Fail    PAT-SECRET
    IF    False    Never Run This
    Break
    Never Reached

*** Keywords ***
Open The LIMS Of
    [Arguments]    ${patient}
    Log    ${patient}
    Deeper    ${patient}

Deeper
    [Arguments]    ${patient}
    Log    too deep to be told: ${patient}

Break
    Fail    It is broken for PAT-SECRET
"""


class Client:
    """A MES that keeps what it is told, or refuses."""

    def __init__(self, refuses: Exception | None = None) -> None:
        self.told: list[tuple[str, TellSteps]] = []
        self._refuses = refuses

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *how: object) -> None:
        return None

    def tell_steps(self, item_id: str, steps: TellSteps) -> None:
        """Take steps."""
        if self._refuses:
            raise self._refuses
        self.told.append((item_id, steps))


class Context:
    """The item in hand."""

    item = {"item_id": "W-1", "epoch": 3}  # noqa: RUF012 - never changed


def _run(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(told, "current", lambda: Context)
    teller = StepTeller(lambda: client)  # type: ignore[arg-type,return-value]
    suite = TestSuite.from_string(_SUITE)
    return suite.run(listener=[teller], output=str(folder / "o.json"), console="none", rpa=True)


def test_steps_are_told_by_name_with_their_ends_and_without_what_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    _run(client, tmp_path, monkeypatch)
    item, last = client.told[-1]
    assert (item, last.epoch) == ("W-1", 3)
    assert [(one.name, one.depth, one.state.value) for one in last.steps] == [
        ("Open The LIMS Of", 1, "done"),
        ("Log", 2, "done"),
        ("Deeper", 2, "done"),
        ("Run Keyword And Ignore Error", 1, "done"),
        ("Fail", 2, "failed"),
        ("Never Run This", 1, "left_out"),
        ("Break", 1, "failed"),
        ("Fail", 2, "failed"),
        ("Never Reached", 1, "left_out"),
    ]
    assert "PAT-SECRET" not in last.model_dump_json()


@pytest.mark.parametrize("refuses", [MesError(409, "Lost."), MesUnreachable("Away.")])
def test_a_mes_that_does_not_listen_keeps_no_item_from_its_end(
    refuses: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = _run(Client(refuses), tmp_path, monkeypatch)
    assert result.suite.all_tests is not None
    (task,) = result.suite.all_tests
    assert task.message == "It is broken for PAT-SECRET"
