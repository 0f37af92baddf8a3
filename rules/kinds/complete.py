"""Kind `complete`: every one of these names is among the entries, or they stand in this order."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Fact, Facts
from rules.family import Kind
from rules.hits import Hit, chosen
from rules.screens import Names, Part, gathered, got


class Complete(Each):
    """Every one of these names is among the entries; `in_order` asks for their order instead of their presence."""

    kind: Literal["complete"]
    field: Name
    required: tuple[str, ...] = Field(min_length=1)
    in_order: bool = False

    def reads(self) -> Reads:
        return Reads(fields=(self.field,))


def check(rule: Complete, facts: Facts) -> Iterator[Hit]:
    """Names that are not among the entries."""
    listed = [str(one.values.get(rule.field)) for one in chosen(rule, facts)]
    there = set(listed)
    if rule.in_order:
        yield from _out_of_order(rule, listed)
        return
    for name in rule.required:
        if name not in there:
            fact = Fact(f"{rule.each}[{name}]", None)
            yield Hit((name,), (None,), (fact,), {"item": name})


def _out_of_order(rule: Complete, listed: list[str]) -> Iterator[Hit]:
    """The first name that does not stand where it should; names that are missing are another rule's finding."""
    there = set(listed)
    wanted = [name for name in rule.required if name in there]
    known = [name for name in dict.fromkeys(listed) if name in rule.required]
    for right, name in zip(wanted, known, strict=True):
        if right != name:
            yield Hit((name,), (name,), (Fact(f"{rule.each}[{name}]", name),), {"item": name, "wanted": right})
            return


def screen(rule: Complete, names: Names, tag: str) -> Part:
    required = tuple(rule.required)
    listed = f"{tag}n == {names.give(list(required))}"
    if not rule.in_order:
        listed = f"{names.give(frozenset(required))}.issubset({tag}n)"
    return gathered(rule, got(rule.field), tag, listed)


KIND = Kind(Complete, check, words=("wanted",), place="entries", screen=screen)
