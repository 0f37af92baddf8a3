"""Kind `tested_or_labelled`: all of these tests were passed, or every entry carries the statements that say so."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, items
from rules.family import Kind
from rules.hits import Hit, chosen, hit, lacking
from rules.screens import Names, Part, got


class TestedOrLabelled(Each):
    """Every one of `tests` stands in another list with an allowed result, or every label carries all `statements`.

    Source of the question: 21 CFR 1271.90(a)(1) and (c): autologous cells need no donor tests, and are labelled then.
    """

    kind: Literal["tested_or_labelled"]
    field: Name
    statements: tuple[str, ...] = Field(min_length=1)
    other: Name
    other_name: Name
    test: Name
    tests: tuple[str, ...] = Field(min_length=1)
    result: Name
    allowed: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=(self.field,), others=(self.other_name, self.test, self.result))


def check(rule: TestedOrLabelled, facts: Facts) -> Iterator[Hit]:
    """Labels without the statements, where a test is missing or was not passed."""
    passed = {
        str(one.values.get(rule.test)).strip()
        for one in items(facts, rule.other, rule.other_name)
        if one.values.get(rule.result) in rule.allowed
    }
    untested = [one for one in rule.tests if one not in passed]
    for one in chosen(rule, facts) if untested else ():
        missing = lacking(one.values.get(rule.field), rule.statements)
        if missing:
            yield hit(one, rule.field, missing=", ".join(missing), untested=", ".join(untested))


def screen(rule: TestedOrLabelled, names: Names, tag: str) -> Part:
    passed = f"{{o.get({rule.test!r}) for o in {tag}t or () if o.get({rule.result!r}) in {names.give(rule.allowed)}}}"
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}d = {names.give(frozenset(rule.tests))}.issubset({passed})",
    )
    labelled = f"({tag}n := {got(rule.field)}).__class__ is list"
    said = f"{names.give(frozenset(rule.statements))}.issubset({tag}n)"
    return Part(f"{tag}d or ({labelled} and {said})", before, finally_=f"{tag}t is not None")


KIND = Kind(TestedOrLabelled, check, words=("missing", "untested"), place="entries", screen=screen)
