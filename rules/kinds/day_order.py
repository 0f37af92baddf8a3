"""Kind `day_order`: one day of an entry is there and not after another."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads, itself
from rules.facts import Facts, day, no_zone, zones
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class DayOrder(Each):
    """One day of an entry is there and not after another."""

    kind: Literal["day_order"]
    earlier: Name
    later: Name

    def reads(self) -> Reads:
        return Reads(fields=(self.earlier, self.later))

    def useless(self, *, has_master: bool) -> str:
        del has_master
        return itself(self.earlier, self.later)


def check(rule: DayOrder, facts: Facts) -> Iterator[Hit]:
    """A day that is missing or comes too late."""
    everywhere, unplaced = zones(facts), ""
    for one in chosen(rule, facts):
        wrong = set()
        for zone in everywhere:
            earlier, later = (
                day(one.values.get(name), f"{one.path}.{name}", zone) for name in (rule.earlier, rule.later)
            )
            wrong.add(earlier is None or (later is not None and earlier > later))
        if wrong == {True}:
            yield hit(one, rule.earlier, rule.later)
        elif len(wrong) > 1:
            unplaced = unplaced or one.path
    if unplaced:
        raise no_zone(f"{unplaced}.{rule.later}")


def screen(rule: DayOrder, names: Names, tag: str) -> Part:
    del tag
    return Part(f"DL[{names.field(rule.earlier)}] <= DF[{names.field(rule.later)}]")


KIND = Kind(DayOrder, check, words=(), place="entries", screen=screen)
