"""Upkeep of direct dependencies: the day of the locked release, as somebody looked it up and wrote it down."""

from datetime import date
from pathlib import Path

from packaging.utils import canonicalize_name
from pydantic import Field

from batchwright.validation.licences import Package, direct
from batchwright.validation.model import Problem
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

UPKEEP = Path("docs/upkeep.yaml")


class Release(Shape):
    """A release, and who said when it came out."""

    version: str
    released_on: date
    looked_up_on: date
    source: str = Field(min_length=5)


class _File(Shape):
    releases: dict[str, Release]


def read_releases(root: Path) -> dict[str, Release]:
    """By normalised name.

    Raises:
        Refused: The file is missing or has another shape.
    """
    said = shaped(root / UPKEEP, _File, read_yaml(root / UPKEEP))
    return {canonicalize_name(name): one for name, one in said.releases.items()}


def upkeep_of(one: Package, releases: dict[str, Release]) -> str:
    """What the column says of a locked package."""
    known = releases.get(one.name)
    if known is None or known.version != one.version:
        return "not looked at"
    return f"released {known.released_on} ({known.source}, {known.looked_up_on})"


def upkeep_problems(root: Path) -> list[Problem]:
    """Releases of packages that are no direct dependency, and days that can't be."""
    named, found = direct(root), []
    for name, one in read_releases(root).items():
        if name not in named:
            said = f"{UPKEEP} tells of {name}, which pyproject.toml does not name: take it out."
            found.append(Problem("release_without_dependency", name, said))
        if one.looked_up_on < one.released_on:
            said = f"{UPKEEP}: {name} was looked up on {one.looked_up_on}, before it came out on {one.released_on}."
            found.append(Problem("release_ahead", name, said))
    return found
