"""Kind `day_order_head`: one day of the head is not after another."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Name, Reads, RuleBase, itself
from rules.facts import Fact, Facts, day, look_up
from rules.family import Kind
from rules.hits import Hit
from rules.screens import Names, Part, got


class DayOrderHead(RuleBase):
    """One day of the head is not after another."""

    kind: Literal["day_order_head"]
    earlier: Name
    later: Name

    def reads(self) -> Reads:
        return Reads(head=(self.earlier, self.later))

    def useless(self, *, has_master: bool) -> str:
        del has_master
        return itself(self.earlier, self.later)


def check(rule: DayOrderHead, facts: Facts) -> Iterator[Hit]:
    """A day of the head that comes too late; a day that is not there can't be compared."""
    names = (rule.earlier, rule.later)
    texts = [look_up(facts, f"batch.{name}") for name in names]
    earlier, later = (day(text, f"batch.{name}") for name, text in zip(names, texts, strict=True))
    if earlier is not None and later is not None and earlier > later:
        shown = tuple(Fact(f"batch.{name}", text) for name, text in zip(names, texts, strict=True))
        yield Hit(names, tuple(texts), shown, dict(zip(names, texts, strict=True)))


def screen(rule: DayOrderHead, names: Names, tag: str) -> Part:
    del names, tag
    return Part(f"DY[{got(rule.earlier, 'h')}] <= DY[{got(rule.later, 'h')}]")


KIND = Kind(DayOrderHead, check, words=(), place="head", screen=screen)
