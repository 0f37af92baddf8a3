"""Kind `members`: every name in a field's list is known in another list."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads
from rules.facts import Facts, items
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, got


class Members(Each):
    """Every name in a field's list is known in another list."""

    kind: Literal["members"]
    field: Name
    other: Name
    other_name: Name

    def reads(self) -> Reads:
        return Reads(fields=(self.field,), others=(self.other_name,))


def check(rule: Members, facts: Facts) -> Iterator[Hit]:
    """Names that the other list does not know."""
    known = {one.name for one in items(facts, rule.other, rule.other_name)}
    for one in chosen(rule, facts):
        named = one.values.get(rule.field)
        for value in named if isinstance(named, list | tuple) else ():
            if value not in known:
                yield hit(one, rule.field, value=value)


def screen(rule: Members, names: Names, tag: str) -> Part:
    del names
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{x for o in {tag}t or () if (x := {got(rule.other_name, 'o')}) and x.__class__ is str}}",
    )
    listed = f"({tag}n := {got(rule.field)}).__class__ is list and {tag}o.issuperset({tag}n)"
    return Part(listed, before, finally_=f"{tag}t is not None")


KIND = Kind(Members, check, words=("value",), place="entries", screen=screen)
