"""`batchwright store`: bring the store up to date, and give the server its role."""

from typing import Annotated

import typer
from rich.console import Console

from batchwright.errors import Refused
from batchwright.settings import main_home, store_address
from mes_core.domain.errors import Invalid
from mes_core.storage import open_store
from mes_core.storage.roles import grant_server_role

store_app = typer.Typer(help="The store: up to date, and who may do what in it.")
Address = Annotated[str | None, typer.Option(help="Address with the owner's account; default: BATCHWRIGHT_STORE.")]


@store_app.callback()
def _store() -> None:
    """The store: up to date, and who may do what in it."""


@store_app.command()
def migrate(address: Address = None) -> None:
    """Bring the tables up to date, as their owner."""
    try:
        open_store(address or store_address(main_home().make())).close()
    except Invalid as error:
        raise Refused(str(error)) from None
    Console().print("The store is up to date.", highlight=False)


@store_app.command()
def grant(
    role: Annotated[str, typer.Argument(help="An existing PostgreSQL role, which the server will use.")],
    address: Address = None,
) -> None:
    """Let the server's role work with the tables without owning them, so that it can't take the guards off."""
    try:
        grant_server_role(address or store_address(main_home()), role)
    except Invalid as error:
        raise Refused(str(error)) from None
    Console().print(f"{role} may do the server's work, and owns nothing.", highlight=False, markup=False)
