"""Results as an instrument's file gives them, and what an import of such a file did."""

from pydantic import Field

from mes_core.messages.record import Instant, Message


class InstrumentResult(Message):
    """One measured quantity of one sample.

    `place` counts the results of the file from 1. `test` is the name of the quantity in the Allotrope Simple Model,
    with the analyte before it where there is one; `about` says of what part it is (target, well), as far as known.
    """

    place: int = Field(ge=1)
    sample_id: str = Field(min_length=1, max_length=200)
    batch_id: str | None = None
    test: str = Field(min_length=1, max_length=300)
    value: float
    unit: str = Field(min_length=1, max_length=80)
    measured_at: Instant
    analyst: str = ""
    device: str = ""
    about: str = ""


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
