"""Filings by licence, product, case, event or batch; events, licences, drafts, answers. Phantom filings are ended.

Before, each shipment was filed for itself, some of it under names that no law asks for. What is open of these is
withdrawn with its reason by an entry of its chain, and the work items that would have sent it are cancelled. What was
sent stays as it is: it happened.
"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from mes_core.domain.audit import GENESIS, entry_hash, seal
from mes_core.storage import guards
from mes_core.storage.migrations.there import has_column, has_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_GROWING = {
    "filing_events": (("event_id", "version"),),
    "filing_drafts": (("filing_id", "number"),),
    "filing_answers": (("filing_id", "number"),),
    "licences": (("licence_id", "version"),),
}
_PHANTOMS = {
    "Traceability record": "Regulation (EC) 1394/2007 Art. 15 asks to keep the data for 30 years, not to file them.",
    "Shipment notification": "No law that is known here asks for the notification of a shipment to an authority.",
    "Distribution report": "21 CFR 600.81 asks for one report for each licence and half-year, not for each batch.",
}
_REPORT = "Biological product deviation report"
_ADDED = (
    *("clock_id", "unit_kind", "jurisdiction", "authority", "plan_by", "begins", "ends", "undecided", "draft_hash"),
    *("approved_by", "approved_at", "signature_id", "accepted_at", "answer"),
)


def _id(name: str, *, key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(200), nullable=False, primary_key=key)


def _number(name: str, *, key: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, autoincrement=False, nullable=False, primary_key=key)


def _text(name: str, *, may_be_empty: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=may_be_empty)


def upgrade() -> None:
    """Make columns and tables, unless a way down left them, end the phantoms once, and put the guards on."""
    if not has_column("filings", "clock_id"):
        _add_columns()
    if not has_table("filing_events"):
        _make_tables()
        _end_phantoms(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, keys in _GROWING.items():
        for statement in guards.sqlite_guards(table, keys) if sqlite else guards.postgresql_guards(table):
            op.execute(statement)


def _add_columns() -> None:
    for name in _ADDED:
        op.add_column("filings", sa.Column(name, sa.Text, nullable=True))
    for name in ("unit", "event_id"):
        op.add_column("filings", sa.Column(name, sa.String(200), nullable=True))
    for name in ("version", "draft_number", "attempt"):
        op.add_column("filings", sa.Column(name, sa.Integer, nullable=True))
    op.create_index("filings_by_status", "filings", ["status"])
    op.create_index("filings_by_event", "filings", ["event_id"])
    op.create_index("filings_by_unit", "filings", ["unit"])


def _make_tables() -> None:
    op.create_table(
        "filing_events",
        _id("event_id", key=True),
        _number("version", key=True),
        *(_id(name) for name in ("batch_id", "kind", "source", "source_key")),
        sa.Column("case_id", sa.String(200), nullable=True),
        _id("state"),
        _text("document"),
        *(_id(name) for name in ("recorded_at", "recorded_by")),
        *(_text(name, may_be_empty=True) for name in ("reason", "signature_id")),
    )
    op.create_index("filing_events_by_source", "filing_events", ["source", "source_key"])
    op.create_index("filing_events_by_batch", "filing_events", ["batch_id", "kind"])
    op.create_index("filing_events_by_case", "filing_events", ["case_id"])
    op.create_table(
        "filing_drafts",
        _id("filing_id", key=True),
        _number("number", key=True),
        *(_id(name) for name in ("batch_id", "content_hash")),
        _text("document"),
        *(_id(name) for name in ("drafted_at", "drafted_by")),
    )
    op.create_table(
        "filing_answers",
        _id("filing_id", key=True),
        _number("number", key=True),
        *(_id(name) for name in ("batch_id", "kind")),
        _number("attempt"),
        *(_id(name) for name in ("reference", "at")),
        _text("reasons"),
        _text("document_sha256", may_be_empty=True),
        *(_id(name) for name in ("recorded_at", "recorded_by")),
    )
    op.create_table(
        "licences",
        _id("licence_id", key=True),
        _number("version", key=True),
        *(_id(name) for name in ("batch_id", "jurisdiction", "product")),
        _text("document"),
        *(_id(name) for name in ("recorded_at", "recorded_by", "signature_id")),
    )
    op.create_index("licences_by_product", "licences", ["product", "jurisdiction"])


def _end_phantoms(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    filings = sa.Table("filings", tables, autoload_with=connection)
    items = sa.Table("work_items", tables, autoload_with=connection)
    found = sa.select(filings).where(filings.c.status == "open").order_by(filings.c.batch_id, filings.c.place)
    told: dict[str, list[tuple[str, str, str, dict[str, str]]]] = {}
    for row in [dict(one) for one in connection.execute(found).mappings()]:
        phantom = _PHANTOMS.get(row["form"])
        if phantom:
            changed: dict[str, Any] = {"status": "withdrawn", "answer": phantom}
        elif row["form"] == _REPORT:
            changed = {"clock_id": "US-BPD", "unit_kind": "event", "unit": row["filing_id"], "jurisdiction": "US"}
            changed |= {"authority": "FDA", "version": 1, "attempt": 0}
        else:
            continue
        mine = filings.c.filing_id == row["filing_id"]
        connection.execute(filings.update().where(mine).values(**changed))
        seals = {f"filings/{row['filing_id']}": seal({**row, **changed})}
        what = "filing withdrawn" if phantom else "filing waits for approval"
        why = phantom or "A person approves a report before it is submitted."
        seals |= _cancel_item(connection, items, row["filing_id"])
        told.setdefault(row["batch_id"], []).append((what, row["filing_id"], why, seals))
    for chain, entries in sorted(told.items()):
        _tell(connection, tables, chain, entries)


def _cancel_item(connection: sa.Connection, items: sa.Table, filing_id: str) -> dict[str, str]:
    mine = items.c.business_key == f"file:{filing_id}"
    row = connection.execute(sa.select(items).where(mine)).mappings().first()
    if row is None or row["state"] not in ("queued", "waiting"):
        return {}
    changed = {"state": "cancelled", "finished_at": datetime.now(UTC).isoformat(timespec="microseconds")}
    connection.execute(items.update().where(mine).values(**changed))
    return {f"work_items/{row['item_id']}": seal({**row, **changed})}


def _tell(
    connection: sa.Connection, tables: sa.MetaData, chain: str, entries: list[tuple[str, str, str, dict[str, str]]]
) -> None:
    audit = sa.Table("audit", tables, autoload_with=connection)
    newest = sa.select(audit).where(audit.c.batch_id == chain).order_by(audit.c.number.desc()).limit(1)
    last = connection.execute(newest).mappings().first()
    number, previous = (last["number"], last["entry_hash"]) if last else (0, GENESIS)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    for place, (action, subject, why, seals) in enumerate(entries, start=number + 1):
        entry: dict[str, Any] = {
            "batch_id": chain,
            "number": place,
            "at": at,
            "user": "migration 0016",
            "action": action,
            "subject": subject,
            "old": json.dumps("open"),
            "new": None,
            "why": why,
            "seals": json.dumps(seals, sort_keys=True, separators=(",", ":")),
            "previous_hash": previous,
        }
        entry["entry_hash"] = previous = entry_hash(entry)
        connection.execute(audit.insert(), [entry])


def downgrade() -> None:
    """Take off the guards; columns and tables stay, for what people signed."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _GROWING:
        for statement in guards.sqlite_unguard(table) if sqlite else guards.postgresql_unguard(table):
            op.execute(statement)
