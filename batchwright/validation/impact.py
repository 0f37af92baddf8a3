"""What a change reaches: modules, requirements and tests; which run again and why; and what needs a signature."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from batchwright.support.errors import Refused
from batchwright.validation.checkout import git
from batchwright.validation.imports_of import Imports, module_of
from batchwright.validation.model import Chapter, Checkout, Row
from batchwright.validation.trace import Sources

_WHOLE = ("pyproject.toml", "requirements.txt", "requirements-dev.txt")
_SIGNED: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (
        "rule set",
        lambda one: one.startswith("rules/book/"),
        "'batchwright rules propose' and 'approve': two persons, by content hash",
    ),
    (
        "site folder",
        lambda one: one.startswith("keywords/sites/") and one.count("/") > 2,
        "'batchwright bots propose site' and 'approve'",
    ),
    (
        "suite",
        lambda one: (
            one.startswith(("bots/settings/", "keywords/steps/"))
            or (one.startswith("bots/") and one.endswith(".robot"))
        ),
        "'batchwright bots propose suite' and 'approve'",
    ),
    (
        "model",
        lambda one: one.startswith("keywords/predictive_holds/models/"),
        "'batchwright model' moves: two persons who did not make it",
    ),
    (
        "filing clock or form",
        lambda one: one.startswith(("mes_core/filing/clocks/", "mes_core/filing/forms/")),
        "change record signed by quality assurance",
    ),
    (
        "risk, requirement or goal",
        lambda one: one.startswith("docs/") and one.endswith(".yaml"),
        "change record signed by quality assurance",
    ),
)


@dataclass(frozen=True)
class Reached:
    """A requirement or a test that a change reaches.

    Attributes:
        name: Of the requirement, or path of the test file.
        why: How the change comes to it.
        direct: Whether a file that changed is named or imported at once, not over others.
    """

    name: str
    why: str
    direct: bool


@dataclass(frozen=True)
class Impact:
    """What a change reaches.

    Attributes:
        before, after: Commits.
        files: Files that differ, with git's letter (A, M, D, R).
        modules: Modules that changed.
        affected: How many modules import them, however far away, themselves counted.
        requirements: Reached requirements.
        tests: Reached test files and suites.
        signatures: What needs one: kind, file, how.
        whole: Why everything has to run again; empty where it need not.
    """

    before: str
    after: str
    files: tuple[tuple[str, str], ...]
    modules: tuple[str, ...]
    affected: int
    requirements: tuple[Reached, ...]
    tests: tuple[Reached, ...]
    signatures: tuple[tuple[str, str, str], ...]
    whole: str


def changed_files(root: Path, span: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Both commits of `REV..REV` and the files that differ between them; a renamed one under both names.

    Raises:
        Refused: It names no two revisions.
    """
    before, dots, after = span.partition("..")
    if not dots or not before or not after or after.startswith("."):
        raise Refused(f"{span!r} is no span: give two revisions, as in v1.0..HEAD.")
    ends = [git(root, "rev-parse", "--verify", "--end-of-options", f"{one}^{{commit}}") for one in (before, after)]
    lines = git(root, "diff", "--name-status", "-M", *ends).splitlines()
    found = []
    for line in lines:
        letter, *names = line.split("\t")
        found += [(letter[0], name) for name in names]
    return ends[0], ends[1], tuple(found)


def need_sources_of(checkout: Checkout, after: str) -> None:
    """Make sure that the sources at hand are those after the change: imports and tests are read from them.

    Raises:
        Refused: Another commit is checked out, or files differ from it.
    """
    root = checkout.root
    if checkout.commit != after:
        raise Refused(
            f"The change ends at commit {after[:12]} and {root} holds {checkout.commit[:12]}, from which imports and"
            f" tests are read: check out {after[:12]}."
        )
    if checkout.changed:
        raise Refused(
            f"{root} differs from its commit in {len(checkout.changed)} file(s), {checkout.changed[0]} among them, and"
            " imports and tests are read from there: commit them or put them aside."
        )


def impact_of(
    sources: Sources, imports: Imports, before: str, after: str, files: tuple[tuple[str, str], ...]
) -> Impact:
    """What these files reach."""
    names = [name for _, name in files]
    modules = tuple(sorted({one for name in names if (one := module_of(name))}))
    affected = imports.affected(modules)
    tests = _tests(sources, imports, names, modules, affected)
    requirements = _requirements(sources, names, modules, affected, tests)
    tests = _with_proofs(sources, tests, requirements)
    signatures = tuple((kind, name, how) for name in names for kind, fits, how in _SIGNED if fits(name))
    whole = [name for name in names if name in _WHOLE]
    gone = [one for one in modules if one not in imports.graph.modules]
    said = f"{whole[0]} changed: other versions may run below everything." if whole else ""
    if not said and gone:
        said = f"{gone[0]} is gone: what imported it is not known any longer."
    return Impact(before, after, files, modules, len(affected), requirements, tests, signatures, said)


