"""When the next try is due is asked of an index that holds only items which are put off.

One over all items was taken for claims as well by PostgreSQL, which then sorted everything that waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NAME, _COLUMNS = "work_items_by_retry", ["state", "job", "not_before"]
_PUT_OFF = sa.text("not_before IS NOT NULL")


def upgrade() -> None:
    """Make it anew, smaller."""
    op.drop_index(_NAME, "work_items")
    op.create_index(_NAME, "work_items", _COLUMNS, sqlite_where=_PUT_OFF, postgresql_where=_PUT_OFF)


def downgrade() -> None:
    """The index over all items, as before."""
    op.drop_index(_NAME, "work_items")
    op.create_index(_NAME, "work_items", _COLUMNS)
