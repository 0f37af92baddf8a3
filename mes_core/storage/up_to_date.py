"""A store's tables, brought up to date. Every command opens a store, so Alembic is imported when it has to work."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """The revision that the last migration file makes; files begin with their revision."""
    return max(known())


def known() -> set[str]:
    """Every revision that this program has a migration to."""
    return {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")}


def bring_up_to_date(engine: Engine) -> None:
    """Run what is missing; a role that may not change tables opens a store that is up to date all the same."""
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        if revisions(connection) != {newest()}:
            from alembic import command

            command.upgrade(alembic_config(connection), "head")


def revisions(connection: Connection) -> set[str]:
    """Where the store stands, as Alembic keeps it; nothing for a new one."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def alembic_config(connection: Connection) -> "Config":
    """What Alembic needs to run the migrations on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
