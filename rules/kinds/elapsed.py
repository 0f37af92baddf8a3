"""Kind `elapsed`: the time between two moments of the batch lies within a window, in hours."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase, itself
from rules.errors import MissingFact
from rules.facts import Fact, Facts, look_up, moment
from rules.family import Kind
from rules.hits import Hit
from rules.screens import Names, Part, at


class Elapsed(RuleBase):
    """The time between two moments of the batch lies within a window, in hours."""

    kind: Literal["elapsed"]
    start: Name
    end: Name
    least_hours: float = 0.0
    most_hours: float = Field(gt=0)

    def reads(self) -> Reads:
        return Reads(paths=(self.start, self.end))

    def useless(self, *, has_master: bool) -> str:
        del has_master
        if self.least_hours > self.most_hours:
            return f"always fires: least_hours {self.least_hours:g} is above most_hours {self.most_hours:g}"
        return itself(self.start, self.end)


def check(rule: Elapsed, facts: Facts) -> Iterator[Hit]:
    """Too short or too long a time between two moments."""
    start, end = (moment(look_up(facts, path), path) for path in (rule.start, rule.end))
    if start is None or end is None:
        raise MissingFact(rule.start if start is None else rule.end)
    hours = (end - start).total_seconds() / 3600
    if not rule.least_hours <= hours <= rule.most_hours:
        shown = tuple(Fact(path, look_up(facts, path)) for path in (rule.start, rule.end))
        values = tuple(fact.value for fact in shown)
        limits = {"least": rule.least_hours, "most": rule.most_hours}
        yield Hit((rule.start, rule.end), values, shown, {"hours": round(hours, 1), **limits})


def screen(rule: Elapsed, names: Names, tag: str) -> Part:
    start, end = (f"({tag}{n} := D({at(path)}))" for n, path in enumerate((rule.start, rule.end)))
    least, most = (names.give(timedelta(hours=hours)) for hours in (rule.least_hours, rule.most_hours))
    return Part(f"AW <= {start} <= {end} <= ZW and {least} < {tag}1 - {tag}0 < {most}")


KIND = Kind(Elapsed, check, words=("hours", "least", "most"), place="facts", screen=screen)
