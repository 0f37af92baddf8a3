"""The tracing: requirement, risk, specification, test and result joined, and every gap between them named."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from batchwright.validation.allocation import Allocated, read_allocation
from batchwright.validation.found_tests import Test, find_tests
from batchwright.validation.model import Problem
from batchwright.validation.register import Register, read_register
from batchwright.validation.results import Result

Shown = Literal["shown", "shown in part", "failed", "not shown"]


@dataclass(frozen=True)
class Sources:
    """What people wrote, and the tests as they are."""

    root: Path
    register: Register
    allocation: dict[str, Allocated]
    tests: tuple[Test, ...]

    def tests_of(self, requirement: str) -> tuple[Test, ...]:
        """Tests that prove or serve a requirement."""
        return tuple(self._by_requirement.get(requirement, ()))

    @cached_property
    def _by_requirement(self) -> dict[str, list[Test]]:
        """Tests by requirement: chapters ask for every requirement several times."""
        found: dict[str, list[Test]] = defaultdict(list)
        for test in self.tests:
            for name in dict.fromkeys(test.requirements):
                found[name].append(test)
        return found


def read_sources(root: Path) -> Sources:
    """Everything that can be said before a test has run.

    Raises:
        Refused: A file is missing or has another shape.
    """
    allocation = read_allocation(root)
    return Sources(root, read_register(root), allocation, find_tests(root, allocation))


def gaps(sources: Sources) -> list[Problem]:
    """What is missing between requirements, risks and tests, whatever a run says."""
    return [*_requirements(sources), *_tests(sources), *_files(sources)]


def _requirements(sources: Sources) -> list[Problem]:
    register, found = sources.register, []
    for name in register.requirements:
        tests = [one for one in sources.tests_of(name) if not one.never_runs]
        if name not in register.risks:
            said = f"Nobody judged the risk of {name}: add it to docs/risk-register.yaml."
            found.append(Problem("requirement_without_risk", name, said))
        # What a file was given to serves a requirement; only a mark says that a test proves it.
        if not any(one.claim == "mark" for one in tests):
            said = f"No test proves {name}: mark one with it, or take the requirement back."
            found.append(Problem("requirement_without_test", name, said))
        elif register.class_of(name) == "high" and not any(_above_units(one) for one in tests):
            said = (
                f"The risk of {name} is high, and unit tests alone stand for it: test it through the services or pages."
            )
            found.append(Problem("high_risk_with_unit_tests_alone", name, said))
    for name in sorted(set(register.risks) - set(register.requirements)):
        said = f"docs/risk-register.yaml judges {name}, which is no requirement: it was renamed or taken back."
        found.append(Problem("risk_without_requirement", name, said))
    return found


def _tests(sources: Sources) -> list[Problem]:
    known, found = sources.register.requirements, []
    seen: set[str] = set()
    for test in sources.tests:
        if not test.requirements and not test.design:
            said = f"{test.id} names no requirement: mark it, or give its file to one in docs/test-allocation.yaml."
            found.append(Problem("test_without_requirement", test.id, said))
        for name in test.requirements:
            if name not in known:
                said = f"{test.id} names {name}, which is no requirement: it was renamed or taken back."
                found.append(Problem("unknown_requirement", test.id, said))
        if test.id in seen:
            said = f"{test.id} stands twice in its file: the second hides the first, which never runs."
            found.append(Problem("test_twice", test.id, said))
        seen.add(test.id)
    return found


def _files(sources: Sources) -> list[Problem]:
    there = {one.path for one in sources.tests}
    named = [("docs/test-allocation.yaml", name) for name in sources.allocation]
    named += [("docs/risk-register.yaml", name) for one in sources.register.exploratory for name in one.tests]
    return [
        Problem("file_without_tests", name, f"{page} names {name}, which holds no test: it was renamed or deleted.")
        for page, name in named
        if name not in there
    ]


def result_problems(sources: Sources, results: dict[str, Result]) -> list[Problem]:
    """What a run says against the sources: failed tests, results of tests that are gone, requirements left unshown."""
    known = {one.id for one in sources.tests}
    found = []
    for name, result in sorted(results.items()):
        if name not in known:
            said = f"The run holds a result of {name}, which is not in the sources: it was deleted or renamed since."
            found.append(Problem("result_without_test", name, said))
        elif result.status == "failed":
            found.append(Problem("test_failed", name, f"{name} failed ({result.failed} of its cases): {result.why}."))
    for name in sources.register.requirements:
        state = shown(sources, name, results)
        if state == "shown in part":
            found.append(Problem("requirement_shown_in_part", name, _in_part(sources, name, results)))
        if state == "not shown":
            said = f"No test of {name} passed in this run{_where(sources, name)}, so the run does not show it."
            found.append(Problem("requirement_not_shown", name, said))
    return found


def shown(sources: Sources, requirement: str, results: dict[str, Result]) -> Shown:
    """Whether a run shows a requirement: no test of it failed, and every test that is marked with it ran whole.

    A high risk asks for a test that passed above the level of units. What left cases out shows it in part.
    """
    mine = [(test, results[test.id]) for test in sources.tests_of(requirement) if test.id in results]
    if any(result.status == "failed" for _, result in mine):
        return "failed"
    passed = [test for test, result in mine if result.status == "passed"]
    high = sources.register.class_of(requirement) == "high"
    enough = any(_above_units(one) if high else one.claim == "mark" for one in passed)
    if not enough:
        return "not shown"
    return "shown in part" if left_out(sources, requirement, results) else "shown"


def left_out(sources: Sources, requirement: str, results: dict[str, Result]) -> list[tuple[Test, Result | None]]:
    """Tests that prove a requirement and did not run, or left cases out, with what the run says of each."""
    proving = [one for one in sources.tests_of(requirement) if one.claim == "mark"]
    told = [(one, results.get(one.id)) for one in proving]
    return [(one, result) for one, result in told if result is None or result.skipped]


def _in_part(sources: Sources, name: str, results: dict[str, Result]) -> str:
    said = [
        f"{test.id.rpartition('::')[2]} ({result.skipped} of {result.passed + result.skipped} cases: {result.why})"
        if result
        else f"{test.id.rpartition('::')[2]} (not part of this run)"
        for test, result in left_out(sources, name, results)
    ]
    return f"{name} is shown in part, as this run left out cases of {len(said)} of its tests: {'; '.join(said)}."


def _above_units(test: Test) -> bool:
    """Whether a test is marked and looks through services, pages or commands."""
    return test.claim == "mark" and test.level not in ("unit", "architecture")


def _where(sources: Sources, name: str) -> str:
    return " above the level of units" if sources.register.class_of(name) == "high" else ""
