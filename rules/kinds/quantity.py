"""Kind `quantity`: one parameter, in whatever unit it was recorded, lies between limits that are given in one unit."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from rules import units
from rules.base import Name, Reads, RuleBase
from rules.errors import MissingFact
from rules.facts import Facts, blank, number
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text


def _known_unit(unit: str) -> str:
    if not units.known(unit):
        raise ValueError(f"unit {unit!r} is not known{units.likely(unit)}")
    return unit


class Quantity(RuleBase):
    """One parameter, in whatever unit it was recorded, lies between limits that are given in one unit."""

    kind: Literal["quantity"]
    parameters: tuple[Name, ...] = Field(min_length=1)
    unit: str
    low: float | None = None
    high: float | None = None

    _unit = field_validator("unit")(_known_unit)

    @model_validator(mode="after")
    def _sensible(self) -> "Quantity":
        if self.low is None and self.high is None:
            raise ValueError("a quantity needs low or high, or it can never fire")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    def reads(self) -> Reads:
        return Reads(parameters=self.parameters)


def check(rule: Quantity, facts: Facts) -> Iterator[Hit]:
    """Parameters outside limits once they are put into the unit of the limits."""
    for name in rule.parameters:
        text = parameter_text(facts, name)
        if blank(text):
            raise MissingFact(f"values.{name}")
        value, unit = number(text), str(facts["values"][name].get("unit"))
        moved = None if value is None or not units.known(units.code(unit)) else units.convert(value, unit, rule.unit)
        low_enough = moved is not None and (rule.high is None or moved <= rule.high)
        if not low_enough or (rule.low is not None and moved is not None and moved < rule.low):
            shown = "no such quantity" if moved is None else f"{moved:.6g} {rule.unit}"
            yield parameter_hit(facts, (name,), item=name, value=f"{text} {unit}", converted=shown)


KIND = Kind(Quantity, check, words=("value", "converted", "values", "names"))
