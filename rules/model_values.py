"""Kinds of rules about single parameters and the head of the record."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rules.model_base import Name, RuleBase


class Filled(RuleBase):
    """Each of these parameters is there and filled in; one finding names all that are not."""

    kind: Literal["filled"]
    parameters: tuple[Name, ...] = Field(min_length=1)


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


class Ordered(RuleBase):
    """In each group of parameters, the values do not fall from one to the next (min, average, max)."""

    kind: Literal["ordered"]
    groups: tuple[tuple[Name, ...], ...] = Field(min_length=1)
    when_blank: str | None = None


class SameResult(RuleBase):
    """A parameter of the record and a result in the LIMS are the same number; a silent source is a finding too."""

    kind: Literal["same_result"]
    pairs: dict[str, str] = Field(min_length=1)


class CheckCharacter(RuleBase):
    """A donation number carries the check character of ISO 7064 mod 37-2 (ISBT 128)."""

    kind: Literal["check_character"]
    number: Name
    character: Name


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


class MasterAspect(StrEnum):
    """What of the master record is compared."""

    PRESENT = "present"
    UNIT = "unit"
    LIMITS = "limits"
    VALUE = "value"


class Master(RuleBase):
    """The parameters of the record against those of the master record that stands in the rule file."""

    kind: Literal["master"]
    aspect: MasterAspect
    entries: dict[str, tuple[str, float | None, float | None]] = Field(default_factory=dict, exclude=True)


class Elapsed(RuleBase):
    """The time between two moments of the batch lies within a window, in hours."""

    kind: Literal["elapsed"]
    start: Name
    end: Name
    least_hours: float = 0.0
    most_hours: float = Field(gt=0)


class Head(RuleBase):
    """These fields of the batch record's head are filled in."""

    kind: Literal["head"]
    fields: tuple[Name, ...] = Field(min_length=1)


class PatternHead(RuleBase):
    """A field of the head, where it is filled in, has this form (no repeats without bound: no backtracking)."""

    kind: Literal["pattern_head"]
    field: Name
    pattern: Annotated[
        str, Field(max_length=100, pattern=r"^(?:[A-Za-z0-9 _-]|\\.|\[[A-Za-z0-9_-]+\](?:\{\d{1,2}\})?)+$")
    ]


class DayOrderHead(RuleBase):
    """One day of the head is not after another."""

    kind: Literal["day_order_head"]
    earlier: Name
    later: Name
