"""Work items know until when they are of use, and before when a retry makes no sense."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; items of before have all the time in the world."""
    op.add_column("work_items", sa.Column("due_at", sa.String(200), nullable=False, server_default="9999-12-31"))
    op.add_column("work_items", sa.Column("not_before", sa.Text, nullable=True))
    op.create_index("work_items_by_urgency", "work_items", ["state", "due_at", "place"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("work_items_by_urgency", "work_items")
    with op.batch_alter_table("work_items") as table:
        table.drop_column("not_before")
        table.drop_column("due_at")
