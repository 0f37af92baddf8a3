"""Deviations, out-of-specification investigations and corrective actions close by signature; passwords have an age."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW = ("kind", "parent_key", "closed_at", "closed_by", "printed_name", "outcome", "conclusion", "signature_id")


def upgrade() -> None:
    """Add columns that may be empty: seals leave out what is empty, so those of before stay true."""
    if has_column("deviations", "kind"):
        return
    for name in _NEW:
        op.add_column("deviations", sa.Column(name, sa.Text, nullable=True))
    op.add_column("accounts", sa.Column("password_set_at", sa.Text, nullable=True))


def downgrade() -> None:
    """Keep them: closings are signed."""
