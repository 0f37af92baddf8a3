"""Kind `day_order`: one day of an entry is there and not after another."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads, itself
from rules.facts import Facts, day
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
    for one in chosen(rule, facts):
        earlier, later = (day(one.values.get(name), f"{one.path}.{name}") for name in (rule.earlier, rule.later))
        if earlier is None or (later is not None and earlier > later):
            yield hit(one, rule.earlier, rule.later)


def screen(rule: DayOrder, names: Names, tag: str) -> Part:
    del tag
    return Part(f"DY[{names.field(rule.earlier)}] <= DY[{names.field(rule.later)}]")


KIND = Kind(DayOrder, check, words=(), place="entries", screen=screen)
