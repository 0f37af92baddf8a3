"""What models said of batches, what people decided on it, and the register of models."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _id(name: str, *, key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(200), primary_key=key, nullable=False)


def _maybe(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=True)


def upgrade() -> None:
    """Make the two tables, unless a way down left them."""
    if not has_table("predictions"):
        op.create_table(
            "predictions",
            _id("prediction_id", key=True),
            _id("batch_id"),
            sa.Column("number", sa.Integer, nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            _id("made_at"),
            _id("made_by"),
            _maybe("response"),
            _maybe("decided_by"),
            _maybe("decided_at"),
            _maybe("reason"),
        )
        op.create_index("predictions_by_batch", "predictions", ["batch_id", "number"])
    if not has_table("models"):
        op.create_table(
            "models",
            _id("model_id", key=True),
            _id("batch_id"),
            _id("name"),
            sa.Column("number", sa.Integer, nullable=False),
            _id("content_hash"),
            _id("state"),
            sa.Column("card", sa.Text, nullable=False),
            sa.Column("least_recall", sa.Float, nullable=False),
            _id("prepared_by"),
            _id("registered_at"),
            _id("changed_at"),
            sa.Column("signed_by", sa.Text, nullable=False),
            sa.UniqueConstraint("content_hash"),
        )


def downgrade() -> None:
    """Leave them: they hold what people signed."""
