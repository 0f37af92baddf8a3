"""What a store holds already.

A way down drops no table and no column that holds what people signed: the older program does not look at them, and the
way up finds them as they were.
"""

import sqlalchemy as sa
from alembic import op


def has_table(name: str) -> bool:
    """Whether the store has a table."""
    return bool(sa.inspect(op.get_bind()).has_table(name))


def has_column(table: str, name: str) -> bool:
    """Whether a table has a column."""
    return name in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
