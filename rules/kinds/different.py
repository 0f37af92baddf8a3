"""Kind `different`: two fields of an entry are not the same (performer and checker, analyst and reviewer)."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads, itself
from rules.facts import Facts, blank
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class Different(Each):
    """Two fields of an entry are not the same (performer and checker, analyst and reviewer)."""

    kind: Literal["different"]
    fields: tuple[Name, Name]

    def reads(self) -> Reads:
        return Reads(fields=self.fields)

    def useless(self, *, has_master: bool) -> str:
        del has_master
        return itself(*self.fields)


def check(rule: Different, facts: Facts) -> Iterator[Hit]:
    """Two fields that say the same."""
    first, second = rule.fields
    for one in chosen(rule, facts):
        value = one.values.get(first)
        if not blank(value) and str(value).strip().lower() == str(one.values.get(second)).strip().lower():
            yield hit(one, first, second, value=value)


def screen(rule: Different, names: Names, tag: str) -> Part:
    del tag
    one, two = (names.field(name) for name in rule.fields)
    return Part(f"{one}.__class__ is str and {two}.__class__ is str and LO[{one}] != LO[{two}]")


KIND = Kind(Different, check, words=("value",), place="entries", screen=screen)
