"""Audit entries vouch for rows by seals; checkpoints; guards on everything that only grows, on both kinds of store."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from mes_core.domain.audit import GENESIS, entry_hash, seal
from mes_core.storage import guards
from mes_core.storage.migrations.there import has_column

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As of this migration: tables, the columns of their keys, and columns that the seal leaves out.
_SEALED: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "batches": (("batch_id",), frozenset({"record"})),
    "record_versions": (("batch_id", "version"), frozenset({"record"})),
    "observations": (("batch_id", "system", "name"), frozenset()),
    "verdicts": (("verdict_id",), frozenset()),
    "facts": (("facts_hash",), frozenset()),
    "findings": (("finding_id",), frozenset()),
    "holds": (("hold_id",), frozenset()),
    "deviations": (("batch_id", "deviation_key"), frozenset()),
    "dispositions": (("disposition_id",), frozenset()),
    "shipments": (("batch_id",), frozenset()),
    "filings": (("filing_id",), frozenset()),
    "work_items": (("item_id",), frozenset()),
    "effects": (("effect_id",), frozenset()),
    "signatures": (("signature_id",), frozenset()),
    "approvals": (("approval_id",), frozenset()),
    "accounts": (("user",), frozenset({"failures", "locked_until"})),
}


def upgrade() -> None:
    """Add the column, the table and the guards; rows of before are sealed once, by an entry of their chain."""
    connection = op.get_bind()
    # A store that was taken down to an earlier version keeps the column: entries written with seals need it.
    first = not has_column("audit", "seals")
    if first:
        op.add_column("audit", sa.Column("seals", sa.Text, nullable=True))
        op.create_table(
            "checkpoints",
            sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("made_at", sa.String(200), nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("number"),
        )
        _seal_rows(connection)
    if connection.dialect.name == "sqlite":
        for table, keys in guards.GROWING.items():
            for statement in guards.sqlite_guards(table, keys):
                op.execute(statement)
    else:
        op.execute(guards.postgresql_function())
        for table in ("audit", *guards.GROWING):
            for statement in guards.postgresql_guards(table):
                op.execute(statement)


def downgrade() -> None:
    """Take off the guards; column and checkpoints stay, for the entries that were written with them."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    tables = guards.GROWING if sqlite else ("audit", *guards.GROWING)
    for table in tables:
        for statement in guards.sqlite_unguard(table) if sqlite else guards.postgresql_unguard(table):
            op.execute(statement)
    if not sqlite:
        op.execute("DROP FUNCTION batchwright_refuse()")


def _seal_rows(connection: sa.Connection) -> None:
    told: dict[str, dict[str, str]] = {}
    tables = sa.MetaData()
    for name, (key, leave_out) in _SEALED.items():
        table = sa.Table(name, tables, autoload_with=connection)
        for row in connection.execute(sa.select(table)).mappings():
            chain = "system:users" if name == "accounts" else row["batch_id"]
            row_name = "/".join((name, *(str(row[column]) for column in key)))
            told.setdefault(chain, {})[row_name] = seal(dict(row), leave_out=leave_out)
    audit = sa.Table("audit", tables, autoload_with=connection)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    for chain, seals in sorted(told.items()):
        newest = sa.select(audit).where(audit.c.batch_id == chain).order_by(audit.c.number.desc()).limit(1)
        last = connection.execute(newest).mappings().first()
        entry: dict[str, Any] = {
            "batch_id": chain,
            "number": last["number"] + 1 if last else 1,
            "at": at,
            "user": "migration 0006",
            "action": "rows sealed",
            "subject": "store",
            "old": None,
            "new": None,
            "why": "Rows from before the audit trail vouched for rows.",
            "seals": json.dumps(seals, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
            "previous_hash": last["entry_hash"] if last else GENESIS,
        }
        connection.execute(audit.insert(), [{**entry, "entry_hash": entry_hash(entry)}])
