"""Chapters of the pack about requirements, risks, tests and evidence."""

from batchwright.validation.figures import Count, Figure
from batchwright.validation.links import link_of
from batchwright.validation.model import Chapter, Problem, Row
from batchwright.validation.results import Result
from batchwright.validation.run_record import RUN, Run
from batchwright.validation.trace import Sources, shown

_REQUIREMENTS = "file:docs/requirements.yaml"
_RISKS = "file:docs/risk-register.yaml"


def approach(sources: Sources) -> Chapter:
    """How much is tested, and why so much."""
    register = sources.register
    rows = []
    for name in ("high", "medium", "low"):
        number = sum(register.class_of(one) == name for one in register.requirements)
        said = register.assurance[name]
        rows.append(Row((f"risk: {name}", f"{said.how} ({number} requirements)", said.why), (_RISKS + "::assurance",)))
    for explored in register.exploratory:
        links = tuple(f"file:{one}" for one in explored.tests)
        rows.append(Row((f"exploratory: {explored.what}", "inputs are generated", explored.why), links))
    generated = sum(one.generated for one in sources.tests)
    return Chapter(
        "approach",
        "Approach: what is scripted, what is explored, and why",
        (
            "A risk is severity x probability x detectability, each from 1 to 3; from"
            f" {register.limits.high} on it is high, from {register.limits.medium} on medium. How much is tested"
            f" follows"
            " from the risk to patient and record, not from the size of the code.",
            f"{len(sources.tests)} tests, {generated} of them with generated inputs.",
        ),
        ("What", "How it is tested", "Why"),
        (22, 40, 38),
        tuple(rows),
    )


def by_risk(sources: Sources, results: dict[str, Result]) -> Chapter:
    """High risks, highest first, with how each was tested: where somebody who has an hour begins."""
    register = sources.register
    high = [name for name in register.requirements if name in register.risks and register.class_of(name) == "high"]
    rows = []
    for name in sorted(high, key=lambda one: (-register.risks[one].score, one)):
        risk, levels = register.risks[name], [test.level for test in sources.tests_of(name) if test.claim == "mark"]
        counted = ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels))
        cells = (f"{risk.score}", f"{name} {register.requirements[name]}", risk.why, counted)
        links = (f"{_RISKS}::{name}", f"row:matrix::{name}", f"row:proofs::{name}")
        rows.append(Row((*cells, shown(sources, name, results)), links, name))
    top = max((register.risks[name].score for name in high), default=0)
    ties = sum(register.risks[name].score == top for name in high)
    says = (
        f"The highest score is {top}, and {ties} requirements have it. Scores are the developers':"
        " docs/risk-register.yaml says them, its history who gave them and when; the plant confirms or changes them for"
        " its own use.",
    )
    heads = ("Score", "Requirement", "Why this score", "Tests that prove it", "This run")
    return Chapter("by_risk", "High risks, highest first", says, heads, (5, 40, 32, 16, 9), tuple(rows))


def categories(sources: Sources) -> Chapter:
    """The parts of the system by GAMP 5 category."""
    rows = tuple(
        Row((one.part, str(one.category), one.why), tuple(f"file:{path}" for path in one.paths))
        for one in sources.register.categories
    )
    says = ("Categories are ours after GAMP 5, second edition; the plant confirms them for its own use.",)
    return Chapter("categories", "The system and its parts", says, ("Part", "Category", "Why"), (30, 8, 62), rows)


def matrix(sources: Sources, results: dict[str, Result]) -> Chapter:
    """One line for each requirement, over its risk and specification to what the run shows."""
    register, rows = sources.register, []
    for name, text in register.requirements.items():
        risk = register.risks.get(name)
        tests = sources.tests_of(name)
        levels = ", ".join(
            f"{number} {level}"
            for level in ("acceptance", "integration", "contract", "unit", "architecture")
            if (number := sum(one.level == level for one in tests))
        )
        said = (
            f"{risk.severity} x {risk.probability} x {risk.detectability} = {risk.score}, {register.class_of(name)}."
            f" {risk.why}"
            if risk
            else "not judged"
        )
        specified = tuple(link_of(one) for one in risk.specified) if risk else ()
        links = (f"{_REQUIREMENTS}::{name}", *((f"{_RISKS}::{name}",) if risk else ()), *specified)
        cells = (f"{name} {text}", said, levels or "none", shown(sources, name, results))
        rows.append(Row(cells, (*links, *(f"row:proofs::{name}" for _ in tests[:1])), name))
    return Chapter(
        "matrix",
        "Requirements, their risks and what the run shows",
        (
            "Shown: no test of the requirement failed, and all tests marked with it ran and passed; for a high risk one"
            " above the level of units. In part: some of their cases were left out, which chapter 2 names with the"
            " reason. The tests of each stand where 'Leads to' says. Each line is that of its id in"
            " docs/requirements.yaml and docs/risk-register.yaml.",
        ),
        ("Requirement", "Risk (severity x probability x detectability)", "Tests", "This run"),
        (36, 30, 12, 8),
        tuple(rows),
    )


