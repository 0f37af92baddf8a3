"""Kind `imported`: somebody answers for a batch in a jurisdiction that it was not made in."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads
from rules.facts import RECORD, Fact, Facts, items
from rules.family import Kind
from rules.hits import Hit, head_of, picked
from rules.screens import Names, Part, gathered, got
from rules.selection import jurisdiction_of


class Imported(Each):
    """An entry whose market lies in the jurisdiction is there, unless the batch was made there.

    `made_in` is the field of the head that names the country. One that names none, or one that is not known, counts as
    made elsewhere: in doubt a batch is imported.
    """

    kind: Literal["imported"]
    field: Name
    into: Literal["US", "EU", "UK", "CH"]
    made_in: Name

    def reads(self) -> Reads:
        return Reads(fields=(self.field,), head=(self.made_in,))


def check(rule: Imported, facts: Facts) -> Iterator[Hit]:
    """A batch from elsewhere for which nobody answers."""
    made_in = head_of(facts).get(rule.made_in)
    if _place(made_in) == rule.into:
        return
    listed = items(facts, rule.each, rule.name)
    named = [one.values.get(rule.field) for one in listed if picked(one, rule.where, rule.unless)]
    if rule.into not in map(_place, named):
        shown = (Fact(f"batch.{rule.made_in}", made_in, RECORD), Fact(rule.each, named, RECORD))
        words = {"item": rule.into, rule.made_in: made_in}
        yield Hit((rule.made_in, rule.each), (made_in, named), shown, words)


def _place(country: object) -> str | None:
    return jurisdiction_of(country) if isinstance(country, str) else None


def screen(rule: Imported, names: Names, tag: str) -> Part:
    place = names.give(_place)
    head = "f['batch']"
    made_in = f"{place}({got(rule.made_in, head)}) == {rule.into!r}"
    there = f"{rule.into!r} in map({place}, {tag}n)"
    return gathered(rule, got(rule.field), tag, f"{made_in} or {there}")


KIND = Kind(Imported, check, words=("made_in",), place="entries", screen=screen)
