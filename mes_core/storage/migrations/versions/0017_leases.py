"""Leases that are renewed while an item runs, and indexes by which a claim reads a page instead of the whole queue."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_table

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make table and indexes."""
    if not has_table("leases"):
        op.create_table(
            "leases",
            sa.Column("item_id", sa.String(200), nullable=False),
            sa.Column("epoch", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("until", sa.String(200), nullable=False),
            sa.PrimaryKeyConstraint("item_id"),
        )
    op.create_index("work_items_by_job", "work_items", ["state", "job", "due_at", "place"])
    op.create_index("work_items_by_retry", "work_items", ["state", "job", "not_before"])


def downgrade() -> None:
    """Take them away: a lease that is not renewed ends by itself."""
    op.drop_index("work_items_by_retry", "work_items")
    op.drop_index("work_items_by_job", "work_items")
    op.drop_table("leases")