def proofs(sources: Sources, results: dict[str, Result]) -> Chapter:
    """From each requirement to its tests."""
    rows = []
    for name in sources.register.requirements:
        for number, test in enumerate(sources.tests_of(name)):
            claim = "proves it" if test.claim == "mark" else "serves it"
            cells = (name, f"{test.id} (line {test.line})", claim, _said(results.get(test.id)))
            links = (f"test:{test.id}", f"row:tests::{test.id}", f"row:matrix::{name}")
            rows.append(Row(cells, links, name if number == 0 else ""))
    says = ("A mark says that a test proves a requirement; docs/test-allocation.yaml says which one it serves.",)
    return Chapter(
        "proofs",
        "From requirements to tests",
        says,
        ("Requirement", "Test", "Claim", "This run"),
        (9, 76, 8, 22),
        tuple(rows),
    )


def tests(sources: Sources, results: dict[str, Result]) -> Chapter:
    """From each test back to what it is for, with its result."""
    rows = []
    for test in sources.tests:
        result = results.get(test.id)
        reason = sources.allocation.get(test.path)
        why = "the design" if test.design else ", ".join(test.requirements)
        if test.claim == "allocation" and reason:
            why = f"{why}: {reason.why}"
        links = [f"test:{test.id}", *(f"row:matrix::{one}" for one in test.requirements)]
        if result:
            links.append(f"evidence:{result.where}::{test.id}")
        rows.append(Row((test.id, test.level, why, _said(result)), tuple(links), test.id))
    return Chapter(
        "tests",
        "From tests to requirements, with the result of each",
        (),
        ("Test", "Level", "For", "This run"),
        (58, 12, 36, 13),
        tuple(rows),
    )


def _said(result: Result | None) -> str:
    if result is None:
        return "not part of this run"
    parts = [
        f"{number} {word}"
        for number, word in ((result.passed, "passed"), (result.failed, "failed"), (result.skipped, "left out"))
        if number
    ]
    return ", ".join(parts) + (f" ({result.why})" if result.why and (result.failed or result.skipped) else "")


def evidence(run: Run | None, figures: tuple[Figure, ...], counts: tuple[Count, ...]) -> Chapter:
    """The run: which commit on which machine, figures with their goals, counts, and the hash of every file."""
    rows: list[Row] = []
    if run:
        here = (f"evidence:{RUN}",)
        rows += [
            Row(("commit tested", run.commit, ""), here, "commit"),
            Row(("begun and sealed", f"{run.begun_at} to {run.ended_at or 'never sealed'}", ""), here),
            Row(("machine", f"{run.machine}, Python {run.python}", ""), here),
            *(Row((name, said, "as found when the run was sealed"), here) for name, said in sorted(run.parts.items())),
            Row(("lock of packages", f"SHA-256 {run.lock}", "requirements-dev.txt"), here),
        ]
    for one in counts:
        number = f"{one.passed} cases passed, {one.failed} failed, {one.skipped} left out"
        ran = one.passed + one.failed + one.skipped
        rows.append(
            Row(
                (one.group.what, number if ran else "not part of this run", "none may fail"),
                tuple(f"file:{path}" for path in one.group.tests),
                one.group.what,
            )
        )
    for figure in figures:
        rows.append(_figure(figure))
    for name, digest in sorted(run.files.items()) if run else ():
        rows.append(Row((f"file {name}", f"SHA-256 {digest}", "unchanged since it was sealed"), (f"evidence:{name}",)))
    says = ("Goals stand in docs/validation-goals.yaml. What a run did not measure is said to be not measured.",)
    return Chapter("evidence", "Evidence of the run", says, ("What", "Found", "Goal"), (36, 40, 24), tuple(rows))


def _figure(one: Figure) -> Row:
    goal = one.goal
    bounds = [f"at least {goal.least:g}" for _ in (1,) if goal.least is not None]
    bounds += [f"at most {goal.most:g}" for _ in (1,) if goal.most is not None]
    share = " of them" if goal.of else ""
    if one.found is None:
        found = "not measured in this run" + (f": {one.why}" if one.why else "")
    else:
        found = (
            f"{one.found:g}" + (f" of {one.of:g}" if one.of is not None else "") + (": met" if one.met else ": MISSED")
        )
    links = ("file:docs/validation-goals.yaml", *((f"evidence:{goal.file}",) if one.found is not None else ()))
    return Row((goal.what, found, f"{' and '.join(bounds)}{share}. {goal.why}"), links, f"{goal.file} {goal.figure}")


def open_points(problems: tuple[Problem, ...]) -> Chapter:
    """What keeps the pack from being signed."""
    rows = tuple(Row((one.kind.replace("_", " "), one.says), ("file:docs/validation.md",)) for one in problems)
    says = ("Nothing is open: every requirement is traced both ways and shown by this run.",)
    if problems:
        says = (
            f"{len(problems)} points are open. The pack is not to be signed before they are closed or accepted, with"
            f" a reason, by the plant.",
        )
    return Chapter("open", "Open points", says, ("Kind", "What"), (22, 78), rows)
