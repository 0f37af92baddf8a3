"""Who registered a model, and drift checks with what people answered."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column, has_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make column and table, unless a way down left them."""
    if not has_column("models", "registered_by"):
        op.add_column("models", sa.Column("registered_by", sa.Text, nullable=True))
    if has_table("drift_checks"):
        return
    ids = ("batch_id", "content_hash", "outcome", "made_at", "made_by")
    op.create_table(
        "drift_checks",
        sa.Column("check_id", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(200), nullable=False) for name in ids),
        sa.Column("document", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text, nullable=True) for name in ("response", "decided_by", "decided_at", "reason")),
        sa.PrimaryKeyConstraint("check_id"),
    )
    op.create_index("drift_checks_by_model", "drift_checks", ["content_hash", "outcome", "number"])


def downgrade() -> None:
    """Leave them: they hold what people signed."""
