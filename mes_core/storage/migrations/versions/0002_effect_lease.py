"""Effects say under which lease, and when, a request for them was last let out."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; effects of before were let out at an unknown time, so they count as let out when made."""
    if has_column("effects", "epoch"):
        return
    op.add_column("effects", sa.Column("epoch", sa.Integer, nullable=True))
    op.add_column("effects", sa.Column("acted_at", sa.Text, nullable=True))
    op.execute("UPDATE effects SET acted_at = created_at")


def downgrade() -> None:
    """Keep them: the older program does not look at them."""
