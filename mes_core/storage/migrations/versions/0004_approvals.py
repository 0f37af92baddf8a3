"""Signatures bound to what they sign, and approvals of what may run in production."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(200), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Add the tables; dispositions of before keep their signature in their own document."""
    if has_table("signatures"):
        return
    op.create_table(
        "signatures",
        _id("signature_id"),
        _id("batch_id"),
        _id("act"),
        _text("subject"),
        _id("content_hash"),
        _text("meaning"),
        _text("reason"),
        _id("user"),
        _id("printed_name"),
        _id("at"),
        _id("binding"),
        sa.PrimaryKeyConstraint("signature_id"),
    )
    op.create_index("signatures_by_chain", "signatures", ["batch_id", "at"])
    op.create_table(
        "approvals",
        _id("approval_id"),
        _id("batch_id"),
        _id("kind"),
        _id("name"),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        _text("version"),
        _id("content_hash"),
        _text("prepared_by"),
        _id("approved_by"),
        _id("printed_name"),
        _id("approved_at"),
        _text("reason"),
        _text("meaning"),
        _id("signature_id"),
        sa.PrimaryKeyConstraint("approval_id"),
        sa.UniqueConstraint("kind", "name", "number"),
    )


def downgrade() -> None:
    """Keep them: what was signed is not dropped."""
