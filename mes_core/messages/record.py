"""The executed batch record, in the shape of ISA-88: procedure, unit procedures, operations, with what they used.

Quantities carry a unit (UCUM-like text, as pint reads it); times are zone-aware and kept in UTC.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from mes_core.messages.bounds import bounded


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this time lies outside the years 1 to 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A point in time with a zone, normalised to UTC; a time without a zone is refused."""

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


class RecordKind(StrEnum):
    """What sort of product the record is about; it selects the rule set of the review."""

    CAR_T = "car_t"
    TABLET = "tablet"


class Step(Message):
    """One executed operation. `performer` and `checker` are account names; a missing one is None, never blank."""

    step_id: Code
    unit_procedure: str
    operation: str
    name: str
    started_at: Instant | None = None
    ended_at: Instant | None = None
    performer: str | None = None
    performed_at: Instant | None = None
    checker: str | None = None
    checked_at: Instant | None = None
    equipment_ids: tuple[Code, ...] = ()


class Parameter(Message):
    """One recorded value. `text` is what stood in the source, untouched; `value` its number where it is one.

    `low` and `high` are the limits of the master record, in `unit`; both ends are allowed.
    """

    name: Code
    step_id: Code | None = None
    text: str | None = None
    value: float | None = None
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    recorded_at: Instant | None = None
    recorded_by: str | None = None


class MaterialUse(Message):
    """One lot of a material used in one step."""

    material_id: Code
    name: str
    lot: Code
    quantity: float | None = None
    unit: str = "1"
    expires_on: date | None = None
    used_at: Instant | None = None
    step_id: Code | None = None


class Equipment(Message):
    """One piece of equipment as it was when used; `calibration_due` is the last day on which it may be used."""

    equipment_id: Code
    name: str
    calibrated_on: date | None = None
    calibration_due: date | None = None
    used_from: Instant | None = None
    used_to: Instant | None = None


class Sample(Message):
    """A sample taken from the batch; the patient code and donation number are those on its label."""

    sample_id: Code
    purpose: str
    step_id: Code | None = None
    taken_at: Instant | None = None
    patient_code: str | None = None
    donation_number: str | None = None


class Deviation(Message):
    """A departure from the master record that was noted while the batch was made; open while `closed_at` is None."""

    deviation_id: Code
    title: str
    severity: str = "minor"
    opened_at: Instant | None = None
    closed_at: Instant | None = None
    assessment: str | None = None


class Signatory(Message):
    """One line of the record's log of signatures: whose account it is, and the role in which that person may sign."""

    account: Code
    printed_name: str
    role: str


class BatchRecord(Message):
    """The executed master batch record of one batch.

    `kind` selects the rule set; `markets` are destination markets (ISO 3166 codes, or EU) and select jurisdictions.
    """

    batch_id: BatchNumber
    kind: RecordKind
    product: str
    product_code: str
    master_record: str
    master_record_version: str
    procedure: str
    patient_code: str | None = None
    donation_number: str | None = None
    donation_check: str | None = None
    apheresis_at: Instant | None = None
    manufactured_at: Instant | None = None
    expires_at: Instant | None = None
    treatment_centre: str | None = None
    infusion_planned_on: date | None = None
    markets: tuple[str, ...] = ()
    source: str = "api"
    steps: tuple[Step, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    materials: tuple[MaterialUse, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    samples: tuple[Sample, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    signatories: tuple[Signatory, ...] = ()
