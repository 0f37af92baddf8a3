"""What a run says of each test: read from JUnit XML (pytest) and from Robot Framework's output."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lxml import etree

from batchwright.validation.model import Problem

Status = Literal["passed", "failed", "skipped", "not run"]
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What a run says of a test, over all its cases.

    Attributes:
        id: As in `found_tests.Test`.
        status: failed when a case failed; passed when one passed and none failed.
        passed, failed, skipped: Numbers of cases.
        seconds: All cases together.
        where: File of the evidence, by name.
        why: What the first failed case said, or why cases were left out: each reason once, one line.
    """

    id: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    where: str
    why: str = ""

    @property
    def status(self) -> Status:
        """Of the test as a whole."""
        if self.failed:
            return "failed"
        return "passed" if self.passed else "skipped"


@dataclass(frozen=True)
class _Case:
    id: str
    status: str
    seconds: float
    where: str
    why: str


def read_results(folder: Path) -> tuple[dict[str, Result], list[Problem]]:
    """Results of a folder by test, and what is wrong with its files.

    Every `*.xml` and `*.json` is looked at; those that are neither JUnit's nor Robot Framework's are left to others.
    """
    cases: list[_Case] = []
    problems: list[Problem] = []
    for path in sorted([*folder.rglob("*.xml"), *folder.rglob("output.json"), *folder.rglob("result.json")]):
        name = path.relative_to(folder).as_posix()
        try:
            cases += _cases(path, name, problems)
        except (etree.XMLSyntaxError, ValueError, OSError) as error:
            said = f"{name} can't be read as results ({' '.join(str(error).split())[:120]}): run the tests again."
            problems.append(Problem("unreadable_evidence", name, said))
    found: dict[str, list[_Case]] = {}
    for case in cases:
        found.setdefault(case.id, []).append(case)
    return {name: _result(name, several) for name, several in found.items()}, problems


def _cases(path: Path, name: str, problems: list[Problem]) -> list[_Case]:
    if path.suffix == ".json":
        return _robot(path, name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.parse(str(path), parser).getroot()
    if root.tag == "robot":
        return _robot(path, name)
    if root.tag not in ("testsuite", "testsuites"):
        return []
    cases = [_junit_case(one, name) for one in root.iter("testcase")]
    problems += _count_problems(root, cases, name)
    return cases


def _junit_case(one: Any, name: str) -> _Case:
    parts = str(one.get("classname", "")).split(".")
    # A class of tests has a capital letter; everything before it is the file.
    inner = [part for part in parts if part[:1].isupper()]
    file = "/".join(part for part in parts if part not in inner) + ".py"
    function = _PARAMETERS.sub("", str(one.get("name", "")))
    status, why = "passed", ""
    for kind, means in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        told = one.find(kind)
        if told is not None:
            status, why = means, " ".join(str(told.get("message") or "").split())[:200]
            break
    seconds = float(one.get("time") or 0)
    return _Case("::".join([file, *inner, function]), status, seconds, name, why)


def _count_problems(root: Any, cases: list[_Case], name: str) -> list[Problem]:
    """JUnit's own totals have to be those of its cases: an edited result that forgets them shows by itself."""
    suites = [root] if root.tag == "testsuite" else list(root.iter("testsuite"))
    said = {kind: sum(int(one.get(kind) or 0) for one in suites) for kind in ("tests", "failures", "errors", "skipped")}
    counted = {
        "tests": len(cases),
        "failed": sum(case.status == "failed" for case in cases),
        "skipped": sum(case.status == "skipped" for case in cases),
    }
    told = {"tests": said["tests"], "failed": said["failures"] + said["errors"], "skipped": said["skipped"]}
    # An error at the end of a passed test is counted by pytest as one more test.
    same = all(told[kind] == counted[kind] for kind in ("skipped", "failed"))
    if same and said["tests"] - said["errors"] <= len(cases) <= said["tests"]:
        return []
    words = f"{name} says {told} and holds {counted}: it was edited or cut off."
    return [Problem("totals_differ", name, words)]


def _robot(path: Path, name: str) -> list[_Case]:
    from robot.api import ExecutionResult  # takes a second to import
    from robot.errors import DataError

    try:
        result = ExecutionResult(str(path))
    except DataError as error:
        raise ValueError(str(error)) from None
    words = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped", "NOT RUN": "skipped"}
    return [
        _Case(
            f"robot_tests/{Path(str(test.source)).name}::{test.name}",
            words[test.status],
            test.elapsed_time.total_seconds(),
            name,
            "" if test.status == "PASS" else " ".join(test.message.split())[:200],
        )
        for test in result.suite.all_tests
    ]


def _result(name: str, cases: Iterable[_Case]) -> Result:
    listed = list(cases)
    number = {kind: sum(case.status == kind for case in listed) for kind in ("passed", "failed", "skipped")}
    said = [case.why for kind in ("failed", "skipped") for case in listed if case.status == kind and case.why]
    failed = next((case.why for case in listed if case.status == "failed"), None)
    return Result(
        name,
        number["passed"],
        number["failed"],
        number["skipped"],
        round(sum(case.seconds for case in listed), 3),
        listed[0].where,
        failed if failed is not None else "; ".join(dict.fromkeys(said))[:400],
    )
