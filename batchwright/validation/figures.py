"""Figures of a run with their goals: mutation, rule examples, benchmarks, crash and hostile cases, backup drill.

Goals stand in `docs/validation-goals.yaml`, so that a figure is judged by what was asked for before it was measured.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from batchwright.validation.model import Problem
from batchwright.validation.results import Result
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

GOALS = Path("docs/validation-goals.yaml")


class Goal(Shape):
    """What one figure has to be.

    Attributes:
        file: Evidence that holds it, by name.
        figure: Path of the value in it, dotted.
        of: Path of what it is compared with; None takes `least` or `most` alone.
        least, most: Bounds; with `of` they are shares of that value.
        what: The figure in words.
        why: Where the goal comes from.
    """

    file: str
    figure: str
    of: str | None = None
    least: float | None = None
    most: float | None = None
    what: str
    why: str = Field(min_length=15)


class Group(Shape):
    """Tests that are counted together, such as those of killed workers."""

    what: str
    tests: tuple[str, ...] = Field(min_length=1)


class _File(Shape):
    goals: tuple[Goal, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Figure:
    """A figure beside its goal; `found` is None where the run did not measure it, and `why` says why where it can."""

    goal: Goal
    found: float | None
    of: float | None
    met: bool | None
    why: str = ""


@dataclass(frozen=True)
class Count:
    """Cases of a group of tests in this run."""

    group: Group
    passed: int
    failed: int
    skipped: int


def read_figures(root: Path, evidence: Path | None) -> tuple[tuple[Figure, ...], list[Problem]]:
    """Every goal with what the run says; a figure that misses its goal, or was not measured, is a problem.

    Raises:
        Refused: The file of goals is missing or has another shape.
    """
    file = _goals(root)
    found, problems = [], []
    for goal in file.goals:
        document = _document(evidence / goal.file) if evidence else None
        value, of = _at(document, goal.figure), _at(document, goal.of) if goal.of else None
        met = _met(goal, value, of)
        why = _left_out(document, goal.figure) if value is None else ""
        found.append(Figure(goal, value, of, met, why))
        if document is None and evidence:
            said = f"{goal.what}: not measured in this run, as it holds no {goal.file}."
            problems.append(Problem("figure_not_measured", goal.file, said))
        if document is not None and value is None and not why:
            said = f"{goal.file} holds no figure {goal.figure!r}, for which there is a goal."
            problems.append(Problem("figure_missing", goal.file, said))
        elif met is False:
            problems.append(Problem("goal_missed", goal.file, f"{goal.what}: {value:g} misses its goal."))
    return tuple(found), problems


def count_groups(root: Path, results: dict[str, Result]) -> tuple[Count, ...]:
    """Cases that passed, failed and were left out, by group."""
    counted = []
    for group in _goals(root).groups:
        mine = [one for name, one in results.items() if name.partition("::")[0] in group.tests]
        sums = [sum(getattr(one, kind) for one in mine) for kind in ("passed", "failed", "skipped")]
        counted.append(Count(group, *sums))
    return tuple(counted)


def _goals(root: Path) -> _File:
    return shaped(root / GOALS, _File, read_yaml(root / GOALS))


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}


def _left_out(document: Any, figure: str) -> str:
    """Why a benchmark has no such ratio: it names each peer that is not installed under `missing`."""
    missing = document.get("missing") if isinstance(document, dict) else None
    for name, why in missing.items() if isinstance(missing, dict) else ():
        if figure.endswith(f"_vs_{name}"):
            return f"{name} was left out ({why})"
    return ""


def _at(document: Any, place: str) -> float | None:
    for part in place.split("."):
        if isinstance(document, list) and part.isdigit():
            document = document[int(part)] if int(part) < len(document) else None
        elif isinstance(document, dict):
            document = document.get(part)
        else:
            return None
    if isinstance(document, list | dict):
        return float(len(document))
    return float(document) if isinstance(document, int | float) else None


def _met(goal: Goal, value: float | None, of: float | None) -> bool | None:
    if value is None or (goal.of and of is None):
        return None
    share = value / of if of else value
    low, high = goal.least, goal.most
    return (low is None or share >= low) and (high is None or share <= high)
