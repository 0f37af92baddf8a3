"""What every rule says about itself. Unknown fields are refused: a slip of the pen never makes a silent rule."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=120)]
Value = float | str


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Severity(StrEnum):
    """Critical and major findings hold a batch; minor ones inform."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Examples(Strict):
    """Facts on which the rule is satisfied, and facts on which it is not: its unit tests."""

    passing: tuple[dict[str, Any], ...] = Field(min_length=1)
    failing: tuple[dict[str, Any], ...] = Field(min_length=1)


class RuleBase(Strict):
    """What every rule says about itself."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,4}-[A-Z]{2,6}-\d{2,3}$")]
    title: Annotated[str, Field(min_length=5, max_length=120)]
    clause: Annotated[str, Field(min_length=3, max_length=160)]
    jurisdiction: Literal["US", "EU", "any"] = "any"
    status: Literal["final", "draft"] = "final"
    effective_from: date | None = None
    effective_until: date | None = None
    """The last day on which it applies."""
    to_verify: bool = False
    severity: Severity
    proposes_reject: bool = False
    text: Annotated[str, Field(min_length=10, max_length=400)]
    next_step: Annotated[str, Field(min_length=5, max_length=300)]
    examples: Examples


class Each(RuleBase):
    """A rule about the entries of a list or a table, some of them where `where` says so."""

    each: Name
    name: Name
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
