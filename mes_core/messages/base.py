"""What all messages share: their base, and how times, days, numbers and names are taken."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from mes_core.messages.bounds import bounded
from mes_core.spelling.donations import stored_form
from mes_core.spelling.times import in_utc, read_day, read_time


def _time(value: Any) -> Any:
    """Digits are no time: `20270301` would be read as seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("a time is a text like 2027-03-01T08:00:00Z")
    return read_time(value)


def _day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("a day is a text like 2027-03-01")
    return read_day(value)


def _whole(value: Any) -> Any:
    """A text or a yes is no number, and a number whose digits a float can't hold would be another one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is written without quotes")
    if isinstance(value, int) and abs(value) > 2**53 and (value.bit_length() > 1000 or int(float(value)) != value):
        raise ValueError("it has more digits than a number keeps: if it names something, it is a text")
    return value


def _donation(value: str | None) -> str | None:
    """One form for one donation; what does not fit its check character stays as it stood, for the review to find."""
    try:
        return (stored_form(value) or value) if value else value
    except ValueError:
        return value


Instant = Annotated[AwareDatetime, BeforeValidator(_time), AfterValidator(in_utc)]
"""A point in time with a zone, normalised to UTC; digits alone and a time without a zone are refused."""

Day = Annotated[date, BeforeValidator(_day)]
"""A day of the plant's calendar, as `2027-03-01`."""

Figure = Annotated[float, BeforeValidator(_whole)]
"""A finite number, given as one."""

DonationNumber = Annotated[str | None, AfterValidator(_donation)]
"""The 13 characters of an ISBT 128 donation number, whichever of its forms came; other numbers as they are."""

Code = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+-]*( [A-Za-z0-9._:/+-]+)*$")
]
"""A short identifier that is safe in an address, a file name and a spreadsheet cell.

No space at its end and no two in a row: what a person can't tell apart must not be two things."""


BatchNumber = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*( [A-Za-z0-9._+-]+)*$")
]
"""A code without `/` and `:`: it is a part of addresses and of business keys."""


class Message(BaseModel):
    """Base of all messages: immutable, bounded, and unknown fields are refused rather than dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", allow_inf_nan=False)
    _bounded: ClassVar[bool] = True

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema with the bounds of `mes_core.messages.bounds`."""
        schema = handler(source)
        return bounded(schema) if cls._bounded else schema


class View(Message):
    """What the MES shows. It has no bounds: what was stored before there were any must not keep a list from showing."""

    _bounded: ClassVar[bool] = False
