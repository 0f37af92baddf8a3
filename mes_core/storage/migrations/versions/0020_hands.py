"""Who has what: notes on causes that hold batches, which only grow, the owner of what is due; steps of items."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage import guards
from mes_core.storage.migrations.there import has_column, has_table

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLE, _KEYS = "cause_notes", (("batch_id", "rule", "number"),)


def upgrade() -> None:
    """Make table and column, unless a way down left them, and put the guards on."""
    if not has_column("due_items", "owner"):
        op.add_column("due_items", sa.Column("owner", sa.Text, nullable=True))
    if not has_column("leases", "steps"):
        op.add_column("leases", sa.Column("steps", sa.Text, nullable=True))
    if not has_table(_TABLE):
        op.create_table(
            _TABLE,
            *(sa.Column(name, sa.String(200), nullable=False) for name in ("batch_id", "rule")),
            sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("act", sa.String(200), nullable=False),
            *(sa.Column(name, sa.Text, nullable=True) for name in ("owner", "owner_name")),
            sa.Column("text", sa.Text, nullable=False),
            *(sa.Column(name, sa.String(200), nullable=False) for name in ("noted_by", "printed_name", "noted_at")),
            sa.PrimaryKeyConstraint("batch_id", "rule", "number"),
        )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in guards.sqlite_guards(_TABLE, _KEYS) if sqlite else guards.postgresql_guards(_TABLE):
        op.execute(statement)


def downgrade() -> None:
    """Take off the guards; table and column stay, for what people wrote."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in guards.sqlite_unguard(_TABLE) if sqlite else guards.postgresql_unguard(_TABLE):
        op.execute(statement)
