"""Kind `repeats`: not all readings of one occasion are those of the occasion before."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.facts import Facts, blank
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text
from rules.screens import Names, Part


class Repeats(RuleBase):
    """Not all readings of one occasion are those of the occasion before: nobody measures the same ten times."""

    kind: Literal["repeats"]
    readings: tuple[Name, ...] = Field(min_length=3)
    """Names of readings, without the mark of the occasion."""
    occasions: tuple[Name, ...] = Field(min_length=2)
    """Marks in their order: with the reading `ph` and the mark `_d03`, the parameter is `ph_d03`."""

    def reads(self) -> Reads:
        return Reads(
            parameters=tuple(f"{reading}{occasion}" for reading in self.readings for occasion in self.occasions)
        )


def check(rule: Repeats, facts: Facts) -> Iterator[Hit]:
    """Occasions all of whose readings are those of the occasion before."""
    for before, after in pairwise(rule.occasions):
        names = [(f"{one}{before}", f"{one}{after}") for one in rule.readings]
        pairs = [(parameter_text(facts, old), parameter_text(facts, new)) for old, new in names]
        if all(not blank(old) and old == new for old, new in pairs):
            shown = tuple(name for pair in names for name in pair)
            yield parameter_hit(facts, shown, item=after.strip("_"), before=before.strip("_"))


def screen(rule: Repeats, names: Names, tag: str) -> Part:
    """For each occasion, some reading differs from the one before."""
    del tag
    tests = [
        "(" + " or ".join(f"{names.text(one + old)} != {names.text(one + new)}" for one in rule.readings) + ")"
        for old, new in pairwise(rule.occasions)
    ]
    return Part(" and ".join(tests))


KIND = Kind(Repeats, check, words=("before", "values", "names"), place="values", screen=screen)
