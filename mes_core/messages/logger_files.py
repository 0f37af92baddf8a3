"""Files of temperature loggers: what a maker calls its columns, the file that a person read out, and what it says."""

from typing import Literal

from pydantic import Field, model_validator

from mes_core.messages.base import Figure, Instant, Message, View
from mes_core.messages.signatures import Signed


class LoggerColumns(Message):
    """Where the files of a logger hold what: columns of CSV or keys of JSON, unit, interval; makers publish no format.

    `serial` is the logger's own, without which nobody could say whose file it is. `decimal` is the mark before the
    decimals, where a file does not tell by itself; `errors` are readings, in the file's unit, that stand for nothing
    measured, besides those that common sensors write. It measures once an hour at least: what was between two readings
    nobody knows.
    """

    time: str = Field(min_length=1, max_length=80)
    temperature: str = Field(min_length=1, max_length=80)
    serial: str = Field(min_length=1, max_length=80)
    shipper: str = Field(default="", max_length=80)
    points: str = Field(default="points", min_length=1, max_length=80)
    unit: Literal["C", "F"] = "C"
    interval_min: Figure = Field(gt=0, le=60)
    decimal: Literal["point", "comma"] | None = None
    errors: tuple[Figure, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _one_unit(self) -> "LoggerColumns":
        named = {"F": ("°F", "degF", "Fahrenheit"), "C": ("°C", "degC", "Celsius")}
        other = "F" if self.unit == "C" else "C"
        if any(one.casefold() in self.temperature.casefold() for one in named[other]):
            raise ValueError(f"the column {self.temperature!r} is not in {self.unit}")
        return self


class SignLoggerFile(Signed):
    """The file of a journey's logger, as a person read it out after the shipper was unloaded: CSV or JSON."""

    content: str = Field(min_length=1, max_length=900_000)
    reason: str = Field(default="Read out after the shipper was unloaded.", min_length=3, max_length=1000)


class LoggerFileView(View):
    """What a logger's file says of a journey, Celsius and minutes.

    `minutes_above` are those above each limit of the product's stability budget between packing and receipt, by limit;
    `over` those that the budget does not allow. Where the file does not tell how warm it was, `unknown` says why and
    there are no figures. `sha256` is of the file's text.
    """

    batch_id: str
    number: int
    logger: str
    shipper: str
    since: Instant
    until: Instant
    readings: int
    coldest_c: float | None
    warmest_c: float | None
    budget: dict[str, float]
    minutes_above: dict[str, float]
    over: dict[str, float]
    unknown: str
    sha256: str
    read_by: str
    read_at: Instant
    signature_id: str | None


class LoggerFile(LoggerFileView):
    """The same with the file's own text, to be looked at."""

    content: str
