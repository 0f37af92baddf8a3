"""Renewed leases, claims that read a page of the queue, the person behind an account, names in records, proposals."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage.migrations.there import has_column, has_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make tables, column and indexes, unless a way down left them."""
    if not has_column("accounts", "person"):
        op.add_column("accounts", sa.Column("person", sa.Text, nullable=True))
    if not has_column("signatures", "account_seal"):
        op.add_column("signatures", sa.Column("account_seal", sa.Text, nullable=True))
    if not has_table("aliases"):
        op.create_table(
            "aliases",
            sa.Column("name_key", sa.String(200), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("user", sa.Text, nullable=True),
            *(sa.Column(name, sa.String(200), nullable=False) for name in ("mapped_by", "mapped_at")),
            sa.PrimaryKeyConstraint("name_key"),
        )
    if not has_table("proposals"):
        ids = ("batch_id", "kind", "name", "version", "content_hash", "proposed_by", "proposed_at")
        op.create_table(
            "proposals",
            sa.Column("proposal_id", sa.String(200), nullable=False),
            *(sa.Column(name, sa.String(200), nullable=False) for name in ids),
            sa.PrimaryKeyConstraint("proposal_id"),
        )
        op.create_index("proposals_by_content", "proposals", ["kind", "name", "content_hash"])
    if not has_table("leases"):
        op.create_table(
            "leases",
            sa.Column("item_id", sa.String(200), nullable=False),
            sa.Column("epoch", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("until", sa.String(200), nullable=False),
            sa.PrimaryKeyConstraint("item_id"),
        )
    op.create_index("work_items_by_job", "work_items", ["state", "job", "due_at", "place"])
    op.create_index("work_items_by_retry", "work_items", ["state", "job", "not_before"])


def downgrade() -> None:
    """Take away what ends by itself; leave what people signed."""
    op.drop_index("work_items_by_retry", "work_items")
    op.drop_index("work_items_by_job", "work_items")
    op.drop_table("leases")
