"""The role that the server uses on PostgreSQL: it may do its work, and can't take the guards off."""

import re
from pathlib import Path

from mes_core.domain.errors import Invalid
from mes_core.storage.guards import ALL
from mes_core.storage.store import make_engine
from mes_core.storage.tables import metadata

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def grant_server_role(address: str | Path, role: str) -> None:
    """Give an existing role what the server needs, as the owner of the tables.

    It reads and adds everywhere, and changes rows where rows may change; it owns nothing, so that it can neither drop a
    trigger nor truncate. Run it again after each migration.

    Raises:
        Invalid: the store is no PostgreSQL database, or the name is none that a role can safely have.
    """
    engine = make_engine(address)
    if engine.dialect.name != "postgresql":
        raise Invalid("Roles are for PostgreSQL stores: who may write a SQLite file is said by the file's permissions.")
    if not _NAME.fullmatch(role):
        raise Invalid(f"{role!r} can't be used as a role: use small letters, digits and underscores.")
    only_grow = {"audit", *ALL}
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
        connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")
        for table in metadata.tables:
            rights = "SELECT, INSERT" if table in only_grow else "SELECT, INSERT, UPDATE"
            rights += ", DELETE" if table in ("sessions", "identities", "requests", "leases") else ""
            connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {role}")
            connection.exec_driver_sql(f"GRANT {rights} ON {table} TO {role}")
    engine.dispose()
