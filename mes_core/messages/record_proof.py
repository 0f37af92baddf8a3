"""What proves a batch record: labels, custody, orders, tests of donors and lots, qualifications, logs, stores.

Quantities carry a unit; times are zone-aware and kept in UTC.
"""

from collections.abc import Mapping

from mes_core.messages.base import Code, Day, DonationNumber, Figure, Instant, Message


class Label(Message):
    """A label with what stands on it, as it was read back after printing and applying."""

    label_id: Code
    container: str
    step_id: Code | None = None
    patient_code: str | None = None
    donation_number: DonationNumber = None
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
    donation_number: DonationNumber = None
    result: str | None = None


class Order(Message):
    """The treatment order, and whether the patient still is fit for it (`fit`: Yes or No, as confirmed)."""

    order_id: Code
    patient_code: str | None = None
    product_code: str | None = None
    indication: str | None = None
    weight_kg: Figure | None = None
    weighed_on: Day | None = None
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
    shipper_qualified_until: Day | None = None
    logger_id: Code | None = None
    logger_calibration_due: Day | None = None
    seal_sent: str | None = None
    seal_received: str | None = None
    packed_at: Instant | None = None
    received_at: Instant | None = None
    received_by: str | None = None
    minutes_outside: Figure | None = None
    assessment: str | None = None


class LotCertificate(Message):
    """The release of a lot by its maker, with its test for replication-competent virus where it is a vector."""

    certificate_id: Code
    material_id: Code
    lot: Code
    released_on: Day | None = None
    released_by: str | None = None
    replication_competent_virus: str | None = None


class Method(Message):
    """A test method of the laboratory as it is approved: validated from a day on, until it is reviewed again.

    `kind` is compendial, rapid or in-house; a rapid one names its `qualification` against the compendial one.
    """

    method_id: Code
    test: str
    kind: str
    validated_on: Day | None = None
    valid_until: Day | None = None
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
    valid_from: Day | None = None
    valid_until: Day | None = None


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
    peak: Figure | None = None
    acknowledged_by: str | None = None
    assessment: str | None = None


class Importer(Message):
    """Who answers for the product in a market outside of the maker's own jurisdiction.

    `role` is that in which the responsible person stands on the licence: QP in the Union, RPi (or QP) in Great Britain,
    FvP in Switzerland. That person confirmed at `confirmed_at` that this batch may come in. `import_tests` says how the
    Union's demand of tests upon import is met (Directive 2001/83/EC, Art. 51).
    """

    market: Code
    name: str | None = None
    licence: str | None = None
    licence_valid_until: Day | None = None
    responsible_person: str | None = None
    role: str | None = None
    confirmed_at: Instant | None = None
    import_tests: str | None = None


STAFF: Mapping[str, tuple[str, ...]] = {
    "steps": ("performer", "checker"),
    "parameters": ("recorded_by",),
    "labels": ("read_by", "checked_by"),
    "transports": ("received_by",),
    "investigations": ("concluded_by",),
    "equipment_log": ("done_by", "checked_by"),
    "clearances": ("cleared_by", "checked_by"),
    "storage_moves": ("done_by",),
    "storage_alarms": ("acknowledged_by",),
}
"""Fields of the record's lists that name somebody of the plant who had a part in the batch: they don't judge it.

Of an equipment's log, only the lines about this batch are its own.
"""
OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "handovers": ("given_by", "received_by"),
    "orders": ("ordered_by", "fit_confirmed_by"),
    "certificates": ("released_by",),
}
"""Fields that also name couriers, physicians and makers, who have no account: whoever has one had a part, too."""
