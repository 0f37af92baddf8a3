"""What a unit of work writes, by table.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from collections.abc import Iterable
from typing import Literal, Protocol, Unpack, overload

from mes_core.services.ports import rows


class Writes(Protocol):
    """Changes of rows."""

    @overload
    def add(self, table: Literal["batches"], rows: Iterable[rows.BatchRow]) -> None: ...
    @overload
    def add(self, table: Literal["record_versions"], rows: Iterable[rows.RecordVersionRow]) -> None: ...
    @overload
    def add(self, table: Literal["identities"], rows: Iterable[rows.IdentityRow]) -> None: ...
    @overload
    def add(self, table: Literal["observations"], rows: Iterable[rows.ObservationRow]) -> None: ...
    @overload
    def add(self, table: Literal["facts"], rows: Iterable[rows.FactRow]) -> None: ...
    @overload
    def add(self, table: Literal["master_records"], rows: Iterable[rows.MasterRecordRow]) -> None: ...
    @overload
    def add(self, table: Literal["master_bindings"], rows: Iterable[rows.MasterBindingRow]) -> None: ...
    @overload
    def add(self, table: Literal["verdicts"], rows: Iterable[rows.VerdictRow]) -> None: ...
    @overload
    def add(self, table: Literal["findings"], rows: Iterable[rows.FindingRow]) -> None: ...
    @overload
    def add(self, table: Literal["holds"], rows: Iterable[rows.HoldRow]) -> None: ...
    @overload
    def add(self, table: Literal["deviations"], rows: Iterable[rows.DeviationRow]) -> None: ...
    @overload
    def add(self, table: Literal["dispositions"], rows: Iterable[rows.DispositionRow]) -> None: ...
    @overload
    def add(self, table: Literal["conditions"], rows: Iterable[rows.ConditionRow]) -> None: ...
    @overload
    def add(self, table: Literal["supply_gates"], rows: Iterable[rows.SupplyGateRow]) -> None: ...
    @overload
    def add(self, table: Literal["register"], rows: Iterable[rows.RegisterRow]) -> None: ...
    @overload
    def add(self, table: Literal["cause_notes"], rows: Iterable[rows.CauseNoteRow]) -> None: ...
    @overload
    def add(self, table: Literal["shipments"], rows: Iterable[rows.ShipmentRow]) -> None: ...
    @overload
    def add(self, table: Literal["journey_records"], rows: Iterable[rows.JourneyRecordRow]) -> None: ...
    @overload
    def add(self, table: Literal["work_items"], rows: Iterable[rows.WorkItemRow]) -> None: ...
    @overload
    def add(self, table: Literal["leases"], rows: Iterable[rows.LeaseRow]) -> None: ...
    @overload
    def add(self, table: Literal["effects"], rows: Iterable[rows.EffectRow]) -> None: ...
    @overload
    def add(self, table: Literal["filings"], rows: Iterable[rows.FilingRow]) -> None: ...
    @overload
    def add(self, table: Literal["filing_events"], rows: Iterable[rows.FilingEventRow]) -> None: ...
    @overload
    def add(self, table: Literal["filing_drafts"], rows: Iterable[rows.FilingDraftRow]) -> None: ...
    @overload
    def add(self, table: Literal["filing_answers"], rows: Iterable[rows.FilingAnswerRow]) -> None: ...
    @overload
    def add(self, table: Literal["licences"], rows: Iterable[rows.LicenceRow]) -> None: ...
    @overload
    def add(self, table: Literal["accounts"], rows: Iterable[rows.AccountRow]) -> None: ...
    @overload
    def add(self, table: Literal["aliases"], rows: Iterable[rows.AliasRow]) -> None: ...
    @overload
    def add(self, table: Literal["sessions"], rows: Iterable[rows.SessionRow]) -> None: ...
    @overload
    def add(self, table: Literal["signatures"], rows: Iterable[rows.SignatureRow]) -> None: ...
    @overload
    def add(self, table: Literal["proposals"], rows: Iterable[rows.ProposalRow]) -> None: ...
    @overload
    def add(self, table: Literal["approvals"], rows: Iterable[rows.ApprovalRow]) -> None: ...
    @overload
    def add(self, table: Literal["plant_settings"], rows: Iterable[rows.PlantSettingRow]) -> None: ...
    @overload
    def add(self, table: Literal["models"], rows: Iterable[rows.ModelRow]) -> None: ...
    @overload
    def add(self, table: Literal["predictions"], rows: Iterable[rows.PredictionRow]) -> None: ...
    @overload
    def add(self, table: Literal["drift_checks"], rows: Iterable[rows.DriftCheckRow]) -> None: ...
    @overload
    def add(self, table: Literal["audit"], rows: Iterable[rows.AuditRow]) -> None: ...
    @overload
    def add(self, table: Literal["checkpoints"], rows: Iterable[rows.CheckpointRow]) -> None: ...
    @overload
    def add(self, table: Literal["due_items"], rows: Iterable[rows.DueItemRow]) -> None: ...
    @overload
    def add(self, table: Literal["due_notices"], rows: Iterable[rows.DueNoticeRow]) -> None: ...
    @overload
    def add(self, table: Literal["requests"], rows: Iterable[rows.RequestRow]) -> None: ...
    @overload
    def add(self, table: Literal["clock"], rows: Iterable[rows.ClockRow]) -> None:
        """Insert rows."""

    @overload
    def change(
        self, table: Literal["batches"], where: rows.BatchColumns, **values: Unpack[rows.BatchColumns]
    ) -> int: ...
    @overload
    def change(
        self,
        table: Literal["record_versions"],
        where: rows.RecordVersionColumns,
        **values: Unpack[rows.RecordVersionColumns],
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["identities"], where: rows.IdentityColumns, **values: Unpack[rows.IdentityColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["observations"], where: rows.ObservationColumns, **values: Unpack[rows.ObservationColumns]
    ) -> int: ...
    @overload
    def change(self, table: Literal["facts"], where: rows.FactColumns, **values: Unpack[rows.FactColumns]) -> int: ...
    @overload
    def change(
        self,
        table: Literal["master_records"],
        where: rows.MasterRecordColumns,
        **values: Unpack[rows.MasterRecordColumns],
    ) -> int: ...
    @overload
    def change(
        self,
        table: Literal["master_bindings"],
        where: rows.MasterBindingColumns,
        **values: Unpack[rows.MasterBindingColumns],
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["verdicts"], where: rows.VerdictColumns, **values: Unpack[rows.VerdictColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["findings"], where: rows.FindingColumns, **values: Unpack[rows.FindingColumns]
    ) -> int: ...
    @overload
    def change(self, table: Literal["holds"], where: rows.HoldColumns, **values: Unpack[rows.HoldColumns]) -> int: ...
    @overload
    def change(
        self, table: Literal["deviations"], where: rows.DeviationColumns, **values: Unpack[rows.DeviationColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["dispositions"], where: rows.DispositionColumns, **values: Unpack[rows.DispositionColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["conditions"], where: rows.ConditionColumns, **values: Unpack[rows.ConditionColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["supply_gates"], where: rows.SupplyGateColumns, **values: Unpack[rows.SupplyGateColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["register"], where: rows.RegisterColumns, **values: Unpack[rows.RegisterColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["cause_notes"], where: rows.CauseNoteColumns, **values: Unpack[rows.CauseNoteColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["shipments"], where: rows.ShipmentColumns, **values: Unpack[rows.ShipmentColumns]
    ) -> int: ...
    @overload
    def change(
        self,
        table: Literal["journey_records"],
        where: rows.JourneyRecordColumns,
        **values: Unpack[rows.JourneyRecordColumns],
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["work_items"], where: rows.WorkItemColumns, **values: Unpack[rows.WorkItemColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["leases"], where: rows.LeaseColumns, **values: Unpack[rows.LeaseColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["effects"], where: rows.EffectColumns, **values: Unpack[rows.EffectColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["filings"], where: rows.FilingColumns, **values: Unpack[rows.FilingColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["filing_events"], where: rows.FilingEventColumns, **values: Unpack[rows.FilingEventColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["filing_drafts"], where: rows.FilingDraftColumns, **values: Unpack[rows.FilingDraftColumns]
    ) -> int: ...
    @overload
    def change(
        self,
        table: Literal["filing_answers"],
        where: rows.FilingAnswerColumns,
        **values: Unpack[rows.FilingAnswerColumns],
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["licences"], where: rows.LicenceColumns, **values: Unpack[rows.LicenceColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["accounts"], where: rows.AccountColumns, **values: Unpack[rows.AccountColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["aliases"], where: rows.AliasColumns, **values: Unpack[rows.AliasColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["sessions"], where: rows.SessionColumns, **values: Unpack[rows.SessionColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["signatures"], where: rows.SignatureColumns, **values: Unpack[rows.SignatureColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["proposals"], where: rows.ProposalColumns, **values: Unpack[rows.ProposalColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["approvals"], where: rows.ApprovalColumns, **values: Unpack[rows.ApprovalColumns]
    ) -> int: ...
    @overload
    def change(
        self,
        table: Literal["plant_settings"],
        where: rows.PlantSettingColumns,
        **values: Unpack[rows.PlantSettingColumns],
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["models"], where: rows.ModelColumns, **values: Unpack[rows.ModelColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["predictions"], where: rows.PredictionColumns, **values: Unpack[rows.PredictionColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["drift_checks"], where: rows.DriftCheckColumns, **values: Unpack[rows.DriftCheckColumns]
    ) -> int: ...
    @overload
    def change(self, table: Literal["audit"], where: rows.AuditColumns, **values: Unpack[rows.AuditColumns]) -> int: ...
    @overload
    def change(
        self, table: Literal["checkpoints"], where: rows.CheckpointColumns, **values: Unpack[rows.CheckpointColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["due_items"], where: rows.DueItemColumns, **values: Unpack[rows.DueItemColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["due_notices"], where: rows.DueNoticeColumns, **values: Unpack[rows.DueNoticeColumns]
    ) -> int: ...
    @overload
    def change(
        self, table: Literal["requests"], where: rows.RequestColumns, **values: Unpack[rows.RequestColumns]
    ) -> int: ...
    @overload
    def change(self, table: Literal["clock"], where: rows.ClockColumns, **values: Unpack[rows.ClockColumns]) -> int:
        """Set columns of the rows that match; returns how many there were."""
