"""Kind `ordered`: in each group of parameters, the values do not fall from one to the next (min, average, max)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.facts import Facts, blank, number
from rules.family import Kind
from rules.hits import Hit, leave, parameter_hit, parameter_text
from rules.screens import Names, Part


class Ordered(RuleBase):
    """In each group of parameters, the values do not fall from one to the next (min, average, max)."""

    kind: Literal["ordered"]
    groups: tuple[tuple[Name, ...], ...] = Field(min_length=1)
    when_blank: str | None = None

    def reads(self) -> Reads:
        return Reads(parameters=tuple(name for group in self.groups for name in group))

    def useless(self, *, has_master: bool) -> str:
        del has_master
        short = all(len(group) < 2 for group in self.groups)
        return "can never fire: a group needs two parameters to be in order" if short else ""


def check(rule: Ordered, facts: Facts) -> Iterator[Hit]:
    """Groups whose values fall."""
    for group in rule.groups:
        texts = [parameter_text(facts, name) for name in group]
        if any(blank(text) for text in texts):
            leave(rule.when_blank, next(name for name, text in zip(group, texts, strict=True) if blank(text)))
            continue
        values = [number(text) for text in texts]
        falls = any(a is None or b is None or b < a for a, b in pairwise(values))
        if falls:
            yield parameter_hit(facts, group)


def screen(rule: Ordered, names: Names, tag: str) -> Part:
    del tag
    chains = [" <= ".join(names.figure(name) for name in group) for group in rule.groups if len(group) > 1]
    alone = [f"{names.figure(group[0])} == {names.figure(group[0])}" for group in rule.groups if len(group) == 1]
    return Part(" and ".join(chains + alone))


KIND = Kind(Ordered, check, words=("values", "names"), place="values", screen=screen)
