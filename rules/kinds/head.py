"""Kind `head`: these fields of the batch record's head are filled in."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.facts import Fact, Facts, blank
from rules.family import Kind
from rules.hits import Hit, head_of
from rules.screens import Names, Part, got


class Head(RuleBase):
    """These fields of the batch record's head are filled in."""

    kind: Literal["head"]
    fields: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(head=self.fields)


def check(rule: Head, facts: Facts) -> Iterator[Hit]:
    """Fields of the head that are not filled in."""
    entry = head_of(facts)
    missing = tuple(name for name in rule.fields if blank(entry.get(name)) or entry.get(name) in ([], ()))
    if missing:
        shown = tuple(Fact(f"batch.{name}", entry.get(name)) for name in missing)
        yield Hit(missing, tuple(entry.get(name) for name in missing), shown, {"missing": ", ".join(missing)})


def screen(rule: Head, names: Names, tag: str) -> Part:
    del names
    tests = [
        f"({tag}{n} := {got(name, 'h')}) != [] and {tag}{n} != () and "
        f"(FI[{tag}{n}] if {tag}{n}.__class__ is str else {tag}{n} is not None)"
        for n, name in enumerate(rule.fields)
    ]
    return Part(" and ".join(tests))


KIND = Kind(Head, check, words=("missing",), place="head", screen=screen)
