"""Effects say under which lease, and when, a request for them was last let out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; effects of before were let out at an unknown time, so they count as let out when made."""
    op.add_column("effects", sa.Column("epoch", sa.Integer, nullable=True))
    op.add_column("effects", sa.Column("acted_at", sa.Text, nullable=True))
    op.execute("UPDATE effects SET acted_at = created_at")


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("effects") as table:
        table.drop_column("acted_at")
        table.drop_column("epoch")
