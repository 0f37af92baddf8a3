"""Chapters about what is brought along, the clauses, the models, the rules and who may do what."""

import re
from collections.abc import Mapping
from pathlib import Path

from batchwright.validation.clauses import CLAUSES, Clauses, read_clauses
from batchwright.validation.licences import POLICY, REASONS, Package, Policy, direct, read_policy, read_reasons
from batchwright.validation.model import Chapter, Row
from batchwright.validation.plant import Plant
from batchwright.validation.upkeep import UPKEEP, read_releases, upkeep_of
from batchwright.validation.vulnerabilities import STORED, Answer

_TESTS = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


def clauses(root: Path, results: Mapping[str, str]) -> tuple[Chapter, ...]:
    """One chapter for each text; what is met by a test says where that test did not run.

    Args:
        root: folder of the checkout.
        results: how each test of the run ended, by its id.
    """
    said = read_clauses(root)
    made = []
    for table in said.tables:
        rows = []
        for row in table.rows:
            how = (
                row.not_met
                or row.how
                or (said.procedures[row.procedure].what if row.procedure in said.procedures else "")
            )
            links = tuple(f"test:{name}" for name in row.tests) or (f"file:{CLAUSES.as_posix()}::{row.clause}",)
            if row.procedure:
                links = (*links, f"row:procedures::{row.procedure}")
            short = row.short if row.short and row.short != row.clause.lower() else ""
            met = _met(row.met, row.procedure, said)
            lacking = [name for name in row.tests if results.get(name) != "passed"]
            met += f", {len(lacking)} of {len(row.tests)} tests not shown by this run" if lacking else ""
            cells = (f"{row.clause}: {short}" if short else row.clause, how, met)
            rows.append(Row(cells, links, row.clause))
        source = (
            f"{table.law}. Status of the text: {table.mark}. Source: {table.source}. The words are ours; the"
            f" text counts."
        )
        made.append(
            Chapter(table.key, table.title, (source,), (table.first, "How", "Status"), (26, 42, 14), tuple(rows))
        )
    return tuple(made)


def _met(met: str, procedure: str, said: Clauses) -> str:
    owner = said.procedures[procedure].owner if procedure in said.procedures else ""
    return f"{met} of the {owner}" if met == "met by procedure" else met


def procedures(root: Path, plant: Plant) -> Chapter:
    """What stays with the plant, and what it filled in."""
    rows, said = [], read_clauses(root)
    places = {
        name: [(table.key, row.clause) for table in said.tables for row in table.rows if row.procedure == name]
        for name in said.procedures
    }
    titles = {table.key: table.title for table in said.tables}
    clauses_of = {name: [f"{titles[key]}: {clause}" for key, clause in found] for name, found in places.items()}
    for name, asked in said.procedures.items():
        mine = plant.procedures.get(name)
        found = f"{mine.number} {mine.title}, {mine.owner}, valid until {mine.valid_until}" if mine else "not filled in"
        link = f"entry:procedures.{name}" if mine else f"file:{CLAUSES.as_posix()}::{name}"
        wanted = "; ".join(clauses_of[name]) or "of the plant's own"
        lines = tuple(f"row:{key}::{clause}" for key, clause in places[name])
        rows.append(Row((name.replace("_", " "), f"{asked.what} ({wanted})", asked.owner, found), (link, *lines), name))
    source = plant.time_source
    found = f"{source.name}, calibrated {source.calibrated_on}, valid until {source.valid_until}, {source.certificate}"
    rows.append(
        Row(
            (
                "time source",
                "What the machine's clock follows, and until when that is known to be right.",
                "system owner",
                found if source.name else "not filled in",
            ),
            ("entry:time_source",) if source.name else ("file:docs/validation-plant.yaml::time_source",),
        )
    )
    for number, one in enumerate(plant.explored):
        rows.append(
            Row(
                (f"explored: {one.requirement}", one.what, one.person, f"{one.on}: {one.found}"),
                (f"entry:explored.{number}",),
            )
        )
    says = (
        "What software can't do. The plant's file of entries names its procedures; what is empty is not filled in, and"
        " is an open point of the plant's.",
    )
    return Chapter(
        "procedures",
        "Procedures of the plant",
        says,
        ("What", "Asked", "Whose", "The plant's entry"),
        (16, 40, 14, 30),
        tuple(rows),
    )


def packages(root: Path, locked: tuple[Package, ...]) -> Chapter:
    """Every package of the lock, those first whose licence nobody has looked at."""
    named, reasons, policy, releases = direct(root), read_reasons(root), read_policy(root), read_releases(root)
    rows = [_not_looked_at(locked, policy)]
    for one in locked:
        why = reasons.get(one.name, "") if one.name in named else "asked for by others"
        links = ["file:requirements-dev.txt", f"file:{(REASONS if one.name in named else POLICY).as_posix()}"]
        by = named.get(one.name, "")
        upkeep = upkeep_of(one, releases) if by else ""
        links += [f"file:{UPKEEP.as_posix()}"] if by else []
        cells = (f"{one.name} {one.version}", _licence(one, policy), by, why, upkeep, str(len(one.hashes)))
        rows.append(Row(cells, tuple(links)))
    says = (
        "Everything that development and use bring along, from the lock; what is delivered stands in bom.json"
        " (CycloneDX 1.6)."
        " Licences are as each package states them; docs/licence-policy.yaml says which are allowed, and why some"
        " others are.",
        "Upkeep: a package does not hold the day of its release; docs/upkeep.yaml holds the days that somebody looked"
        " up.",
    )
    heads = ("Package", "Licence", "Asked for by", "Why", "Upkeep", "Archives")
    title = "What others made: packages and licences"
    return Chapter("packages", title, says, heads, (22, 32, 9, 32, 14, 9), tuple(rows))


