"""A sheet for each bot: what its suite says, what people know of it, and what the last run showed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from batchwright.validation.found_tests import Test
from batchwright.validation.model import Chapter, Problem, Row
from batchwright.validation.results import Result
from batchwright.validation.site_checks import checked
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

SHEETS = Path("docs/bot-sheets.yaml")


class Sheet(Shape):
    """What can't be read off a suite."""

    gxp_impact: str = Field(min_length=20)
    account: str
    rights: str
    effects: tuple[str, ...] | Literal["none"]
    failure_modes: tuple[str, ...] = Field(min_length=1)
    never_twice: str = Field(min_length=20)
    shown_by: tuple[str, ...] = Field(min_length=1)
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """What a suite says of itself."""

    job: str
    path: str
    purpose: str
    requirements: tuple[str, ...]
    sites: tuple[str, ...]


def read_suites(root: Path) -> tuple[Suite, ...]:
    """The suites of a checkout's bots."""
    from robot.api import TestSuite  # takes a second to import

    found = []
    for path in sorted((root / "bots").glob("*.robot")):
        suite = TestSuite.from_string(path.read_text(encoding="utf-8"))
        metadata = [dict(test.metadata) for test in suite.all_tests if getattr(test, "metadata", None)]
        named = sorted({one["Requirement"] for one in metadata if "Requirement" in one})
        sites = tuple(one.strip() for one in str(suite.metadata.get("Sites", "")).split(",") if one.strip())
        purpose = " ".join(suite.doc.split())
        found.append(Suite(path.stem, path.relative_to(root).as_posix(), purpose, tuple(named), sites))
    return tuple(found)


def read_sheets(root: Path) -> dict[str, Sheet]:
    """The sheets by job.

    Raises:
        Refused: The file is missing or has another shape.
    """
    said = read_yaml(root / SHEETS) or {}
    return {str(name): shaped(root / SHEETS, Sheet, value) for name, value in said.items()}


def sheet_problems(root: Path, requirements: dict[str, str], tests: tuple[Test, ...]) -> list[Problem]:
    """Bots without a sheet, sheets without a bot, and what sheets and suites name that is not there."""
    suites, sheets = {one.job: one for one in read_suites(root)}, read_sheets(root)
    files, found = {one.path for one in tests}, []
    for name in sorted(set(suites) ^ set(sheets)):
        kind, said = ("bot_without_sheet", "has no sheet") if name in suites else ("sheet_without_bot", "is no bot")
        found.append(Problem(kind, name, f"{name} {said}: correct {SHEETS}."))
    for name in sorted(set(suites) & set(sheets)):
        for one in sheets[name].shown_by:
            if one not in files:
                said = f"The sheet of {name} names {one}, which holds no test."
                found.append(Problem("file_without_tests", one, said))
        for one in suites[name].requirements or ("",):
            if one not in requirements:
                said = f"The suite of {name} names {one or 'no requirement'}, which is no requirement."
                found.append(Problem("unknown_requirement", name, said))
    return found


def chapter(root: Path, results: dict[str, Result], evidence: Path | None) -> Chapter:
    """The sheets as a chapter: for each bot one line for each point."""
    sheets, rows = read_sheets(root), []
    for suite in read_suites(root):
        if suite.job in sheets:
            rows += _rows(root, suite, sheets[suite.job], results, evidence)
    return Chapter(
        "bots",
        "Bots: a sheet for each",
        (
            "Bots count as systems that are regulated. The points are those of the ISPE paper 'A GAMP Approach to"
            " Robotic"
            " Process Automation' (Pharmaceutical Engineering, May/June 2020), in our words. Suites are custom"
            " (category 5).",
        ),
        ("Bot", "Point", "What is so"),
        (16, 16, 68),
        tuple(rows),
    )


def _rows(root: Path, suite: Suite, sheet: Sheet, results: dict[str, Result], evidence: Path | None) -> list[Row]:
    here, told = f"file:{suite.path}", f"file:{SHEETS.as_posix()}::{suite.job}"
    effects = "none: it changes no other system" if sheet.effects == "none" else "; ".join(sheet.effects)
    points = [
        ("purpose", suite.purpose, (here,)),
        ("requirement", ", ".join(suite.requirements), (here, *(f"row:matrix::{one}" for one in suite.requirements))),
        ("GxP impact", sheet.gxp_impact, (told,)),
        ("account", sheet.account, (told,)),
        ("rights", sheet.rights, (told, "file:mes_core/web/authorization.py::TABLE")),
        ("sites and their versions", *_sites(root, sheet)),
        ("effects", effects, (told,)),
        ("failure modes", "; ".join(sheet.failure_modes), (told,)),
        ("never twice", sheet.never_twice, (told,)),
        ("shown by", *_shown(sheet, results)),
        ("last site check", *checked(sheet.sites, tuple(one.name for one in _folders(root, sheet)), evidence)),
    ]
    return [
        Row((suite.job, point, text), links, suite.job if not number else "")
        for number, (point, text, links) in enumerate(points)
    ]


def _sites(root: Path, sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    from keywords.provenance import folder_hash

    folders = _folders(root, sheet)
    said = [f"{_product(one)} (content {folder_hash(one)[:12]})" for one in folders]
    links = tuple(f"file:{one.relative_to(root).as_posix()}" for one in folders)
    return "; ".join(said) or "no site", links or (f"file:{SHEETS.as_posix()}",)


def _folders(root: Path, sheet: Sheet) -> list[Path]:
    return [path for kind in sheet.sites for path in sorted((root / "keywords" / "sites").glob(f"{kind}_*"))]


def _product(folder: Path) -> str:
    return str(read_yaml(folder / "locators.yaml")["product"])


def _shown(sheet: Sheet, results: dict[str, Result]) -> tuple[str, tuple[str, ...]]:
    parts = []
    for path in sheet.shown_by:
        mine = [one for name, one in results.items() if name.startswith(f"{path}::")]
        passed, failed = sum(one.passed for one in mine), sum(one.failed for one in mine)
        told = f"{passed} cases passed, {failed} failed, {sum(one.skipped for one in mine)} left out"
        parts.append(f"{path}: {told if mine else 'not part of this run'}")
    return "; ".join(parts), tuple(f"file:{path}" for path in sheet.shown_by)
