"""Kind `includes`: the list in a field of every entry includes all of these texts."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts
from rules.family import Kind
from rules.hits import Hit, chosen, hit, lacking
from rules.screens import Names, Part, got


class Includes(Each):
    """The list in a field of every entry includes all of these texts, whatever their case."""

    kind: Literal["includes"]
    field: Name
    required: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=(self.field,))


def check(rule: Includes, facts: Facts) -> Iterator[Hit]:
    """Entries whose list lacks a text."""
    for one in chosen(rule, facts):
        missing = lacking(one.values.get(rule.field), rule.required)
        if missing:
            yield hit(one, rule.field, missing=", ".join(missing))


def screen(rule: Includes, names: Names, tag: str) -> Part:
    held = f"({tag}n := {got(rule.field)}).__class__ is list"
    return Part(f"{held} and {names.give(frozenset(rule.required))}.issubset({tag}n)")


KIND = Kind(Includes, check, words=("missing",), place="entries", screen=screen)
