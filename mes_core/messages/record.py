"""The executed batch record, in the shape of ISA-88: procedure, unit procedures, operations, with what they used.

Quantities carry a unit (UCUM-like text, as pint reads it); times are zone-aware and kept in UTC.
"""

from enum import StrEnum

from mes_core.messages.base import BatchNumber as BatchNumber
from mes_core.messages.base import Code as Code
from mes_core.messages.base import Day as Day
from mes_core.messages.base import DonationNumber as DonationNumber
from mes_core.messages.base import Figure as Figure
from mes_core.messages.base import Instant as Instant
from mes_core.messages.base import Message as Message
from mes_core.messages.base import View as View
from mes_core.messages.record_proof import (
    Clearance,
    DonorTest,
    Handover,
    Importer,
    Investigation,
    Label,
    LogEntry,
    LotCertificate,
    Method,
    Order,
    Qualification,
    StorageAlarm,
    StorageMove,
    Transport,
)


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
    donation_number: DonationNumber = None
    donation_check: str | None = None
    apheresis_at: Instant | None = None
    manufactured_at: Instant | None = None
    expires_at: Instant | None = None
    treatment_centre: str | None = None
    treatment_zone: str | None = None
    """Time zone of the treatment centre (IANA name): the infusion day is counted there."""
    indication: str | None = None
    infusion_planned_on: Day | None = None
    made_in: str | None = None
    """Country in which the batch was made (ISO 3166 code): a market of another jurisdiction imports it."""
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


_SHAPES = (
    BatchRecord,
    Step,
    Parameter,
    MaterialUse,
    Equipment,
    Sample,
    Deviation,
    Signatory,
    Label,
    Handover,
    Order,
    DonorTest,
    Transport,
    LotCertificate,
    Method,
    Investigation,
    Qualification,
    LogEntry,
    Clearance,
    StorageMove,
    StorageAlarm,
    Importer,
)


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
