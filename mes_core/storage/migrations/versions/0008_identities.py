"""An index of everything that records name, for tracing forwards and backwards."""

import json

import sqlalchemy as sa
from alembic import op

from mes_core.domain.genealogy import identities
from mes_core.storage.migrations.there import has_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index from the records that are there; one from before is made anew, records may have changed since."""
    connection = op.get_bind()
    if has_table("identities"):
        op.drop_table("identities")
    table = op.create_table(
        "identities",
        sa.Column("batch_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "kind", "number"),
    )
    op.create_index("identities_by_number", "identities", ["kind", "number"])
    batches = sa.Table("batches", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(batches.c.batch_id, batches.c.record)).mappings():
        found = [
            {"batch_id": row["batch_id"], "kind": kind, "number": number, "about": about}
            for kind, number, about in identities(json.loads(row["record"]))
        ]
        if found:
            connection.execute(table.insert(), found)


def downgrade() -> None:
    """Drop it: it follows from the records."""
    op.drop_table("identities")
