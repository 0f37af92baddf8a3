"""A result that Robot Framework writes is kept so that every reader takes the same from it."""

import json
from pathlib import Path
from typing import Any

import pytest
from robot.api import ExecutionResult, TestSuite

from bots.runtime.robot_result import name_parts_once

pytestmark = pytest.mark.requirement("URS-022")
_LIBRARY = """
from robot.api import logger

class Talks:
    ROBOT_LIBRARY_SCOPE = "SUITE"
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self):
        self.ROBOT_LIBRARY_LISTENER = self

    def end_test(self, data, result):
        logger.info("said after the end")

    def breaks(self):
        raise AssertionError("broken")

    def tears_down(self):
        logger.info("torn down")
"""
_SUITE = "*** Settings ***\nLibrary    {0}\n\n*** Test Cases ***\nOne\n    Breaks\n    [Teardown]    Tears Down\n"


def _run(folder: Path) -> Path:
    (folder / "Talks.py").write_text(_LIBRARY, encoding="utf-8")
    suite = TestSuite.from_string(_SUITE.format((folder / "Talks.py").as_posix()))
    suite.run(output=str(folder / "result.json"), outputdir=str(folder), console="none")
    return folder / "result.json"


def _twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)


def test_what_is_said_after_a_teardown_is_named_once_and_kept(tmp_path: Path) -> None:
    """Robot Framework itself reads the same from it as before."""
    path = _run(tmp_path)
    with pytest.raises(AssertionError, match="body"):
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_twice)
    name_parts_once(path)
    text = path.read_text(encoding="utf-8")
    json.loads(text, object_pairs_hook=_twice)
    assert "said after the end" in text
    assert "torn down" in text
    result = ExecutionResult(text)
    assert (result.suite.status, result.suite.tests[0].message) == ("FAIL", "broken")


@pytest.mark.parametrize("text", ['{"suite": {"body": [1]}}', '{"cut": [', ""])
def test_what_is_whole_or_cut_off_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, encoding="utf-8")
    name_parts_once(path)
    assert path.read_text(encoding="utf-8") == text
