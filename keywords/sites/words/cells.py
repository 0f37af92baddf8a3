"""How a product writes numbers and times, and what stands in a column of its lists."""

import re
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from keywords.sites.words.base import Pattern, Words


class NumberWords(Words):
    """How numbers are written: the decimal sign, and the sign between groups of three digits (empty for none)."""

    decimal: str = Field(default=".", pattern=r"^[.,٫]$")
    thousands: str = Field(default="", pattern=r"^[., '’\u00a0\u202f]?$")

    @model_validator(mode="after")
    def _two_signs(self) -> "NumberWords":
        if self.decimal == self.thousands:
            raise ValueError("'decimal' and 'thousands' can't be the same sign")
        return self


class Kind(StrEnum):
    """What a column holds, so that it can be read in one way only."""

    TEXT = "text"
    NUMBER = "number"
    VALUE = "value"
    """A number where it looks like one (also after < or >), text otherwise: a laboratory's result."""
    DATE = "date"
    TIME = "time"


class CellForm(StrEnum):
    """Where in a cell its value stands."""

    TEXT = "text"
    FIELD = "field"
    ICON = "icon"


class Raised(StrEnum):
    """What small raised or lowered signs in a cell are."""

    NOTE = "note"
    POWER = "power"


class Norm(StrEnum):
    """In which way two writings of a value count as equal, for filter, key and read-back alike."""

    ZEROS = "leading zeros"
    CASE = "case"
    BLANKS = "blanks"
    UNIT = "unit"


class ColumnWords(Words):
    """One column of a list.

    `header` is what stands above it, `under` the header above that one, `nth` which of several of that name counts
    from the left. `format` is how a date or time is written (strptime), `zone` where its clock is; `numbers` replaces
    the product's. `icons` gives the value for an icon's accessible name. `normalise` says which writings are equal.
    `part` takes one part of a cell that holds several things, as the only group of an expression for the whole cell.
    `clipped` says that its width may cut off a text, of which the whole counts.
    """

    header: str
    under: str = ""
    nth: int | None = Field(default=None, ge=1)
    type: Kind = Kind.TEXT
    cell: CellForm = CellForm.TEXT
    numbers: NumberWords | None = None
    format: str = ""
    zone: str = ""
    unit: str = ""
    icons: dict[str, str] = Field(default_factory=dict)
    raised: Raised | None = None
    part: Pattern = ""
    clipped: bool = False
    normalise: tuple[Norm, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"'{zone}' is no time zone, such as Europe/Berlin") from error
        return zone

    @model_validator(mode="after")
    def _times_have_a_form(self) -> "ColumnWords":
        if self.type is Kind.DATE and not self.format:
            raise ValueError(f"column '{self.header}' is a date and needs its format, such as '%d.%m.%Y'")
        if self.type is Kind.TIME and self.format and "%z" not in self.format and not self.zone:
            raise ValueError(f"column '{self.header}' is a time without a zone in its format: say 'zone'")
        if self.part and re.compile(self.part).groups != 1:
            raise ValueError(f"'part' of column '{self.header}' needs one group, round what is taken")
        if Norm.UNIT in self.normalise and not self.unit:
            raise ValueError(f"column '{self.header}' compares without its unit: say 'unit'")
        return self


def as_column(given: Any) -> Any:
    """A column given by its header alone."""
    return {"header": given} if isinstance(given, str) else given
