"""The executed batch record, in the shape of ISA-88: procedure, unit procedures, operations, with what they used.

Quantities carry a unit (UCUM-like text, as pint reads it); times are zone-aware and kept in UTC.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

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
    """Base of all messages: immutable, and unknown fields are refused rather than dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", allow_inf_nan=False)


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
    value: Figure | None = None
    unit: str = "1"
    low: Figure | None = None
    high: Figure | None = None
    recorded_at: Instant | None = None
    recorded_by: str | None = None


class MaterialUse(Message):
    """One lot of a material used in one step."""

    material_id: Code
    name: str
    lot: Code
    quantity: Figure | None = None
    unit: str = "1"
    expires_on: Day | None = None
    used_at: Instant | None = None
    step_id: Code | None = None


class Equipment(Message):
    """One piece of equipment as it was when used; `calibration_due` is the last day on which it may be used."""

    equipment_id: Code
    name: str
    calibrated_on: Day | None = None
    calibration_due: Day | None = None
    used_from: Instant | None = None
    used_to: Instant | None = None


class Sample(Message):
    """A sample taken from the batch; the patient code and donation number are those on its label."""

    sample_id: Code
    purpose: str
    step_id: Code | None = None
    taken_at: Instant | None = None
    patient_code: str | None = None
    donation_number: DonationNumber = None


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
    donation_number: DonationNumber = None
    donation_check: str | None = None
    apheresis_at: Instant | None = None
    manufactured_at: Instant | None = None
    expires_at: Instant | None = None
    treatment_centre: str | None = None
    infusion_planned_on: Day | None = None
    markets: tuple[str, ...] = ()
    source: str = "api"
    steps: tuple[Step, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    materials: tuple[MaterialUse, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    samples: tuple[Sample, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    signatories: tuple[Signatory, ...] = ()


_SHAPES = (BatchRecord, Step, Parameter, MaterialUse, Equipment, Sample, Deviation, Signatory)


def _fields(kind: str, of: str | None = None) -> frozenset[str]:
    found = set()
    for shape in _SHAPES:
        for name, field in shape.model_json_schema()["properties"].items():
            choices = field.get("anyOf", [field])
            if any(one.get("type") == kind and one.get("items", {}).get("type") == of for one in choices):
                found.add(name)
    return frozenset(found)


NUMBERS = _fields("number")
"""Fields anywhere in a record that hold a number."""
LISTS = _fields("array", "string")
"""Fields that hold several names."""
