"""Gates of a supply outside of specification, settings of the plant, versions of master records and their batches."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage import guards
from mes_core.storage.migrations.there import has_table

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_GROWING = {
    "supply_gates": (("batch_id", "gate"),),
    "plant_settings": (("number",),),
    "master_bindings": (("batch_id",),),
}


def _ids(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.String(200), nullable=False) for name in names]


def _text(name: str, *, may_be_empty: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=may_be_empty)


def upgrade() -> None:
    """Make the tables, unless a way down left them, and their guards."""
    if not has_table("supply_gates"):
        _make_tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, keys in _GROWING.items():
        for statement in guards.sqlite_guards(table, keys) if sqlite else guards.postgresql_guards(table):
            op.execute(statement)


def _make_tables() -> None:
    op.create_table(
        "supply_gates",
        *_ids("batch_id", "gate", "reference", "given_by", "given_at"),
        _text("text"),
        *_ids("recorded_by", "printed_name", "recorded_at", "signature_id"),
        sa.PrimaryKeyConstraint("batch_id", "gate"),
    )
    op.create_table(
        "plant_settings",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *_ids("name", "value"),
        _text("reason"),
        *_ids("set_by", "printed_name", "set_at", "signature_id"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "master_records",
        *_ids("master_id", "batch_id", "name", "version"),
        _text("title"),
        *_ids("content_hash"),
        _text("document"),
        *_ids("state", "prepared_by", "registered_at"),
        *(
            _text(name, may_be_empty=True)
            for name in ("effective_on", "approved_by", "printed_name", "approved_at", "signature_id")
        ),
        sa.PrimaryKeyConstraint("master_id"),
    )
    op.create_index("master_records_by_name", "master_records", ["name", "version"], unique=True)
    op.create_table(
        "master_bindings",
        *_ids("batch_id", "master_id", "content_hash", "bound_at"),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("master_bindings_by_master", "master_bindings", ["master_id"])


def downgrade() -> None:
    """Take off the guards; the tables stay, for what people signed."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _GROWING:
        for statement in guards.sqlite_unguard(table) if sqlite else guards.postgresql_unguard(table):
            op.execute(statement)
