"""What rules and people say of a batch.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class VerdictRow(TypedDict):
    """A row of `verdicts`."""

    verdict_id: str
    batch_id: str
    number: int
    record_hash: str
    record_version: int
    observations_hash: str
    reviewed_at: str
    reviewed_by: str
    verdict: str
    document: str


class VerdictColumns(TypedDict, total=False):
    """Some columns of `verdicts`."""

    verdict_id: str
    batch_id: str
    number: int
    record_hash: str
    record_version: int
    observations_hash: str
    reviewed_at: str
    reviewed_by: str
    verdict: str
    document: str


class VerdictQuery(VerdictColumns, Paging, total=False):
    """Which rows of `verdicts`."""


class FindingRow(TypedDict):
    """A row of `findings`."""

    finding_id: str
    verdict_id: str
    batch_id: str
    place: int
    severity: str
    fingerprint: str
    status: str
    document: str
    closure: str | None
    reason: str | None
    closed_by: str | None
    printed_name: str | None
    closed_at: str | None


class FindingColumns(TypedDict, total=False):
    """Some columns of `findings`."""

    finding_id: str
    verdict_id: str
    batch_id: str
    place: int
    severity: str
    fingerprint: str
    status: str
    document: str
    closure: str | None
    reason: str | None
    closed_by: str | None
    printed_name: str | None
    closed_at: str | None


class FindingQuery(FindingColumns, Paging, total=False):
    """Which rows of `findings`."""


class HoldRow(TypedDict):
    """A row of `holds`."""

    hold_id: str
    batch_id: str
    hold_key: str
    kind: str
    reason: str
    opened_at: str
    opened_by: str
    lifted_at: str | None
    lifted_by: str | None
    lift_reason: str | None


class HoldColumns(TypedDict, total=False):
    """Some columns of `holds`."""

    hold_id: str
    batch_id: str
    hold_key: str
    kind: str
    reason: str
    opened_at: str
    opened_by: str
    lifted_at: str | None
    lifted_by: str | None
    lift_reason: str | None


class HoldQuery(HoldColumns, Paging, total=False):
    """Which rows of `holds`."""


class DeviationRow(TypedDict):
    """A row of `deviations`."""

    batch_id: str
    deviation_key: str
    title: str
    severity: str
    opened_at: str
    opened_by: str
    finding_id: str | None
    kind: str | None
    parent_key: str | None
    closed_at: str | None
    closed_by: str | None
    printed_name: str | None
    outcome: str | None
    conclusion: str | None
    signature_id: str | None


class DeviationColumns(TypedDict, total=False):
    """Some columns of `deviations`."""

    batch_id: str
    deviation_key: str
    title: str
    severity: str
    opened_at: str
    opened_by: str
    finding_id: str | None
    kind: str | None
    parent_key: str | None
    closed_at: str | None
    closed_by: str | None
    printed_name: str | None
    outcome: str | None
    conclusion: str | None
    signature_id: str | None


class DeviationQuery(DeviationColumns, Paging, total=False):
    """Which rows of `deviations`."""


class DispositionRow(TypedDict):
    """A row of `dispositions`."""

    disposition_id: str
    batch_id: str
    number: int
    document: str


class DispositionColumns(TypedDict, total=False):
    """Some columns of `dispositions`."""

    disposition_id: str
    batch_id: str
    number: int
    document: str


class DispositionQuery(DispositionColumns, Paging, total=False):
    """Which rows of `dispositions`."""


class ConditionRow(TypedDict):
    """A row of `conditions`."""

    batch_id: str
    test: str
    state: str
    so_far: str
    expected_at: str
    opened_at: str
    disposition_id: str
    reported_at: str | None
    noted_at: str | None
    noted_by: str | None
    source: str | None


class ConditionColumns(TypedDict, total=False):
    """Some columns of `conditions`."""

    batch_id: str
    test: str
    state: str
    so_far: str
    expected_at: str
    opened_at: str
    disposition_id: str
    reported_at: str | None
    noted_at: str | None
    noted_by: str | None
    source: str | None


class ConditionQuery(ConditionColumns, Paging, total=False):
    """Which rows of `conditions`."""


class SupplyGateRow(TypedDict):
    """A row of `supply_gates`."""

    batch_id: str
    gate: str
    reference: str
    given_by: str
    given_at: str
    text: str
    recorded_by: str
    printed_name: str
    recorded_at: str
    signature_id: str


class SupplyGateColumns(TypedDict, total=False):
    """Some columns of `supply_gates`."""

    batch_id: str
    gate: str
    reference: str
    given_by: str
    given_at: str
    text: str
    recorded_by: str
    printed_name: str
    recorded_at: str
    signature_id: str


class SupplyGateQuery(SupplyGateColumns, Paging, total=False):
    """Which rows of `supply_gates`."""


class RegisterRow(TypedDict):
    """A row of `register`."""

    number: int
    batch_id: str
    certification: str
    disposition_id: str
    record_hash: str
    signature_id: str | None
    certified_by: str
    printed_name: str
    entered_at: str


class RegisterColumns(TypedDict, total=False):
    """Some columns of `register`."""

    number: int
    batch_id: str
    certification: str
    disposition_id: str
    record_hash: str
    signature_id: str | None
    certified_by: str
    printed_name: str
    entered_at: str


class RegisterQuery(RegisterColumns, Paging, total=False):
    """Which rows of `register`."""


class CauseNoteRow(TypedDict):
    """A row of `cause_notes`."""

    batch_id: str
    rule: str
    number: int
    act: str
    owner: str | None
    owner_name: str | None
    text: str
    noted_by: str
    printed_name: str
    noted_at: str


class CauseNoteColumns(TypedDict, total=False):
    """Some columns of `cause_notes`."""

    batch_id: str
    rule: str
    number: int
    act: str
    owner: str | None
    owner_name: str | None
    text: str
    noted_by: str
    printed_name: str
    noted_at: str


class CauseNoteQuery(CauseNoteColumns, Paging, total=False):
    """Which rows of `cause_notes`."""
