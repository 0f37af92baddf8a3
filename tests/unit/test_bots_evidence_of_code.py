"""What an attempt rests on, how it ends, and what its processes may know."""

import os
import sys
from pathlib import Path

import pytest
from robot.api import TestSuite

from bots.runtime.child import WorkerChild
from bots.runtime.imports import Imports
from bots.runtime.runner import _decided
from keywords.browser_user import NoSuchUser, browser_user
from keywords.failures import ApplicationError, BusinessError, Failure, ItemError
from keywords.gate import Gate
from keywords.provenance import plant_hash
from keywords.transport import Trust, forget_the_store, without_the_store
from mes_core.messages.views import Family

TIME_OUT = Failure(Family.APPLICATION, "SITE_NO_ANSWER", "It took too long.")
HELD_BACK = BusinessError("CHANGE_OUTSIDE_EFFECT", "POST /x was held back.")
RELEASED = ApplicationError("SITE_NO_ANSWER", "It took too long.")
SUITES_WORD = BusinessError("NO_PAPER", "No paper.")


@pytest.mark.requirement("URS-091")
@pytest.mark.parametrize(
    ("failure", "released", "refused", "code"),
    [
        (TIME_OUT, RELEASED, HELD_BACK, "CHANGE_OUTSIDE_EFFECT"),
        (TIME_OUT, None, HELD_BACK, "CHANGE_OUTSIDE_EFFECT"),
        (None, None, HELD_BACK, "CHANGE_OUTSIDE_EFFECT"),
        (TIME_OUT, SUITES_WORD, HELD_BACK, "NO_PAPER"),
        (TIME_OUT, RELEASED, None, "SITE_NO_ANSWER"),
        (Failure(Family.QUALITY, "MIXED_UP", "Two."), None, HELD_BACK, "MIXED_UP"),
        (None, None, None, ""),
    ],
)
def test_what_was_held_back_is_not_lost_behind_the_time_out_it_causes(
    failure: Failure | None, released: ItemError | None, refused: ItemError | None, code: str
) -> None:
    ended = _decided(failure, released, refused)
    assert (ended.code if ended else "") == code


@pytest.mark.requirement("URS-096")
def test_a_gate_that_was_told_to_stop_lets_nothing_out() -> None:
    gate = Gate()
    gate.stop()
    asked: list[int] = []
    with pytest.raises(ApplicationError, match="INTERRUPTED"), gate.opened(lambda: asked.append(1)):
        gate._ask_now()
    assert asked == []


@pytest.mark.requirement("URS-096")
def test_a_plants_folder_counts_with_its_libraries_and_without_what_it_left_behind(tmp_path: Path) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "one.robot").write_text("*** Tasks ***\n")
    library = tmp_path / "libraries" / "scale.py"
    library.parent.mkdir()
    library.write_text("def weigh(): return 1\n")
    before = plant_hash(tmp_path)
    (tmp_path / ".practice").mkdir()
    (tmp_path / ".practice" / "worker.json").write_text("{}")
    assert plant_hash(tmp_path) == before
    library.write_text("def weigh(): return 2\n")
    assert plant_hash(tmp_path) != before


@pytest.mark.requirement("URS-096")
def test_a_library_from_anywhere_is_named_with_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_scale.py").write_text("def weigh():\n    return 1\n")
    (tmp_path / "own.resource").write_text("*** Keywords ***\nWeigh Twice\n    Weigh\n    Weigh\n")
    suite = tmp_path / "one.robot"
    suite.write_text(
        "*** Settings ***\nLibrary    own_scale\nLibrary    Collections\nResource    own.resource\n\n"
        "*** Tasks ***\nOne\n    Weigh Twice\n"
    )
    imports = Imports(())

    def run() -> dict[str, str]:
        imports.begin()
        result = TestSuite.from_file_system(suite).run(output=None, listener=[imports], console="none", rpa=True)
        assert result.return_code == 0
        return imports.hashes()

    first = run()
    assert sorted(first) == ["own", "own_scale"]
    (tmp_path / "own.resource").write_text("*** Keywords ***\nWeigh Twice\n    Weigh\n")
    assert run()["own"] != first["own"]


@pytest.mark.requirement("URS-096")
def test_neither_worker_nor_browser_learns_where_the_store_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_STORE", "postgresql://mes:canary@db/mes")
    monkeypatch.setenv("SOME_TOKEN", "canary")
    assert "BATCHWRIGHT_STORE" not in without_the_store(os.environ)
    assert "canary" not in str(Trust().browser_environment())
    assert Trust().browser_environment()["PATH"] == os.environ["PATH"]
    with Trust().for_the_gate():
        assert "BATCHWRIGHT_STORE" not in os.environ
    assert os.environ["BATCHWRIGHT_STORE"]
    forget_the_store()
    assert "BATCHWRIGHT_STORE" not in os.environ


@pytest.mark.requirement("URS-096")
def test_the_environment_of_a_worker_process_has_no_address_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    print_it = "import json, os; print(json.dumps({'event': 'env', **os.environ}))"
    monkeypatch.setattr("bots.runtime.child.COMMAND", (sys.executable, "-c", print_it))
    environment = {**os.environ, "BATCHWRIGHT_STORE": "postgresql://mes:canary@db/mes"}
    child = WorkerChild((), lambda _, event: seen.append(event or {}), environment=environment)
    while not seen or seen[-1]:
        pass
    assert "PATH" in seen[0]
    assert "BATCHWRIGHT_STORE" not in seen[0]
    child.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives itself up")
def test_as_root_a_browser_of_an_unknown_account_is_refused_in_one_sentence() -> None:
    with pytest.raises(NoSuchUser, match="names 'nobody-of-that-name', and there is no such account"):
        browser_user({"BATCHWRIGHT_BROWSER_USER": "nobody-of-that-name"})
    assert browser_user({}) in ("", "batchwright-browser")
