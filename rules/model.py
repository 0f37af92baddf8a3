"""What a rule file may say: the closed family of kinds, and the file that holds them."""

from typing import Annotated

from pydantic import Field, model_validator

from rules.model_base import Each, Examples, RuleBase, Severity, Strict
from rules.model_entries import (
    Complete,
    DayOrder,
    Different,
    Enumeration,
    Expiry,
    LotStatus,
    Match,
    Members,
    NotFuture,
    Pattern,
    Presence,
    Range,
    Same,
    Sequence,
    TableValues,
    TestedAfter,
    TimeOrder,
    Unique,
    WithinStep,
)
from rules.model_expression import Expression
from rules.model_more import HeadAmong, Quantity, Repeats, Role, SameQuantity, Trend
from rules.model_values import (
    CheckCharacter,
    DayOrderHead,
    Elapsed,
    Filled,
    Head,
    Limit,
    Master,
    MasterAspect,
    Ordered,
    PatternHead,
    Recompute,
    SameResult,
)

Rule = Annotated[
    CheckCharacter
    | Complete
    | DayOrder
    | DayOrderHead
    | Different
    | Elapsed
    | Enumeration
    | Expiry
    | Expression
    | Filled
    | Head
    | HeadAmong
    | Limit
    | LotStatus
    | Master
    | Match
    | Members
    | NotFuture
    | Ordered
    | Pattern
    | PatternHead
    | Presence
    | Quantity
    | Range
    | Recompute
    | Repeats
    | Role
    | Same
    | SameQuantity
    | SameResult
    | Sequence
    | TableValues
    | TestedAfter
    | TimeOrder
    | Trend
    | Unique
    | WithinStep,
    Field(discriminator="kind"),
]


class RuleFile(Strict):
    """One rule set as it stands in a file."""

    rule_set: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: str
    master: dict[str, tuple[str, float | None, float | None]] = Field(default_factory=dict)
    """Parameters of the master record: name to unit, lower and upper limit."""
    shape: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Facts beyond those of a batch record that these rules ask for: place or list to its fields."""
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


__all__ = [
    "CheckCharacter",
    "Complete",
    "DayOrder",
    "DayOrderHead",
    "Different",
    "Each",
    "Elapsed",
    "Enumeration",
    "Examples",
    "Expiry",
    "Expression",
    "Filled",
    "Head",
    "HeadAmong",
    "Limit",
    "LotStatus",
    "Master",
    "MasterAspect",
    "Match",
    "Members",
    "NotFuture",
    "Ordered",
    "Pattern",
    "PatternHead",
    "Presence",
    "Quantity",
    "Range",
    "Recompute",
    "Repeats",
    "Role",
    "Rule",
    "RuleBase",
    "RuleFile",
    "Same",
    "SameQuantity",
    "SameResult",
    "Sequence",
    "Severity",
    "Strict",
    "TableValues",
    "TestedAfter",
    "TimeOrder",
    "Trend",
    "Unique",
    "WithinStep",
]
