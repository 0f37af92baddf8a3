"""What looks like a batch number, with its parts set off in any way; rows of a batch are found without a search."""

import sqlalchemy as sa
from alembic import op

from mes_core.domain.batch_numbers import skeleton

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INDEXES = (
    ("facts_by_batch", "facts"),
    ("filing_drafts_by_batch", "filing_drafts"),
    ("filing_answers_by_batch", "filing_answers"),
)


def upgrade() -> None:
    """Both follow from what is there; no seal covers them."""
    batches = sa.table("batches", sa.column("batch_id", sa.String), sa.column("skeleton", sa.String))
    connection = op.get_bind()
    for batch_id in list(connection.execute(sa.select(batches.c.batch_id)).scalars()):
        alike = batches.update().where(batches.c.batch_id == batch_id).values(skeleton=skeleton(batch_id))
        connection.execute(alike)
    for name, table in _INDEXES:
        op.create_index(name, table, ["batch_id"])


def downgrade() -> None:
    """The program before finds fewer numbers alike; batches that come then are worked out anew on the way up."""
    for name, table in _INDEXES:
        op.drop_index(name, table)
