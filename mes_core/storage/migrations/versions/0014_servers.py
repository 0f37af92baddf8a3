"""Requests are forgotten whose hashes were made over passwords too; accounts, devices, the clock and like numbers."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Answers to requests live for a day only; what was kept with a hash over a password goes now."""
    op.execute("DELETE FROM requests")


def downgrade() -> None:
    """Nothing to bring back."""
