"""The facts that each verdict rests on, so that history can be reviewed again under other rules."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; verdicts from before have no facts and can't be replayed."""
    if has_table("facts"):
        return
    op.create_table(
        "facts",
        sa.Column("facts_hash", sa.String(200), primary_key=True),
        sa.Column("batch_id", sa.String(200), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Keep the table: verdicts rest on it."""
