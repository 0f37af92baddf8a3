"""Kind `limit`: one parameter is a number between fixed limits."""

import math
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from rules.base import Name, Reads, RuleBase, Window
from rules.facts import Facts, blank, inside, number
from rules.family import Kind
from rules.hits import Hit, leave, parameter_hit, parameter_text
from rules.screens import Names, Part


class Limit(RuleBase):
    """One parameter is a number between fixed limits."""

    kind: Literal["limit"]
    parameters: tuple[Name, ...] = Field(min_length=1)
    above: float | None = None
    low: float | None = None
    high: float | None = None
    when_blank: str | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "Limit":
        lowest = self.low if self.low is not None else self.above
        if lowest is None and self.high is None:
            raise ValueError("a limit needs low, above or high, or it can never fire")
        if lowest is not None and self.high is not None and lowest > self.high:
            raise ValueError(f"the lower limit {lowest:g} is above the upper limit {self.high:g}")
        return self

    def reads(self) -> Reads:
        return Reads(parameters=self.parameters)

    def windows(self) -> dict[str, Window]:
        lowest = self.low if self.low is not None else self.above
        window = (-math.inf if lowest is None else lowest, math.inf if self.high is None else self.high)
        return dict.fromkeys(self.parameters, window)


def check(rule: Limit, facts: Facts) -> Iterator[Hit]:
    """Parameters outside fixed limits. Something that stands there and is no number is outside too."""
    for name in rule.parameters:
        text = parameter_text(facts, name)
        if blank(text):
            leave(rule.when_blank, name)
            continue
        value = number(text)
        above = value is not None and (rule.above is None or value > rule.above)
        if not above or not inside(text, rule.low, rule.high):
            yield parameter_hit(facts, (name,), value=text, item=name)


def screen(rule: Limit, names: Names, tag: str) -> Part:
    del tag
    tests: list[str] = []
    low, high, above = (None if one is None else names.give(one) for one in (rule.low, rule.high, rule.above))
    for name in rule.parameters:
        value = names.figure(name)
        within = f"{low} <= {value} <= {high}" if low and high else f"{value} >= {low}" if low else f"{value} <= {high}"
        parts = [within] if low or high else []
        parts += [f"{value} > {above}"] if above else []
        tests.append(f"({' and '.join(parts)} or bounded({names.text(name)}, {low}, {high}, {above}))")
    return Part(" and ".join(tests))


KIND = Kind(Limit, check, words=("value", "values", "names"), place="values", screen=screen)
