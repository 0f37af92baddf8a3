"""Puts a pack together: sources, evidence and the plant's entries in, chapters and open points out."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import Field

from batchwright.validation import bot_sheets, chapters, licences, mutation_table, places, supplier_chapters
from batchwright.validation.clauses import clause_problems, read_clauses
from batchwright.validation.figures import count_groups, read_figures
from batchwright.validation.links import Walker, source_problems
from batchwright.validation.model import Chapter, Checkout, Pack, Problem, Row
from batchwright.validation.plant import TEMPLATE, Plant, plant_problems, read_plant
from batchwright.validation.results import Result, read_results
from batchwright.validation.run_record import Run, read_run, run_problems
from batchwright.validation.site_checks import read_site_checks, site_problems
from batchwright.validation.trace import Sources, gaps, read_sources, result_problems, shown
from batchwright.validation.upkeep import upkeep_problems
from batchwright.validation.vulnerabilities import Answer, age_problems, hole_problems, stored_answer
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

QUESTIONS = Path("docs/inspector-questions.yaml")
LOCK = "requirements-dev.txt"


class Question(Shape):
    """What an inspector asks, and where the pack answers."""

    question: str
    answer: str
    leads_to: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class _Found:
    """Everything that was read."""

    checkout: Checkout
    sources: Sources
    evidence: Path
    run: Run | None
    results: dict[str, Result]
    plant: Plant
    plant_file: dict[str, Any]
    locked: tuple[licences.Package, ...]
    answer: Answer


def check_sources(root: Path, sources: Sources | None = None) -> list[Problem]:
    """Everything that can be wrong before a test has run.

    Args:
        root: folder of the checkout.
        sources: what was read of it; None reads it.

    Raises:
        Refused: A file is missing or has another shape.
    """
    sources = sources or read_sources(root)
    locked = licences.read_lock(root / LOCK)
    tests = {one.id for one in sources.tests}
    plant = read_plant(root / TEMPLATE)
    clauses = read_clauses(root)
    return [
        *gaps(sources),
        *source_problems(sources),
        *clause_problems(clauses, tests, {}),
        *bot_sheets.sheet_problems(root, sources.register.requirements, sources.tests),
        *licences.licence_problems(locked, licences.read_policy(root)),
        *licences.reason_problems(root),
        *upkeep_problems(root),
        *hole_problems(stored_answer(root, locked)),
        *plant_problems(plant, sources.register.requirements, set(clauses.procedures), date.max),
    ]


def make_pack(checkout: Checkout, evidence: Path, plant_file: Path | None = None, answer: Answer | None = None) -> Pack:
    """The pack of a commit.

    Args:
        checkout: what it is about.
        evidence: folder of a run.
        plant_file: the plant's entries; None takes the empty ones.
        answer: about known holes, asked today; None takes the stored one.

    Raises:
        Refused: A source is missing or has another shape.
    """
    sources = read_sources(checkout.root)
    results, unreadable = read_results(evidence)
    locked = licences.read_lock(checkout.root / LOCK)
    path = plant_file or checkout.root / TEMPLATE
    plant = read_plant(path)
    entries = plant.model_dump(mode="json")
    holes = answer or stored_answer(checkout.root, locked)
    run = read_run(evidence)
    found = _Found(checkout, sources, evidence, run, results, plant, entries, locked, holes)
    problems = [
        *check_sources(checkout.root, sources),
        *run_problems(evidence, run, checkout),
        *unreadable,
        *_problems(found),
    ]
    inner = _chapters(found)
    walker = Walker(sources, evidence, results, entries)
    # The questions lead to lines of all other chapters, and are walked with them.
    drawn = Pack(checkout, plant.plant, (_questions(checkout.root), *inner), ())
    problems += walker.walk(drawn)
    last = tuple(dict.fromkeys(problems))
    front, *others = drawn.chapters
    return Pack(checkout, plant.plant, (front, chapters.open_points(last), *others), last, _facts(found, last))


def _problems(found: _Found) -> list[Problem]:
    _, missed = read_figures(found.checkout.root, found.evidence)
    clauses = read_clauses(found.checkout.root)
    ended = {name: one.status for name, one in found.results.items()}
    tests = {one.id for one in found.sources.tests}
    requirements = found.sources.register.requirements
    return [
        *result_problems(found.sources, found.results),
        *missed,
        *mutation_table.read_table(found.evidence)[1],
        *read_site_checks(found.evidence)[1],
        *site_problems(found.checkout.root, found.evidence),
        *clause_problems(clauses, tests, ended),
        *plant_problems(found.plant, requirements, set(clauses.procedures), _day(found)),
        *hole_problems(found.answer),
        *age_problems(found.answer, _day(found), found.plant.holes_asked_within_days),
    ]


def _day(found: _Found) -> date:
    """The day that entries have to be valid on: that of the run, else that of the commit."""
    try:
        return datetime.fromisoformat(found.run.ended_at).date() if found.run else found.checkout.made_at.date()
    except ValueError:
        return found.checkout.made_at.date()


def _chapters(found: _Found) -> tuple[Chapter, ...]:
    root, sources, results = found.checkout.root, found.sources, found.results
    figures, _ = read_figures(root, found.evidence)
    rule_book = supplier_chapters.rule_book()
    return (
        chapters.categories(sources),
        chapters.approach(sources),
        chapters.by_risk(sources, results),
        chapters.matrix(sources, results),
        chapters.evidence(found.run, figures, count_groups(root, results)),
        supplier_chapters.rights(),
        bot_sheets.chapter(root, results, found.evidence),
        supplier_chapters.models(root),
        *supplier_chapters.clauses(root, {name: one.status for name, one in results.items()}),
        supplier_chapters.procedures(root, found.plant),
        supplier_chapters.holes(found.answer, found.locked),
        supplier_chapters.packages(root, found.locked),
        rule_book,
        mutation_table.chapter(found.evidence, {row.name for row in rule_book.rows}),
        places.chapter(sources, results),
        chapters.proofs(sources, results),
        chapters.tests(sources, results),
    )


def _questions(root: Path) -> Chapter:
    rows = []
    for said in read_yaml(root / QUESTIONS):
        one = shaped(root / QUESTIONS, Question, said)
        # A page alone would leave its reader to search it: the lines are named.
        named = ", ".join(link.rpartition("::")[2] for link in one.leads_to if link.startswith("row:") and "::" in link)
        rows.append(Row((one.question, f"{one.answer} ({named})"), one.leads_to))
    says = ("Where the pack answers what inspectors ask. Pages stand at the right.",)
    return Chapter("questions", "Where to look", says, ("Question", "In short"), (34, 44), tuple(rows))


def _facts(found: _Found, problems: tuple[Problem, ...]) -> dict[str, object]:
    sources, results = found.sources, found.results
    names = sources.register.requirements
    states = [shown(sources, name, results) for name in names]
    return {
        "version": version("batchwright"),
        "requirements": len(names),
        "shown": states.count("shown"),
        "in_part": states.count("shown in part"),
        "failed": states.count("failed"),
        "not_shown": states.count("not shown"),
        "tests": len(sources.tests),
        "tests_with_result": sum(one.id in results for one in sources.tests),
        "cases_passed": sum(one.passed for one in results.values()),
        "cases_failed": sum(one.failed for one in results.values()),
        "cases_left_out": sum(one.skipped for one in results.values()),
        "problems": len(problems),
        "run_ended_at": found.run.ended_at if found.run else "",
        "signers": {name: getattr(found.plant, name) for name in ("system_owner", "process_owner", "quality")},
    }
