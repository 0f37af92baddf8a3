"""Records of a product's journey: logistics data, packing, assessments of ways, decisions, custody."""

import sqlalchemy as sa
from alembic import op

from mes_core.storage import guards
from mes_core.storage.migrations.there import has_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_GROWING = {"journey_records": (("record_id",), ("batch_id", "kind", "name", "number"))}


def upgrade() -> None:
    """Make the table, unless a way down left it, and its guards."""
    if not has_table("journey_records"):
        ids = ("record_id", "batch_id", "kind", "name")
        op.create_table(
            "journey_records",
            *(sa.Column(name, sa.String(200), nullable=False) for name in ids),
            sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            *(
                sa.Column(name, sa.String(200), nullable=False)
                for name in ("content_hash", "made_by", "printed_name", "made_at")
            ),
            sa.Column("signature_id", sa.Text, nullable=True),
            sa.PrimaryKeyConstraint("record_id"),
        )
        columns = ["batch_id", "kind", "name", "number"]
        op.create_index("journey_records_by_kind", "journey_records", columns, unique=True)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, keys in _GROWING.items():
        for statement in guards.sqlite_guards(table, keys) if sqlite else guards.postgresql_guards(table):
            op.execute(statement)


def downgrade() -> None:
    """Take off the guards; the table stays, for what people signed."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _GROWING:
        for statement in guards.sqlite_unguard(table) if sqlite else guards.postgresql_unguard(table):
            op.execute(statement)
