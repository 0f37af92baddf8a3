"""Results as an instrument's file gives them, and what an import of such a file did."""

from typing import Literal

from pydantic import Field

from mes_core.messages.record import Figure, Instant, Message
from mes_core.spelling.numbers import written


class InstrumentResult(Message):
    """One measured quantity of one sample.

    `place` counts the results of the file from 1. `test` is the name of the quantity in the Allotrope Simple Model,
    with the analyte before it where there is one; `about` says of what part it is (target, well), as far as known.
    `sign` makes the value a bound (`<` with 0.05: below the limit of detection); `error` are the instrument's own words
    against the result.
    """

    place: int = Field(ge=1)
    sample_id: str = Field(min_length=1, max_length=200)
    batch_id: str | None = None
    test: str = Field(min_length=1, max_length=300)
    value: Figure
    sign: Literal["", "<", "<=", ">", ">="] = ""
    error: str = Field(default="", max_length=2000)
    unit: str = Field(min_length=1, max_length=80)
    measured_at: Instant
    analyst: str = ""
    device: str = ""
    about: str = ""

    @property
    def text(self) -> str:
        """The result as rules read it: `91.5`, or `< 0.05`."""
        return f"{self.sign} {written(self.value)}".strip()


class InstrumentFile(Message):
    """All results of one file; `left_out` are quantities that it names without a number."""

    name: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    converter: str
    results: tuple[InstrumentResult, ...]
    left_out: tuple[str, ...] = ()


class InstrumentImport(Message):
    """What an import did: results taken by batch, results that were there already, and what was left out, with why."""

    taken: dict[str, int]
    unchanged: int
    left_out: tuple[str, ...]
