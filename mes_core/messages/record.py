"""The executed batch record, in the shape of ISA-88: procedure, unit procedures, operations, with what they used.

Quantities carry a unit (UCUM-like text, as pint reads it); times are zone-aware and kept in UTC.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


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


class Label(Message):
    """A label with what stands on it, as it was read back after printing and applying."""

    label_id: Code
    container: str
    step_id: Code | None = None
    patient_code: str | None = None
    donation_number: str | None = None
    batch_id: str | None = None
    product_code: str | None = None
    expires_at: Instant | None = None
    statements: tuple[str, ...] = ()
    read_at: Instant | None = None
    read_by: str | None = None
    checked_by: str | None = None


class Handover(Message):
    """The cells pass from one hand, place or container to the next; codes are those that were scanned then."""

    handover_id: Code
    occasion: str
    step_id: Code | None = None
    at: Instant | None = None
    given_by: str | None = None
    received_by: str | None = None
    patient_code: str | None = None
    donation_number: str | None = None
    result: str | None = None


class Order(Message):
    """The treatment order, and whether the patient still is fit for it (`fit`: Yes or No, as confirmed)."""

    order_id: Code
    patient_code: str | None = None
    product_code: str | None = None
    indication: str | None = None
    weight_kg: float | None = None
    weighed_on: date | None = None
    ordered_by: str | None = None
    ordered_at: Instant | None = None
    fit: str | None = None
    fit_confirmed_by: str | None = None
    fit_confirmed_at: Instant | None = None


class DonorTest(Message):
    """A test of the donor for a relevant communicable disease."""

    test_id: Code
    test: str
    result: str | None = None
    sampled_at: Instant | None = None
    laboratory: str | None = None


class Transport(Message):
    """A transport that reached the plant; `minutes_outside` is the time outside of its temperature limits."""

    transport_id: Code
    leg: str
    shipper_id: Code | None = None
    shipper_qualified_until: date | None = None
    logger_id: Code | None = None
    logger_calibration_due: date | None = None
    seal_sent: str | None = None
    seal_received: str | None = None
    packed_at: Instant | None = None
    received_at: Instant | None = None
    received_by: str | None = None
    minutes_outside: float | None = None
    assessment: str | None = None


class LotCertificate(Message):
    """The release of a lot by its maker, with its test for replication-competent virus where it is a vector."""

    certificate_id: Code
    material_id: Code
    lot: Code
    released_on: date | None = None
    released_by: str | None = None
    replication_competent_virus: str | None = None


class Method(Message):
    """A test method of the laboratory as it is approved: validated from a day on, until it is reviewed again.

    `kind` is compendial, rapid or in-house; a rapid one names its `qualification` against the compendial one.
    """

    method_id: Code
    test: str
    kind: str
    validated_on: date | None = None
    valid_until: date | None = None
    qualification: str | None = None


class Investigation(Message):
    """The investigation of a laboratory result: what the cause was, and which result is reported because of it."""

    investigation_id: Code
    test: str
    original_result: Code | None = None
    reported_result: Code | None = None
    cause: str | None = None
    opened_at: Instant | None = None
    concluded_at: Instant | None = None
    concluded_by: str | None = None
    conclusion: str | None = None


class Qualification(Message):
    """What an account's owner is qualified for: gowning, aseptic process simulation, training."""

    qualification_id: Code
    account: Code
    kind: str
    scope: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class LogEntry(Message):
    """A line of an equipment's log: cleaning or use, by whom, checked by whom, and how long it counts as clean."""

    entry_id: Code
    equipment_id: Code
    activity: str
    batch_id: str | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    clean_until: Instant | None = None
    done_by: str | None = None
    checked_by: str | None = None


class Clearance(Message):
    """The line was cleared of everything of another batch before a step."""

    clearance_id: Code
    step_id: Code
    cleared_at: Instant | None = None
    cleared_by: str | None = None
    checked_by: str | None = None
    result: str | None = None


class StorageMove(Message):
    """A container was out of nitrogen, from one time to another."""

    move_id: Code
    container: str
    left_at: Instant | None = None
    returned_at: Instant | None = None
    reason: str | None = None
    done_by: str | None = None


class StorageAlarm(Message):
    """An alarm of the store; `peak` is the warmest temperature, in degrees Celsius."""

    alarm_id: Code
    equipment_id: Code | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    peak: float | None = None
    acknowledged_by: str | None = None
    assessment: str | None = None


class Importer(Message):
    """Who answers for the product in a market outside of the maker's own jurisdiction."""

    market: Code
    name: str | None = None
    licence: str | None = None
    responsible_person: str | None = None


RECORD_LISTS = {
    "steps": "step_id",
    "parameters": "name",
    "materials": "material_id",
    "equipment": "equipment_id",
    "samples": "sample_id",
    "deviations": "deviation_id",
    "signatories": "account",
    "labels": "label_id",
    "handovers": "handover_id",
    "orders": "order_id",
    "donor_tests": "test_id",
    "transports": "transport_id",
    "certificates": "certificate_id",
    "methods": "method_id",
    "investigations": "investigation_id",
    "qualifications": "qualification_id",
    "equipment_log": "entry_id",
    "clearances": "clearance_id",
    "storage_moves": "move_id",
    "storage_alarms": "alarm_id",
    "importers": "market",
}
"""Lists of a record, and what names their items."""


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
    treatment_zone: str | None = None
    """Time zone of the treatment centre (IANA name): the infusion day is counted there."""
    indication: str | None = None
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
    labels: tuple[Label, ...] = ()
    handovers: tuple[Handover, ...] = ()
    orders: tuple[Order, ...] = ()
    donor_tests: tuple[DonorTest, ...] = ()
    transports: tuple[Transport, ...] = ()
    certificates: tuple[LotCertificate, ...] = ()
    methods: tuple[Method, ...] = ()
    investigations: tuple[Investigation, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    equipment_log: tuple[LogEntry, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    storage_moves: tuple[StorageMove, ...] = ()
    storage_alarms: tuple[StorageAlarm, ...] = ()
    importers: tuple[Importer, ...] = ()
