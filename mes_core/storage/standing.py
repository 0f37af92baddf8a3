"""Which database a store lies in, and where its tables stand against what the program expects; nothing is changed."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mes_core.domain.errors import Invalid
from mes_core.storage.store import make_engine
from mes_core.storage.up_to_date import known, newest, revisions

_PRODUCTS = {"sqlite": ("SQLite", "SELECT sqlite_version()"), "postgresql": ("PostgreSQL", "SHOW server_version")}


@dataclass(frozen=True)
class Standing:
    """A store before anything opens it.

    Attributes:
        product, version: Of the database.
        revision: Where its tables stand; empty for a new store.
        expected: Where this program needs them.
        known: Whether the program knows the way from the one to the other.
    """

    product: str
    version: str
    revision: str
    expected: str
    known: bool


def standing(address: str | Path) -> Standing | None:
    """How a store stands; None where its file is not there yet. Opening a store would bring its tables up to date.

    Raises:
        Invalid: the database can't be asked.
    """
    if isinstance(address, Path) and not address.is_file():
        return None
    engine = make_engine(address)
    try:
        with closing(engine.connect()) as connection:
            product, question = _PRODUCTS[connection.dialect.name]
            version = str(connection.execute(text(question)).scalar_one())
            found = revisions(connection)
    except SQLAlchemyError as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        raise Invalid(
            f"The database can't be asked for its version ({said}): check the address of the store."
        ) from None
    finally:
        engine.dispose()
    return Standing(product, version, ", ".join(sorted(found)), newest(), found <= known())
