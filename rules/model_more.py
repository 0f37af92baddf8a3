"""Kinds of rules about quantities with units, lists of the head, and trends over earlier batches."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rules import units
from rules.model_base import Each, Name, RuleBase
from rules.trends import TESTS


def _known_unit(unit: str) -> str:
    if not units.known(unit):
        raise ValueError(f"unit {unit!r} is not known{units.likely(unit)}")
    return unit


class SameQuantity(Each):
    """The quantity of every entry is that of its counterpart in another table, whatever unit either is written in.

    Entries without a counterpart are another rule's finding. Several counterparts are added up.
    """

    kind: Literal["same_quantity"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    quantity: tuple[Name, Name]
    """The fields that hold the number, here and there."""
    unit: tuple[Name, Name]
    """The fields that hold the unit, here and there."""
    relative: float = Field(default=0.001, ge=0, lt=1)


class Role(Each):
    """Whoever signed an entry stands in the record's log of signatures, in one of these roles.

    A field in which nobody signed is another rule's finding.
    """

    kind: Literal["role"]
    fields: tuple[Name, ...] = Field(min_length=1)
    roles: tuple[str, ...] = Field(min_length=1)
    people: Name = "signatories"
    account: Name = "account"
    role: Name = "role"


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


class HeadAmong(RuleBase):
    """Every name in a list of the batch record's head is one of these."""

    kind: Literal["head_among"]
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)


class Repeats(RuleBase):
    """Not all readings of one occasion are those of the occasion before: nobody measures the same ten times."""

    kind: Literal["repeats"]
    readings: tuple[Name, ...] = Field(min_length=3)
    """Names of readings, without the mark of the occasion."""
    occasions: tuple[Name, ...] = Field(min_length=2)
    """Marks in their order: with the reading `ph` and the mark `_d03`, the parameter is `ph_d03`."""


class Trend(RuleBase):
    """A parameter, seen with those of earlier batches, shows none of these signals of a control chart.

    The first `baseline` earlier batches give centre and spread; with fewer than that the chart has not begun, and the
    rule is satisfied. Facts without any history can't be judged.
    """

    kind: Literal["trend"]
    parameters: tuple[Name, ...] = Field(min_length=1)
    tests: tuple[Annotated[str, Field()], ...] = Field(min_length=1)
    baseline: int = Field(default=20, ge=10, le=500)

    @field_validator("tests")
    @classmethod
    def _known_tests(cls, tests: tuple[str, ...]) -> tuple[str, ...]:
        unknown = next((one for one in tests if one not in TESTS), None)
        if unknown is not None:
            raise ValueError(f"there is no trend test {unknown!r}: use {', '.join(TESTS)}")
        return tests
