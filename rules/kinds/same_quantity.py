"""Kind `same_quantity`: the quantity of every entry is that of its counterpart, whatever unit either is written in."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules import units
from rules.base import Each, Name, Reads
from rules.errors import BadFact
from rules.facts import Facts, Item, items, number
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, figure, got, joined_key


class SameQuantity(Each):
    """The quantity of every entry is that of its counterpart in another table, whatever unit either is written in.

    Entries without a counterpart are another rule's finding. Several counterparts are added up.
    """

    kind: Literal["same_quantity"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    quantity: tuple[Name, Name]
    """The fields that hold the number, here and there."""
    unit: tuple[Name, Name]
    """The fields that hold the unit, here and there."""
    relative: float = Field(default=0.001, ge=0, lt=1)

    def reads(self) -> Reads:
        return Reads(
            fields=(*self.on, self.quantity[0], self.unit[0]),
            others=(self.other_name, *self.on.values(), self.quantity[1], self.unit[1]),
        )


def check(rule: SameQuantity, facts: Facts) -> Iterator[Hit]:
    """Quantities that differ from those of their counterparts, or that can't be compared with them."""
    others: dict[tuple[str, ...], list[Item]] = {}
    for other in items(facts, rule.other, rule.other_name):
        others.setdefault(tuple(str(other.values.get(name)).strip() for name in rule.on.values()), []).append(other)
    totals: dict[tuple[str, ...], list[Item]] = {}
    for one in chosen(rule, facts):
        totals.setdefault(tuple(str(one.values.get(name)).strip() for name in rule.on), []).append(one)
    for key, mine in totals.items():
        theirs = others.get(key)
        if theirs is None:
            continue
        into = str(mine[0].values.get(rule.unit[0]))
        here = _total(mine, rule.quantity[0], rule.unit[0], into)
        there = _total(theirs, rule.quantity[1], rule.unit[1], into)
        alike = here is not None and there is not None and abs(here - there) <= rule.relative * abs(here)
        if not alike:
            yield _unlike(rule, mine, theirs)


def _total(entries: list[Item], quantity: str, unit: str, into: str) -> float | None:
    """The sum in one unit; None where a part is no number, or measures something else."""
    total = 0.0
    for one in entries:
        value = number(one.values.get(quantity))
        try:
            part = None if value is None else units.convert(value, str(one.values.get(unit)), into)
        except BadFact:
            return None
        if part is None:
            return None
        total += part
    return total


def _unlike(rule: SameQuantity, mine: list[Item], theirs: list[Item]) -> Hit:
    def said(entries: list[Item], side: int) -> str:
        names = rule.quantity[side], rule.unit[side]
        return " + ".join(f"{one.values.get(names[0])} {one.values.get(names[1])}" for one in entries)

    found = hit(mine[0], rule.quantity[0], rule.unit[0], mine=said(mine, 0), theirs=said(theirs, 1))
    shown = tuple(one.fact(name) for one in theirs for name in (rule.quantity[1], rule.unit[1]))
    fields = tuple(f"{one.name}.{rule.quantity[1]}" for one in theirs)
    values = tuple(one.values.get(rule.quantity[1]) for one in theirs)
    return Hit((*found.fields, *fields), (*found.values, *values), (*found.facts, *shown), found.words)


def screen(rule: SameQuantity, names: Names, tag: str) -> Part:
    """One counterpart, written in the same way."""
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{joined_key(rule.on.values(), 'o', f'{tag}k')}: o for o in {tag}t or ()}}",
    )
    here, there = f"({got(rule.quantity[0])})", got(rule.quantity[1], f"{tag}c")
    same_unit = f"{got(rule.unit[0])} == {got(rule.unit[1], f'{tag}c')}"
    numbers = f"{figure(here, f'{tag}a')} == {figure(there, f'{tag}b')}"
    known = f"{got(rule.unit[0])} in {names.give(units.NAMES)}"
    find = f"({tag}c := {tag}o[{joined_key(rule.on, 'e', f'{tag}k')}])"
    gathered = (f"{tag}n = 0",)
    once = f"{tag}t is not None and len({tag}o) == len({tag}t) and {tag}n == len({tag}o)"
    return Part(
        f"{find} is not None and {same_unit} and {known} and {numbers}",
        (*before, *gathered),
        (f"{tag}n += 1",),
        finally_=once,
    )


KIND = Kind(SameQuantity, check, words=("mine", "theirs"), place="entries", screen=screen)
