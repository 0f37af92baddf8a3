"""Kind `day_order_head`: one day of the head is not after another."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Name, Reads, RuleBase, itself
from rules.errors import MissingFact
from rules.facts import Fact, Facts, day, look_up, no_zone, zones
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
    wrong = set()
    for zone in zones(facts):
        earlier, later = (day(text, f"batch.{name}", zone) for name, text in zip(names, texts, strict=True))
        if earlier is None or later is None:
            gone = 0 if earlier is None else 1
            raise MissingFact(f"batch.{names[gone]} ({str(texts[gone])[:40]!r} stands for no date)")
        wrong.add(earlier > later)
    if len(wrong) > 1:
        raise no_zone(f"batch.{rule.later}")
    if wrong == {True}:
        shown = tuple(Fact(f"batch.{name}", text) for name, text in zip(names, texts, strict=True))
        yield Hit(names, tuple(texts), shown, dict(zip(names, texts, strict=True)))


def screen(rule: DayOrderHead, names: Names, tag: str) -> Part:
    del names, tag
    return Part(f"DL[{got(rule.earlier, 'h')}] <= DF[{got(rule.later, 'h')}]")


KIND = Kind(DayOrderHead, check, words=(), place="head", screen=screen)
