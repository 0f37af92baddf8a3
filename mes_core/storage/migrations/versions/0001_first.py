"""The first tables, with the guards of the audit trail."""

from alembic import op

from mes_core.storage.tables import AUDIT_GUARDS, metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the triggers."""
    metadata.create_all(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        for guard in AUDIT_GUARDS:
            op.execute(guard)


def downgrade() -> None:
    """Drop everything; on SQLite the triggers go with their table."""
    metadata.drop_all(op.get_bind())
