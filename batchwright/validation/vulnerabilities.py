"""Known holes of what is locked: pip-audit's answer where its source answers, else the stored one with its date."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from batchwright.validation.licences import Package
from batchwright.validation.model import Problem
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

STORED = Path("docs/vulnerabilities.yaml")
_LONGEST_S = 120


class Hole(Shape):
    """A hole of a package, and the first version without it."""

    package: str
    id: str
    fixed_in: str


class Stored(Shape):
    """An answer that was stored."""

    asked_on: date
    how: str
    holes: tuple[Hole, ...]


@dataclass(frozen=True)
class Answer:
    """What is known of holes.

    Attributes:
        asked_on: Day of the answer.
        how: Who was asked.
        looked_up: Names of the packages that it is about; empty for all of the lock.
        open: Holes of the locked versions.
    """

    asked_on: str
    how: str
    looked_up: tuple[str, ...]
    open: tuple[Hole, ...]


def stored_answer(root: Path, packages: tuple[Package, ...]) -> Answer:
    """The stored answer, held against the locked versions.

    Raises:
        Refused: The file is missing or has another shape.
    """
    stored = shaped(root / STORED, Stored, read_yaml(root / STORED))
    locked = {one.name: one.version for one in packages}
    still = tuple(hole for hole in stored.holes if _has(locked.get(hole.package), hole.fixed_in))
    names = tuple(sorted({hole.package for hole in stored.holes}))
    return Answer(stored.asked_on.isoformat(), stored.how, names, still)


def asked_answer(lock: Path, today: date) -> Answer | None:
    """pip-audit's answer of today; None where it is not installed or its source does not answer."""
    if importlib.util.find_spec("pip_audit") is None:
        return None
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--no-deps", "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
        said: dict[str, Any] = json.loads(done.stdout)
        found = [
            Hole(package=one["name"], id=hole["id"], fixed_in=next(iter(hole["fix_versions"]), "no version"))
            for one in said["dependencies"]
            for hole in one.get("vulns", ())
        ]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None
    return Answer(today.isoformat(), "pip-audit, for every package of the lock", (), tuple(found))


def hole_problems(answer: Answer) -> list[Problem]:
    """One for each hole of a locked version."""
    return [
        Problem("known_hole", one.package, f"{one.package} is locked at a version with {one.id}: take {one.fixed_in}.")
        for one in answer.open
    ]


def age_problems(answer: Answer, on: date, most_days: int) -> list[Problem]:
    """One where the answer was too old on a day: what became known since was not asked for."""
    days = (on - date.fromisoformat(answer.asked_on)).days
    if days <= most_days:
        return []
    said = f"Known holes were asked for on {answer.asked_on}, {days} days before {on}; the plant allows {most_days}."
    return [Problem("holes_answer_old", STORED.as_posix(), said)]


def _has(version: str | None, fixed_in: str) -> bool:
    try:
        return version is not None and Version(version) < Version(fixed_in)
    except InvalidVersion:
        return True
