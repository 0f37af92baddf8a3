"""Requests hashed with passwords are forgotten; sessions, accounts, the clock, and batch numbers that look alike."""

import sqlalchemy as sa
from alembic import op

from mes_core.domain.batch_numbers import skeleton
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
    if not has_column("batches", "skeleton"):
        op.add_column("batches", sa.Column("skeleton", sa.String(200), nullable=True))
        op.create_index("batches_by_skeleton", "batches", ["skeleton"])
    batches = sa.table("batches", sa.column("batch_id", sa.String), sa.column("skeleton", sa.String))
    connection = op.get_bind()
    for batch_id in list(connection.execute(sa.select(batches.c.batch_id)).scalars()):
        alike = batches.update().where(batches.c.batch_id == batch_id).values(skeleton=skeleton(batch_id))
        connection.execute(alike)
    if not has_table("clock"):
        op.create_table(
            "clock",
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("at", sa.String(200), nullable=False),
            sa.PrimaryKeyConstraint("name"),
        )


def downgrade() -> None:
    """Leave columns and table: the program before does not look at them."""
