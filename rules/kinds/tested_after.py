"""Kind `tested_after`: the time of an entry is not before that of the entry of another list that it names."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads
from rules.facts import Facts, items, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit, known_test
from rules.screens import Names, Part, every_one_named, got


class TestedAfter(Each):
    """The time of an entry is not before that of the entry of another list that it names."""

    kind: Literal["tested_after"]
    at: Name
    on: Name
    other: Name
    other_at: Name

    def reads(self) -> Reads:
        return Reads(fields=(self.at, self.on), others=(self.on, self.other_at))


def check(rule: TestedAfter, facts: Facts) -> Iterator[Hit]:
    """Times before those of what they rest on."""
    others = {one.name: one for one in items(facts, rule.other, rule.on)}
    for one in chosen(rule, facts):
        other = others.get(str(one.values.get(rule.on)))
        at = moment(one.values.get(rule.at), f"{one.path}.{rule.at}")
        start = moment(other.values.get(rule.other_at), f"{other.path}.{rule.other_at}") if other else None
        if at is not None and other is not None and start is not None and at < start:
            found = hit(one, rule.at, moment=at, start=start, **known_test(one))
            yield Hit(found.fields, found.values, (*found.facts, other.fact(rule.other_at)), found.words)


def screen(rule: TestedAfter, names: Names, tag: str) -> Part:
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{y: D({got(rule.other_at, 'o')}) for o in {tag}t or () "
        f"if (y := {got(rule.on, 'o')}) and y.__class__ is str}}",
    )
    at = names.time(rule.at)
    return Part(f"AW <= {tag}o[{names.field(rule.on)}] <= {at} <= ZW", before, finally_=every_one_named(tag))


KIND = Kind(TestedAfter, check, words=("moment", "start", "test"), place="entries", screen=screen)
