"""Requests hashed with their passwords are forgotten; what sessions are for."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Answers to requests live for a day only: what was kept with a hash over a password goes now."""
    op.execute("DELETE FROM requests")
    if not has_column("sessions", "audience"):
        op.add_column("sessions", sa.Column("audience", sa.Text, nullable=True))


def downgrade() -> None:
    """Leave the column: the program before does not look at it."""