def _tests(
    sources: Sources, imports: Imports, names: list[str], modules: tuple[str, ...], affected: set[str]
) -> tuple[Reached, ...]:
    found = {}
    for path, imported in imports.of_tests.items():
        if path in names:
            found[path] = Reached(path, "the test itself changed", True)
        elif near := sorted(imported & set(modules)):
            found[path] = Reached(path, f"it imports {near[0]}", True)
        elif far := sorted(imported & affected):
            found[path] = Reached(path, _way(imports, far, modules), False)
        elif data := _data(names, path):
            found[path] = Reached(path, f"{data} lies beside it", True)
    for path in sorted({one.path for one in sources.tests if one.level == "acceptance"}):
        if path in names or any(name.startswith("robot_tests/lib/") for name in names):
            found[path] = Reached(path, "the suite or its library changed", True)
        elif modules or any(name.startswith(("bots/", "keywords/", "rules/book/")) for name in names):
            found[path] = Reached(path, "acceptance suites run the whole program", False)
    return tuple(found[name] for name in sorted(found))


def _with_proofs(
    sources: Sources, tests: tuple[Reached, ...], requirements: tuple[Reached, ...]
) -> tuple[Reached, ...]:
    """Tests, and beside them those that prove a requirement which is reached at once: it is shown again as a whole."""
    found = {one.name: one for one in tests}
    for requirement in requirements:
        for test in sources.tests_of(requirement.name) if requirement.direct else ():
            if test.claim == "mark" and test.path not in found:
                why = f"it proves {requirement.name}, which is reached"
                found[test.path] = Reached(test.path, why, False)
    return tuple(found[name] for name in sorted(found))


def _data(names: Iterable[str], path: str) -> str:
    """A helper or data file of the test's own folder that changed."""
    folder = path.rpartition("/")[0]
    return next((one for one in names if one.startswith(f"{folder}/") and "/test_" not in one), "")


def _way(imports: Imports, far: list[str], modules: tuple[str, ...]) -> str:
    for importer in far:
        for changed in modules:
            if chain := imports.chain(importer, changed):
                return "it imports " + " -> ".join(chain)
    return f"it imports {far[0]}"


def _requirements(
    sources: Sources, names: list[str], modules: tuple[str, ...], affected: set[str], tests: tuple[Reached, ...]
) -> tuple[Reached, ...]:
    near = {one.name for one in tests if one.direct}
    found = []
    for name in sources.register.requirements:
        risk = sources.register.risks.get(name)
        places = [one.partition("::")[0] for one in risk.specified if not one.startswith("rule:")] if risk else []
        hit = next((one for place in places for one in names if one == place or one.startswith(f"{place}/")), "")
        far = next((one for one in places if module_of(one) in affected), "")
        marked = next((one for one in sources.tests_of(name) if one.claim == "mark" and one.path in near), None)
        if hit:
            found.append(Reached(name, f"it is specified in {hit}", True))
        elif any(place.startswith("rule:") for place in (risk.specified if risk else ())) and any(
            one.startswith("rules/book/") for one in names
        ):
            found.append(Reached(name, "it is specified in the rule book", True))
        elif marked:
            found.append(Reached(name, f"{marked.id} proves it and imports what changed", True))
        elif far and modules:
            found.append(Reached(name, f"{far}, which specifies it, imports what changed", False))
    return tuple(found)


def chapters(found: Impact) -> tuple[Chapter, ...]:
    """The change record: what changed, what is reached, what runs again, what is signed."""
    three = ("What", "Why", "How")
    signed = found.signatures or (("none", "", ""),)
    return (
        _table("change", "Change record", ("What", "Found"), (24, 76), _summary(found)),
        _table("signatures_needed", "What needs a signature", ("Kind", "File", "How"), (18, 42, 40), signed),
        _table("reached", "Requirements that are reached", three, (14, 70, 16), _reached(found.requirements)),
        _table("again", "Tests that run again", three, (40, 46, 14), _reached(found.tests)),
        _table("files", "Files", ("Change", "File"), (12, 88), found.files),
    )


def _summary(found: Impact) -> list[tuple[str, str]]:
    def near(several: tuple[Reached, ...]) -> str:
        return f"{len(several)}, {sum(one.direct for one in several)} of them directly"

    return [
        ("From commit", found.before),
        ("To commit", found.after),
        ("Files", str(len(found.files))),
        ("Modules", f"{len(found.modules)} changed, {found.affected} with those that import them"),
        ("Requirements", near(found.requirements)),
        ("Test files", near(found.tests)),
        ("Everything runs again", found.whole or "not by this change alone; before a release everything does"),
        ("Reason of the change", ""),
        ("Assessed by", ""),
    ]


def _reached(several: tuple[Reached, ...]) -> list[tuple[str, str, str]]:
    return [(one.name, one.why, "directly" if one.direct else "over others") for one in several]


def _table(
    key: str, title: str, columns: tuple[str, ...], widths: tuple[int, ...], rows: Iterable[tuple[str, ...]]
) -> Chapter:
    return Chapter(key, title, (), columns, widths, tuple(Row(row, ("file:docs/validation.md",)) for row in rows))
