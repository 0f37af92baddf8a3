"""Kind `enumeration`: a field of every entry is one of these."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class Enumeration(Each):
    """A field of every entry is one of these."""

    kind: Literal["enumeration"]
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=(self.field,))

    def choices(self) -> tuple[tuple[Any, ...], frozenset[str]]:
        return (self.each, self.field, self.where), frozenset(self.allowed)


def check(rule: Enumeration, facts: Facts) -> Iterator[Hit]:
    """Values that are not among those allowed."""
    for one in chosen(rule, facts):
        if one.values.get(rule.field) not in rule.allowed:
            yield hit(one, rule.field, value=one.values.get(rule.field), allowed=" or ".join(rule.allowed))


def screen(rule: Enumeration, names: Names, tag: str) -> Part:
    del tag
    if len(rule.allowed) == 1:
        return Part(f"{names.field(rule.field)} == {names.give(rule.allowed[0])}")
    return Part(f"{names.field(rule.field)} in {names.give(frozenset(rule.allowed))}")


KIND = Kind(Enumeration, check, words=("value", "allowed"), place="entries", screen=screen)
