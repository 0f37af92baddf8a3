"""Kinds of rules about the entries of lists and tables."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rules.model_base import Each, Name, Value


class Presence(Each):
    """Every entry has every one of these fields filled in."""

    kind: Literal["presence"]
    fields: tuple[Name, ...] = Field(min_length=1)


class Range(Each):
    """The number of every entry lies between its limits; a limit is a number or the field that holds it."""

    kind: Literal["range"]
    value: Name
    low: Value | None = None
    high: Value | None = None
    strict: bool = False
    """Whether the limits themselves are outside."""

    @model_validator(mode="after")
    def _sensible(self) -> "Range":
        if self.low is None and self.high is None:
            raise ValueError("a range needs low or high, or it can never fire")
        if isinstance(self.low, float) and isinstance(self.high, float) and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self


class Enumeration(Each):
    """A field of every entry is one of these."""

    kind: Literal["enumeration"]
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)


class Different(Each):
    """Two fields of an entry are not the same (performer and checker, analyst and reviewer)."""

    kind: Literal["different"]
    fields: tuple[Name, Name]


class TimeOrder(Each):
    """The times of an entry do not go backwards, and lie within a window where one is given."""

    kind: Literal["time_order"]
    fields: tuple[Name, ...] = Field(min_length=2)
    within_hours: float | None = Field(default=None, gt=0)


class Sequence(Each):
    """Entries follow one another: each starts no earlier than the one before it ended."""

    kind: Literal["sequence"]
    start: Name
    end: Name
    numbered: bool = False


class Expiry(Each):
    """What was used had not expired, or run out of calibration, when it was used."""

    kind: Literal["expiry"]
    until: Name
    used: tuple[Name, ...] = Field(min_length=1)


class Complete(Each):
    """Every one of these names is among the entries; `in_order` asks for their order instead of their presence."""

    kind: Literal["complete"]
    field: Name
    required: tuple[str, ...] = Field(min_length=1)
    in_order: bool = False


class Unique(Each):
    """No two entries have the same fields."""

    kind: Literal["unique"]
    fields: tuple[Name, ...] = Field(min_length=1)


class Same(Each):
    """A field of every entry is what the batch record's head says."""

    kind: Literal["same"]
    field: Name
    as_: Annotated[str, Field(alias="as")]


class Match(Each):
    """Every entry has its counterpart in another table, with the same values."""

    kind: Literal["match"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    equal: dict[str, str] = Field(default_factory=dict)


class NotFuture(Each):
    """No time of an entry lies after the review."""

    kind: Literal["not_future"]
    fields: tuple[Name, ...] = Field(min_length=1)


class Pattern(Each):
    """A name of an entry does not begin like those of bots and shared accounts (case does not matter)."""

    kind: Literal["pattern"]
    fields: tuple[Name, ...] = Field(min_length=1)
    forbidden: tuple[str, ...] = Field(min_length=1)


class WithinStep(Each):
    """The time of an entry lies within the step that it names."""

    kind: Literal["within_step"]
    at: Name
    start: Name
    end: Name


class DayOrder(Each):
    """One day of an entry is there and not after another."""

    kind: Literal["day_order"]
    earlier: Name
    later: Name


class Members(Each):
    """Every name in a field's list is known in another list."""

    kind: Literal["members"]
    field: Name
    other: Name
    other_name: Name


class TestedAfter(Each):
    """The time of an entry is not before that of the entry of another list that it names."""

    kind: Literal["tested_after"]
    at: Name
    on: Name
    other: Name
    other_at: Name


class TableValues(Each):
    """A field of an entry is what stands for its key; entries with another key are left alone."""

    kind: Literal["table_values"]
    key: Name
    field: Name
    expected: dict[str, str] = Field(min_length=1)


class LotStatus(Each):
    """A field of an entry's counterpart in another table is one of these; without a counterpart another rule speaks."""

    kind: Literal["lot_status"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)
