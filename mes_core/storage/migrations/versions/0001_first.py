"""The first tables, with the guards of the audit trail.

Frozen: what a later migration changes is not changed here, or a new store would be made differently from an old one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AUDIT_GUARDS = (
    """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be changed'); END""",
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be deleted'); END""",
    """CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE batch_id = NEW.batch_id AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be replaced'); END""",
)


def upgrade() -> None:
    """Make the tables and the triggers."""
    _records()
    _reviews()
    _decisions()
    _shipping()
    _work()
    _audit_and_accounts()
    if op.get_bind().dialect.name == "sqlite":
        for guard in _AUDIT_GUARDS:
            op.execute(guard)


def downgrade() -> None:
    """Drop everything; on SQLite the triggers go with their table."""
    for name in _TABLES:
        op.drop_table(name)


_TABLES = (
    "batches",
    "record_versions",
    "observations",
    "verdicts",
    "findings",
    "deviations",
    "holds",
    "dispositions",
    "shipments",
    "filings",
    "work_items",
    "effects",
    "audit",
    "accounts",
    "sessions",
)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(200), nullable=False)


def _maybe(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=True)


def _document(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, autoincrement=False, nullable=False)


def _records() -> None:
    op.create_table(
        "batches",
        _id("batch_id"),
        _id("kind"),
        _id("state"),
        _number("record_version"),
        _id("record_hash"),
        _id("changed_at"),
        _document("record"),
        _maybe("verdict_id"),
        _maybe("verdict"),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("batches_by_state", "batches", ["state", "changed_at"])
    op.create_table(
        "record_versions",
        _id("batch_id"),
        _number("version"),
        _id("record_hash"),
        _document("record"),
        _id("stored_at"),
        _id("stored_by"),
        sa.PrimaryKeyConstraint("batch_id", "version"),
    )
    op.create_table(
        "observations",
        _id("batch_id"),
        _id("system"),
        _id("name"),
        _id("content_hash"),
        _document("document"),
        sa.PrimaryKeyConstraint("batch_id", "system", "name"),
    )


def _reviews() -> None:
    op.create_table(
        "verdicts",
        _id("verdict_id"),
        _id("batch_id"),
        _number("number"),
        _id("record_hash"),
        _number("record_version"),
        _id("observations_hash"),
        _id("reviewed_at"),
        _id("reviewed_by"),
        _id("verdict"),
        _document("document"),
        sa.PrimaryKeyConstraint("verdict_id"),
        sa.UniqueConstraint("batch_id", "number"),
    )
    op.create_table(
        "findings",
        _id("finding_id"),
        _id("verdict_id"),
        _id("batch_id"),
        _number("place"),
        _id("severity"),
        _id("fingerprint"),
        _id("status"),
        _document("document"),
        _maybe("closure"),
        _maybe("reason"),
        _maybe("closed_by"),
        _maybe("printed_name"),
        _maybe("closed_at"),
        sa.PrimaryKeyConstraint("finding_id"),
    )
    op.create_index("findings_by_batch", "findings", ["batch_id", "fingerprint"])
    op.create_index("findings_by_verdict", "findings", ["verdict_id", "place"])
    op.create_table(
        "deviations",
        _id("batch_id"),
        _id("deviation_key"),
        _document("title"),
        _id("severity"),
        _id("opened_at"),
        _id("opened_by"),
        _maybe("finding_id"),
        sa.PrimaryKeyConstraint("batch_id", "deviation_key"),
    )


def _decisions() -> None:
    op.create_table(
        "holds",
        _id("hold_id"),
        _id("batch_id"),
        _id("hold_key"),
        _id("kind"),
        _document("reason"),
        _id("opened_at"),
        _id("opened_by"),
        _maybe("lifted_at"),
        _maybe("lifted_by"),
        _maybe("lift_reason"),
        sa.PrimaryKeyConstraint("hold_id"),
        sa.UniqueConstraint("batch_id", "hold_key"),
    )
    op.create_table(
        "dispositions",
        _id("disposition_id"),
        _id("batch_id"),
        _number("number"),
        _document("document"),
        sa.PrimaryKeyConstraint("disposition_id"),
        sa.UniqueConstraint("batch_id", "number"),
    )


def _shipping() -> None:
    op.create_table(
        "shipments",
        _id("batch_id"),
        _document("document"),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_table(
        "filings",
        _id("filing_id"),
        _id("batch_id"),
        _number("place"),
        _id("form"),
        _id("clause"),
        sa.Column("applies", sa.Boolean(), nullable=False),
        _document("why"),
        _maybe("due_at"),
        _id("status"),
        _maybe("acknowledgement"),
        _maybe("submitted_at"),
        _maybe("document_sha256"),
        sa.PrimaryKeyConstraint("filing_id"),
    )
    op.create_index("filings_by_batch", "filings", ["batch_id", "place"])


def _work() -> None:
    op.create_table(
        "work_items",
        _id("item_id"),
        _number("place"),
        _id("job"),
        sa.Column("business_key", sa.String(length=300), nullable=False),
        _id("batch_id"),
        _document("payload"),
        _id("state"),
        _number("attempts"),
        _number("epoch"),
        _maybe("worker"),
        _maybe("lease_until"),
        _id("created_at"),
        _maybe("finished_at"),
        _maybe("output"),
        _maybe("family"),
        _maybe("code"),
        _maybe("message"),
        _maybe("evidence"),
        sa.PrimaryKeyConstraint("item_id"),
        sa.UniqueConstraint("business_key"),
    )
    op.create_index("work_items_by_batch", "work_items", ["batch_id", "place"])
    op.create_index("work_items_by_state", "work_items", ["state", "place"])
    op.create_table(
        "effects",
        _id("effect_id"),
        _id("site"),
        _id("kind"),
        _id("business_key"),
        _number("revision"),
        _id("batch_id"),
        _id("item_id"),
        _id("state"),
        _id("created_at"),
        _maybe("reference"),
        _document("details"),
        sa.PrimaryKeyConstraint("effect_id"),
        sa.UniqueConstraint("site", "kind", "business_key", "revision"),
    )
    op.create_index("effects_by_batch", "effects", ["batch_id", "created_at"])


def _audit_and_accounts() -> None:
    op.create_table(
        "audit",
        _id("batch_id"),
        _number("number"),
        _id("at"),
        _id("user"),
        _id("action"),
        _document("subject"),
        _maybe("old"),
        _maybe("new"),
        _maybe("why"),
        _id("previous_hash"),
        _id("entry_hash"),
        sa.PrimaryKeyConstraint("batch_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "accounts",
        _id("user"),
        _id("kind"),
        _id("printed_name"),
        _document("roles"),
        _id("password_hash"),
        _number("failures"),
        _maybe("locked_until"),
        sa.PrimaryKeyConstraint("user"),
    )
    op.create_table(
        "sessions",
        _id("token_hash"),
        _id("user"),
        _id("expires_at"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
