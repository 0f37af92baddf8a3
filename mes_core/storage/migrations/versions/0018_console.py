"""What lists are ordered and searched by: the day of the planned infusion, and the booking of a shipment."""

import json

import sqlalchemy as sa
from alembic import op

from mes_core.domain.lists import booking_of, infusion_of
from mes_core.storage.migrations.there import has_column

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("batches", "batch_id", "infusion_on", "record", infusion_of),
    ("shipments", "batch_id", "booking", "document", booking_of),
)
_INDEXES = (
    ("batches_by_infusion", "batches", ["state", "infusion_on", "batch_id"]),
    ("batches_by_day", "batches", ["infusion_on", "batch_id"]),
    ("shipments_by_booking", "shipments", ["booking"]),
    ("due_items_by_role", "due_items", ["state", "role", "due_at", "due_id"]),
    ("predictions_by_answer", "predictions", ["response", "made_at"]),
    ("findings_by_status", "findings", ["status", "verdict_id"]),
)


def upgrade() -> None:
    """Both follow from documents that are there; one that can't be read gives nothing, and is shown as broken."""
    connection = op.get_bind()
    for table, key, column, document, found in _COLUMNS:
        if not has_column(table, column):
            op.add_column(table, sa.Column(column, sa.String(200), nullable=True))
        rows = sa.table(table, *(sa.column(name, sa.String) for name in (key, column, document)))
        for name in list(connection.execute(sa.select(rows.c[key])).scalars()):
            text = connection.execute(sa.select(rows.c[document]).where(rows.c[key] == name)).scalar_one()
            try:
                value = found(json.loads(text))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                value = found({})
            connection.execute(rows.update().where(rows.c[key] == name).values({column: value}))
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Leave the columns: the program before does not look at them."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
