"""Kind `recompute`: a value follows from others, to half a unit of the last place that was written."""

from collections.abc import Iterator
from math import prod
from typing import Literal

from pydantic import model_validator

from rules.base import Name, Reads, RuleBase
from rules.errors import MissingFact
from rules.facts import Facts, number
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text
from rules.memo import half_last_place
from rules.screens import Names, Part


class Recompute(RuleBase):
    """A value follows from others, to half a unit of the last place that was written.

    Either the product of `times` over the product of `over`, times `factor`; or the sum of `plus`.
    """

    kind: Literal["recompute"]
    value: Name
    times: tuple[Name, ...] = ()
    over: tuple[Name, ...] = ()
    plus: tuple[Name, ...] = ()
    factor: float = 1.0

    @model_validator(mode="after")
    def _one_way(self) -> "Recompute":
        if bool(self.times) == bool(self.plus):
            raise ValueError("a recompute needs either times or plus")
        return self

    def reads(self) -> Reads:
        return Reads(parameters=(self.value, *self.times, *self.over, *self.plus))


def check(rule: Recompute, facts: Facts) -> Iterator[Hit]:
    """A value that does not follow from the values it is made of."""
    names = (rule.value, *rule.times, *rule.over, *rule.plus)
    known: dict[str, float] = {}
    for name in names:
        value = number(parameter_text(facts, name))
        if value is None:
            raise MissingFact(f"values.{name}")
        known[name] = value
    divisor = prod(known[name] for name in rule.over)
    if divisor == 0:
        yield parameter_hit(facts, names, value=known[rule.value], computed="nothing (a divisor is 0)")
        return
    if rule.plus:
        computed = sum(known[name] for name in rule.plus)
    else:
        computed = rule.factor * prod(known[name] for name in rule.times) / divisor
    if abs(known[rule.value] - computed) > half_last_place(parameter_text(facts, rule.value)):
        yield parameter_hit(facts, names, value=parameter_text(facts, rule.value), computed=f"{computed:.6g}")


def screen(rule: Recompute, names: Names, tag: str) -> Part:
    value, text = names.figure(rule.value), names.text(rule.value)
    if rule.plus:
        computed = " + ".join(["0", *(names.figure(name) for name in rule.plus)])
        test = ""
    else:
        product = " * ".join(["1", *(names.figure(name) for name in rule.times)])
        divisor = " * ".join(["1", *(names.figure(name) for name in rule.over)])
        test = f"({tag}d := {divisor}) != 0 and "
        computed = f"{names.give(rule.factor)} * ({product}) / {tag}d"
    tolerance = f"TO[{text}]"
    return Part(f"{test}abs({value} - ({computed})) <= {tolerance}")


KIND = Kind(Recompute, check, words=("value", "computed", "values", "names"), place="values", screen=screen)
