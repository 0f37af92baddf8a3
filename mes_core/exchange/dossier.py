"""All that a report of a batch shows, as tables of texts and numbers: one source for every printed form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mes_core.messages import BatchRecord
from mes_core.messages import views as v
from mes_core.messages.record import RECORD_LISTS
from mes_core.messages.signatures import SignatureView

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """One table: its title, its columns, its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Dossier:
    """What is known of one batch."""

    record: BatchRecord
    batch: v.BatchView
    verdicts: tuple[v.VerdictView, ...]
    deviations: tuple[v.DeviationView, ...]
    signatures: tuple[SignatureView, ...]
    audit: tuple[v.AuditEntry, ...]


def tables(dossier: Dossier) -> tuple[Table, ...]:
    """Everything in the order in which it is read: the head, decisions, the record, the trail."""
    record, newest = dossier.record, dossier.verdicts[0] if dossier.verdicts else None
    findings = newest.findings if newest else ()
    found = [
        (
            one.finding.rule,
            one.finding.severity.value,
            one.finding.text,
            one.status,
            one.closure.value if one.closure else None,
            one.reason,
            one.printed_name,
            cell(one.closed_at),
        )
        for one in findings
    ]
    return (
        _head(dossier, newest),
        Table(
            "Findings of the newest verdict",
            ("rule", "severity", "text", "status", "closure", "reason", "closed by", "closed at"),
            tuple(found),
        ),
        _models("Deviations, investigations, corrective actions", dossier.deviations),
        _models("Signatures", dossier.signatures),
        *(_models(f"Record: {name}", getattr(record, name)) for name in RECORD_LISTS),
        _models("Audit trail", dossier.audit),
    )


def _head(dossier: Dossier, newest: v.VerdictView | None) -> Table:
    batch = dossier.batch
    head = dossier.record.model_dump(mode="json")
    rows: list[tuple[Cell, ...]] = [
        (name.replace("_", " "), cell(value)) for name, value in head.items() if not _is_items(value)
    ]
    rows += [("state", batch.state.value), ("record version", batch.record_version), ("record hash", batch.record_hash)]
    rows.append(("verdict", newest.verdict.verdict.value if newest else None))
    if newest:
        rows.append(("rule set", f"{newest.verdict.rule_set} {newest.verdict.rule_set_version}"))
    if batch.disposition:
        signed = batch.disposition
        rows.append(("disposition", f"{signed.disposition.value}, {signed.printed_name}, {cell(signed.signed_at)}"))
    return Table("Batch", ("field", "value"), tuple(rows))


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def _models(title: str, items: Iterable[BaseModel]) -> Table:
    listed = list(items)
    if not listed:
        return Table(title, (), ())
    columns = tuple(type(listed[0]).model_fields)
    rows = tuple(tuple(cell(getattr(one, name)) for name in columns) for one in listed)
    return Table(title, tuple(name.replace("_", " ") for name in columns), rows)


def cell(value: Any) -> Cell:
    """A value as one cell: numbers stay numbers, times are ISO texts in UTC."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value)
    return str(value)
