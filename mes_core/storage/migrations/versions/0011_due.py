"""Conditional release, what is due, and the register of certifications, with an entry for each release of before."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from mes_core.domain.audit import GENESIS, entry_hash, seal
from mes_core.storage import guards
from mes_core.storage.migrations.there import has_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_GROWING = {"due_notices": (("notice_id",),), "register": (("number",), ("disposition_id",))}
_CHAIN = "system:register"


def _id(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(200), nullable=False)


def _text(name: str, *, may_be_empty: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=may_be_empty)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, autoincrement=False, nullable=False)


def upgrade() -> None:
    """Make the tables, unless a way down left them; their guards; and the register of what was released before."""
    if not has_table("register"):
        _make_tables()
        _enter_releases(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, keys in _GROWING.items():
        for statement in guards.sqlite_guards(table, keys) if sqlite else guards.postgresql_guards(table):
            op.execute(statement)


def _make_tables() -> None:
    nothing = ("reported_at", "noted_at", "noted_by", "source")
    op.create_table(
        "conditions",
        *(_id(name) for name in ("batch_id", "test", "state")),
        _text("so_far"),
        *(_id(name) for name in ("expected_at", "opened_at", "disposition_id")),
        *(_text(name, may_be_empty=True) for name in nothing),
        sa.PrimaryKeyConstraint("batch_id", "test"),
    )
    op.create_table(
        "due_items",
        *(_id(name) for name in ("due_id", "batch_id", "kind")),
        *(_text(name) for name in ("subject", "text")),
        _id("role"),
        _text("clause"),
        *(_id(name) for name in ("opened_at", "due_at", "state")),
        _number("level"),
        *(_text(name, may_be_empty=True) for name in ("done_at", "done_by", "note", "signature_id")),
        sa.PrimaryKeyConstraint("due_id"),
    )
    op.create_index("due_items_by_time", "due_items", ["state", "due_at"])
    op.create_index("due_items_by_batch", "due_items", ["batch_id", "due_at"])
    op.create_table(
        "due_notices",
        *(_id(name) for name in ("notice_id", "due_id", "batch_id")),
        _number("level"),
        _id("to_role"),
        _text("text"),
        *(_id(name) for name in ("planned_at", "told_at")),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    op.create_index("due_notices_by_item", "due_notices", ["due_id", "level"])
    op.create_table(
        "register",
        _number("number"),
        *(_id(name) for name in ("batch_id", "certification", "disposition_id", "record_hash")),
        _text("signature_id", may_be_empty=True),
        *(_id(name) for name in ("certified_by", "printed_name", "entered_at")),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("register_by_batch", "register", ["batch_id", "number"])
    op.create_index("register_by_disposition", "register", ["disposition_id"], unique=True)


def _enter_releases(connection: sa.Connection) -> None:
    """What was released before there was a register of its own is entered now, told by one entry of its chain."""
    asked = "SELECT disposition_id, batch_id, document FROM dispositions ORDER BY disposition_id"
    signed = [(*row[:2], json.loads(row[2])) for row in connection.exec_driver_sql(asked).fetchall()]
    released = [row for row in signed if row[2]["disposition"] == "released"]
    released.sort(key=lambda row: (row[2]["signed_at"], row[0]))
    if not released:
        return
    rows: list[dict[str, Any]] = [
        {
            "number": number,
            "batch_id": batch_id,
            "certification": "released",
            "disposition_id": disposition_id,
            "record_hash": said["record_hash"],
            "signature_id": None,
            "certified_by": said["signed_by"],
            "printed_name": said["printed_name"],
            "entered_at": said["signed_at"],
        }
        for number, (disposition_id, batch_id, said) in enumerate(released, start=1)
    ]
    table = sa.table("register", *(sa.column(name) for name in rows[0]))
    connection.execute(table.insert(), rows)
    entry: dict[str, Any] = {
        "batch_id": _CHAIN,
        "number": 1,
        "at": rows[-1]["entered_at"],
        "user": "migration",
        "action": "releases entered",
        "subject": "register",
        "old": None,
        "new": json.dumps({"entries": len(rows)}),
        "why": "What was released before the register was a table of its own.",
        "seals": json.dumps({f"register/{row['number']}": seal(row) for row in rows}),
        "previous_hash": GENESIS,
    }
    entry["entry_hash"] = entry_hash(entry)
    audit = sa.table("audit", *(sa.column(name) for name in entry))
    connection.execute(audit.insert(), [entry])


def downgrade() -> None:
    """Take off the guards; the tables stay, for what people signed."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _GROWING:
        for statement in guards.sqlite_unguard(table) if sqlite else guards.postgresql_unguard(table):
            op.execute(statement)
