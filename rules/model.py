"""What a rule file may say: unknown fields are refused, so that a slip of the pen never makes a silent rule."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1, max_length=120)]
Value = float | str


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Severity(StrEnum):
    """Critical and major findings hold a batch; minor ones inform."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Examples(_Strict):
    """Facts on which the rule is satisfied, and facts on which it is not: its unit tests."""

    passing: tuple[dict[str, Any], ...] = Field(min_length=1)
    failing: tuple[dict[str, Any], ...] = Field(min_length=1)


class RuleBase(_Strict):
    """What every rule says about itself."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,4}-[A-Z]{2,6}-\d{2,3}$")]
    title: Annotated[str, Field(min_length=5, max_length=120)]
    clause: Annotated[str, Field(min_length=3, max_length=160)]
    jurisdiction: Literal["US", "EU", "any"] = "any"
    status: Literal["final", "draft"] = "final"
    effective_from: date | None = None
    to_verify: bool = False
    severity: Severity
    proposes_reject: bool = False
    text: Annotated[str, Field(min_length=10, max_length=400)]
    next_step: Annotated[str, Field(min_length=5, max_length=300)]
    examples: Examples


class _Each(RuleBase):
    each: Name
    name: Name
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Presence(_Each):
    """Every entry has every one of these fields filled in."""

    kind: Literal["presence"]
    fields: tuple[Name, ...] = Field(min_length=1)


class Filled(RuleBase):
    """Each of these parameters is there and filled in; one finding names all that are not."""

    kind: Literal["filled"]
    parameters: tuple[Name, ...] = Field(min_length=1)


class Range(_Each):
    """The number of every entry lies between its limits; a limit is a number or the field that holds it."""

    kind: Literal["range"]
    value: Name
    low: Value | None = None
    high: Value | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "Range":
        if self.low is None and self.high is None:
            raise ValueError("a range needs low or high, or it can never fire")
        if isinstance(self.low, float) and isinstance(self.high, float) and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self


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


class Enumeration(_Each):
    """A field of every entry is one of these."""

    kind: Literal["enumeration"]
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)


class Different(_Each):
    """Two fields of an entry are not the same (performer and checker, analyst and reviewer)."""

    kind: Literal["different"]
    fields: tuple[Name, Name]


class TimeOrder(_Each):
    """The times of an entry do not go backwards, and lie within a window where one is given."""

    kind: Literal["time_order"]
    fields: tuple[Name, ...] = Field(min_length=2)
    within_hours: float | None = Field(default=None, gt=0)


class Sequence(_Each):
    """Entries follow one another: each starts no earlier than the one before it ended."""

    kind: Literal["sequence"]
    start: Name
    end: Name
    numbered: bool = False


class Expiry(_Each):
    """What was used had not expired, or run out of calibration, when it was used."""

    kind: Literal["expiry"]
    until: Name
    used: tuple[Name, ...] = Field(min_length=1)


class Complete(_Each):
    """Every one of these names is among the entries."""

    kind: Literal["complete"]
    field: Name
    required: tuple[str, ...] = Field(min_length=1)


class Unique(_Each):
    """No two entries have the same fields."""

    kind: Literal["unique"]
    fields: tuple[Name, ...] = Field(min_length=1)


class Same(_Each):
    """A field of every entry is what the batch record's head says."""

    kind: Literal["same"]
    field: Name
    as_: Annotated[str, Field(alias="as")]


class Match(_Each):
    """Every entry has its counterpart in another table, with the same values."""

    kind: Literal["match"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    equal: dict[str, str] = Field(default_factory=dict)


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


Rule = Annotated[
    Presence
    | Filled
    | Range
    | Limit
    | Ordered
    | Enumeration
    | Different
    | TimeOrder
    | Sequence
    | Expiry
    | Complete
    | Unique
    | Same
    | Match
    | SameResult
    | CheckCharacter
    | Recompute
    | Elapsed
    | Master,
    Field(discriminator="kind"),
]


class RuleFile(_Strict):
    """One rule set as it stands in a file."""

    rule_set: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: str
    master: dict[str, tuple[str, float | None, float | None]] = Field(default_factory=dict)
    """Parameters of the master record: name to unit, lower and upper limit."""
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _hand_out_master(self) -> "RuleFile":
        for name, (_, low, high) in self.master.items():
            if low is not None and high is not None and low > high:
                raise ValueError(f"master parameter {name}: low {low:g} is above high {high:g}")
        for rule in self.rules:
            if isinstance(rule, Master):
                rule.entries.update(self.master)
        return self
