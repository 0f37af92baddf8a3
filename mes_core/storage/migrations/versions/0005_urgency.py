"""Work items know until when they are of use, and before when a retry makes no sense."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; items of before have all the time in the world."""
    if has_column("work_items", "due_at"):
        return
    op.add_column("work_items", sa.Column("due_at", sa.String(200), nullable=False, server_default="9999-12-31"))
    op.add_column("work_items", sa.Column("not_before", sa.Text, nullable=True))
    op.create_index("work_items_by_urgency", "work_items", ["state", "due_at", "place"])


def downgrade() -> None:
    """Keep them: the audit trail vouches for these rows, and the older program does not look at the columns."""
