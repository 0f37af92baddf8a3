"""Tracing from the other side: from each place that specifies something to requirements, and on to their tests."""

from batchwright.support.formats import counted
from batchwright.validation.links import link_of
from batchwright.validation.model import Chapter, Row
from batchwright.validation.results import Result
from batchwright.validation.trace import Sources, shown

_KINDS = (
    ("rule:", "rule"),
    ("file:rules/book/", "rule set"),
    ("file:keywords/sites/", "site folder"),
    ("file:keywords/", "keyword"),
    ("file:bots/runtime/", "module"),
    ("file:bots/", "suite"),
    ("file:mes_core/web/console", "page"),
    ("file:docs/", "page of docs"),
    ("file:deploy/", "deployment"),
)


def kind_of(link: str) -> str:
    """What a place is, in the words of the field: rule, keyword, page or module."""
    return next((kind for begins, kind in _KINDS if link.startswith(begins)), "module")


def chapter(sources: Sources, results: dict[str, Result]) -> Chapter:
    """Each place of the risk register once, with every requirement that it specifies."""
    places: dict[str, list[str]] = {}
    for name in sources.register.requirements:
        risk = sources.register.risks.get(name)
        for said in risk.specified if risk else ():
            places.setdefault(link_of(said), []).append(name)
    rows = []
    for link, names in sorted(places.items(), key=lambda one: (kind_of(one[0]), one[0])):
        told = "; ".join(f"{name}: {_tests(sources, name, results)}" for name in names)
        back = tuple(f"row:{chapter}::{name}" for name in names for chapter in ("matrix", "proofs"))
        place = link.removeprefix("file:").removeprefix("rule:")
        leads = (f"row:rules::{place}",) if link.startswith("rule:") else ()
        rows.append(Row((place, kind_of(link), ", ".join(names), told), (link, *leads, *back), place))
    says = (
        "Who changes a place looks here for what it has to go on doing, and for the tests that show it. At the right"
        " stand the page of each requirement and that of its tests. What a change reaches over imports is told by"
        " 'batchwright validation impact'.",
    )
    return Chapter(
        "places",
        "From specification to requirements and tests",
        says,
        ("Place", "Kind", "Requirements", "Tests that prove it, and what this run says"),
        (38, 9, 18, 40),
        tuple(rows),
    )


def _tests(sources: Sources, name: str, results: dict[str, Result]) -> str:
    proofs = [one for one in sources.tests_of(name) if one.claim == "mark"]
    return f"{counted(len(proofs), 'test')}, {shown(sources, name, results)}"