def _not_looked_at(locked: tuple[Package, ...], policy: Policy) -> Row:
    names = sorted({one.name for one in locked if not policy.licence_of(one)})
    said = f"{len(names)} not looked at: not installed here" if names else "all were looked at"
    link = f"file:{POLICY.as_posix()}::elsewhere"
    return Row(("licences of other platforms", said, "", ", ".join(names), "", ""), (link,))


def _licence(one: Package, policy: Policy) -> str:
    """The licence with where it was read, as far as that was not in this version of the package."""
    accepted, known = policy.accepted.get(one.name), policy.elsewhere.get(one.name)
    said = policy.licence_of(one) or "not looked at: not installed here"
    if not one.installed and known:
        said += f" (read on {known.read_on}: {known.source})"
    elif one.installed and one.installed != one.version:
        said += f" (as {one.installed} states, which is installed here)"
    return f"{said}; accepted: {accepted.why}" if accepted else said


def holes(answer: Answer, locked: tuple[Package, ...]) -> Chapter:
    """Known holes: what was asked, when, and what is open."""
    link = (f"file:{STORED.as_posix()}",)
    versions = {one.name: one.version for one in locked}
    rows = [Row(("asked", f"{answer.asked_on}: {answer.how}"), link)]
    rows += [
        Row((name, f"looked up; {versions.get(name, 'not locked')} has none of the holes that were found"), link)
        for name in answer.looked_up
        if name not in {one.package for one in answer.open}
    ]
    rows += [Row((one.package, f"OPEN: {one.id}, fixed in {one.fixed_in}"), link) for one in answer.open]
    return Chapter(
        "holes",
        "Known holes",
        ("Packages that are not named were not looked up, unless pip-audit answered.",),
        ("Package", "What is known"),
        (26, 74),
        tuple(rows),
    )


def models(root: Path) -> Chapter:
    """The lines of Annex 22 as their page says them."""
    rows = []
    for line in (root / "docs" / "annex-22.md").read_text(encoding="utf-8").splitlines():
        cells = [one.strip() for one in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"\d+[a-z]", cells[0]):
            tests = tuple(f"test:{name}" for name in _TESTS.findall(cells[3]))
            said = " ".join(_TESTS.sub("", cells[3]).replace("*", "").split()).strip(" ,;")
            status = "met by test" if tests else said.replace("Procedure", "met by procedure of the plant")
            rows.append(
                Row(
                    (f"{cells[0]}: {cells[1]}", cells[2].replace("*", "").replace("`", ""), status),
                    tests or ("file:docs/annex-22.md",),
                    cells[0],
                )
            )
    says = (
        "EU GMP Annex 22, draft of July 2025: it may change. Models hold batches and release none; docs/annex-22.md"
        " is the page.",
    )
    return Chapter(
        "models", "Models: Annex 22 line by line", says, ("Item", "How", "Status"), (24, 54, 14), tuple(rows)
    )


def rule_book() -> Chapter:
    """Every rule with its clause, from the built-in sets."""
    import rules

    rows = []
    for name in rules.builtin_names():
        for rule in rules.builtin_rule_set(name).rules:
            status = f"text {rule.status}" + (", its figure to be verified" if rule.to_verify else "")
            cells = (rule.id, rule.title, str(rule.severity.value), f"{rule.clause} ({status})")
            rows.append(Row(cells, (f"rule:{rule.id}", f"file:rules/book/{name}.yaml"), rule.id))
    sets = [(name, rules.builtin_rule_set(name)) for name in rules.builtin_names()]
    held = "; ".join(f"{name} {one.version} (content {one.content_hash[:12]})" for name, one in sets)
    says = (
        f"Sets of this commit, as an approval names them: {held}.",
        "Each rule carries passing and failing examples, which 'batchwright rules check' runs; draft law is told as"
        " draft.",
    )
    return Chapter(
        "rules",
        "The rule book",
        says,
        ("Rule", "What it asks", "Severity", "Clause (status)"),
        (12, 42, 8, 38),
        tuple(rows),
    )


def rights() -> Chapter:
    """Who may call what, as the program holds it."""
    from mes_core.web.authorization import TABLE

    table = "mes_core/web/authorization.py::TABLE"
    tried = "tests/contract/test_mes_authorization.py::test_only_those_in_the_table_pass"
    rows = []
    for (method, path), rule in sorted(TABLE.items(), key=lambda one: one[0][1]):
        people = ", ".join(sorted(role.value.replace("_", " ") for role in rule.roles)) or "no person"
        bot = f"bots {rule.bot.value}"
        if rule.open:
            people, bot = "everybody, before a log-in", "as everybody"
        rows.append(Row((f"{method} {path}", people, bot), (f"file:{table}", f"test:{tried}"), path))
    says = (
        "What is not in this table is refused. A release is a disposition: qualified persons alone sign one, and no"
        " bot may.",
        f"Each line stands in {table} and is tried by {tried}.",
    )
    return Chapter("rights", "Who may do what", says, ("Request", "People", "Bots"), (40, 40, 20), tuple(rows))
