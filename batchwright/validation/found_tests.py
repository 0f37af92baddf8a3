"""Tests as they are written: pytest functions by their syntax tree, acceptance tests by Robot Framework's own reader.

Nothing is imported or run, so that a deleted or renamed test shows whatever a run once said.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from batchwright.validation.allocation import Allocated

Level = Literal["unit", "contract", "integration", "architecture", "acceptance"]
_REQUIREMENT = re.compile(r"\bURS-\d{3}\b")
_GENERATED = re.compile(r"\b(given|schema\.parametrize|hypothesis)\b")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Test:
    """A test.

    Attributes:
        id: `tests/unit/test_x.py::test_y`, with its class between them where it has one; `robot_tests/x.robot::Name`.
        path: Its file, relative to the root.
        line: Where it begins.
        level: Which folder it lies in; what a person would see, by `acceptance`.
        requirements: What it proves or serves.
        claim: `mark`, or `allocation` where its file was given to requirements.
        design: Whether it serves the design alone.
        generated: Whether its inputs are generated.
        never_runs: Whether it is marked as left out.
    """

    __test__ = False  # not for pytest to collect

    id: str
    path: str
    line: int
    level: Level
    requirements: tuple[str, ...]
    claim: str
    design: bool = False
    generated: bool = False
    never_runs: bool = False


def find_tests(root: Path, allocation: dict[str, Allocated]) -> tuple[Test, ...]:
    """Every test of a checkout, in the order of files and lines.

    Raises:
        SyntaxError: A test file is no Python.
    """
    found: list[Test] = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        given = allocation.get(name)
        found += [_with(one, given) for one in _pytest(path.read_text(encoding="utf-8"), name)]
    for path in sorted((root / "robot_tests").glob("[0-9]*.robot")):
        found += _robot(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    return tuple(found)


def _with(test: Test, given: Allocated | None) -> Test:
    if test.requirements or given is None:
        return test
    values = {**vars(test), "requirements": given.requirements, "claim": "allocation", "design": given.design}
    return Test(**values)


@lru_cache(maxsize=2048)
def _pytest(text: str, name: str) -> tuple[Test, ...]:
    tree = ast.parse(text)
    everywhere = _marks(
        one.value for one in tree.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"
    )
    level: Level = name.split("/")[1]  # type: ignore[assignment]
    found = []
    for holder, function in _functions(tree):
        around = [*holder.decorator_list] if holder else []
        marks = [*around, *function.decorator_list]
        said = " ".join(ast.unparse(one) for one in marks)
        inner = f"{holder.name}::" if holder else ""
        found.append(
            Test(
                id=f"{name}::{inner}{function.name}",
                path=name,
                line=function.lineno,
                level=level,
                requirements=tuple(sorted({*everywhere, *_marks(marks)})),
                claim="mark",
                generated=bool(_GENERATED.search(said)),
                never_runs=bool(re.search(r"\bmark\.(skip|xfail)\b", said)),
            )
        )
    return tuple(found)


def _functions(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, _Function]]:
    for one in tree.body:
        if isinstance(one, _Function) and one.name.startswith("test_"):
            yield None, one
        elif isinstance(one, ast.ClassDef) and one.name.startswith("Test"):
            yield from (
                (one, inner) for inner in one.body if isinstance(inner, _Function) and inner.name.startswith("test_")
            )


def _marks(decorators: object) -> set[str]:
    texts = [ast.unparse(one) for one in decorators]  # type: ignore[attr-defined]
    return {name for text in texts if "mark.requirement" in text for name in _REQUIREMENT.findall(text)}


@lru_cache(maxsize=64)
def _robot(text: str, name: str) -> tuple[Test, ...]:
    from robot.api import TestSuite  # takes a second to import

    return tuple(
        Test(
            id=f"{name}::{one.name}",
            path=name,
            line=one.lineno or 1,
            level="acceptance",
            requirements=tuple(sorted(tag for tag in one.tags if _REQUIREMENT.fullmatch(tag))),
            claim="mark",
        )
        for one in TestSuite.from_string(text).all_tests
    )
