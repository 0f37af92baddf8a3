"""Requests that were carried out, so that the same one again is not; the queue finds its last place by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "requests",
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("request_key", sa.String(200), nullable=False),
        sa.Column("request_hash", sa.String(200), nullable=False),
        sa.Column("at", sa.String(200), nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("answer", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("user", "request_key"),
    )
    op.create_index("work_items_by_place", "work_items", ["place"])


def downgrade() -> None:
    """Drop them: they are for a day."""
    op.drop_index("work_items_by_place", "work_items")
    op.drop_table("requests")
