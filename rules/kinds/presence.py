"""Kind `presence`: every entry has every one of these fields filled in."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, blank
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, filled


class Presence(Each):
    """Every entry has every one of these fields filled in."""

    kind: Literal["presence"]
    fields: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: Presence, facts: Facts) -> Iterator[Hit]:
    """Fields that are not filled in."""
    for one in chosen(rule, facts):
        missing = [name for name in rule.fields if blank(one.values.get(name))]
        if missing:
            yield hit(one, *missing, missing=", ".join(missing))


def screen(rule: Presence, names: Names, tag: str) -> Part:
    del tag
    return Part(" and ".join(filled(names.field(name)) for name in rule.fields))


KIND = Kind(Presence, check, words=("missing",), place="entries", screen=screen)
