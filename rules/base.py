"""What every rule says about itself. Unknown fields are refused: a slip of the pen never makes a silent rule."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=120)]
Value = float | str
Window = tuple[float, float]
"""The lowest and the highest value that a rule allows, both allowed; infinite where it sets no limit."""


Jurisdiction = Literal["US", "EU", "UK", "CH", "any"]


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


@dataclass(frozen=True)
class Reads:
    """The names in the facts that a rule asks for, so that a slip of the pen is refused when the rule is loaded."""

    fields: tuple[str, ...] = ()
    """Fields of an entry of the rule's own list."""
    others: tuple[str, ...] = ()
    """Fields of an entry of its other list."""
    head: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Places anywhere, dotted."""
    parameters: tuple[str, ...] = ()


class RuleBase(Strict):
    """What every rule says about itself."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,4}-[A-Z]{2,6}-\d{2,3}$")]
    kind: str
    title: Annotated[str, Field(min_length=5, max_length=120)]
    clause: Annotated[str, Field(min_length=3, max_length=160)]
    jurisdiction: Jurisdiction | tuple[Jurisdiction, ...] = "any"
    """Where it applies; several where one law was taken over by another country."""
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

    @property
    def applies_in(self) -> frozenset[str]:
        """The jurisdictions whose law it is; `any` stands for all."""
        named = (self.jurisdiction,) if isinstance(self.jurisdiction, str) else self.jurisdiction
        return frozenset(named)

    def reads(self) -> Reads:
        """The names in the facts that it asks for."""
        return Reads()

    def useless(self, *, has_master: bool) -> str:
        """Why it can never fire, or always does, as the rest of a sentence; nothing where it can do both."""
        del has_master
        return ""

    def windows(self) -> dict[str, Window]:
        """Parameters that it limits by fixed values, and between what."""
        return {}

    def choices(self) -> tuple[tuple[Any, ...], frozenset[str]] | None:
        """A place that it allows some texts alone, and these texts."""
        return None

    def trended(self) -> tuple[str, ...]:
        """Parameters whose values in earlier batches it asks for."""
        return ()


class Each(RuleBase):
    """A rule about the entries of a list or a table, those that `where` chooses, without those that `unless` names.

    An entry that says nothing in a field of `unless` stays in: in doubt it is judged.
    """

    each: Name
    name: Name
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def chooses(self) -> bool:
        """Whether it is about some entries only."""
        return bool(self.where or self.unless)


def itself(one: str, other: str) -> str:
    """Why a comparison of two names is useless; nothing where they are two."""
    return f"compares {one!r} with itself, so it says the same of every batch" if one == other else ""
