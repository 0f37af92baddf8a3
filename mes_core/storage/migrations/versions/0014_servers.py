"""Requests hashed with their passwords are forgotten; what sessions are for; accounts that are disabled; the clock."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column, has_table

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Answers to requests live for a day only: what was kept with a hash over a password goes now."""
    op.execute("DELETE FROM requests")
    for table, column in (("sessions", "audience"), ("accounts", "disabled_at")):
        if not has_column(table, column):
            op.add_column(table, sa.Column(column, sa.Text, nullable=True))
    if not has_table("clock"):
        op.create_table(
            "clock",
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("at", sa.String(200), nullable=False),
            sa.PrimaryKeyConstraint("name"),
        )


def downgrade() -> None:
    """Leave columns and table: the program before does not look at them."""
