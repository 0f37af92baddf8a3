"""`batchwright serve`: the console on a store."""

from pathlib import Path
from typing import Annotated

import typer

from batchwright.commands.tick import Ticking
from batchwright.support import serving
from batchwright.support.formats import RunOption, text_console
from batchwright.support.servers import HOST
from batchwright.support.settings import Home, home_to_serve, main_home, store_address
from batchwright.support.wiring import open_mes

_HOST = "Address to listen at; 0.0.0.0 is every one of this machine's. In production it needs TLS, here or in a proxy."
_WORKERS = "Processes that answer, on one port and one store."


def serve(
    run: RunOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 chooses a free port.")] = 8720,
    host: Annotated[str, typer.Option(help=_HOST)] = HOST,
    workers: Annotated[int, typer.Option(min=1, max=serving.MOST_WORKERS, help=_WORKERS)] = 1,
    tls_certificate: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM, without a password.")] = None,
) -> None:
    """Open the console on a store."""
    way = serving.checked(serving.Way(host, port, workers, tls_certificate, tls_key))
    home = home_to_serve(main_home(), run)
    sock, address = serving.listen(way)
    mes = open_mes(home)
    _tell(home, address)
    with Ticking(mes):
        serving.run(way, sock, run or _named(home), mes)


def _named(home: Home) -> str | None:
    """The store in the words of `--run`, so that every process opens the one that was found here."""
    if home != main_home():
        return home.folder.name
    return "main" if isinstance(store_address(home), Path) else None


def _tell(home: Home, address: str) -> None:
    console = text_console()
    address_of_store = store_address(home)
    shown = home.store if address_of_store == home.store else "the database in BATCHWRIGHT_STORE"
    console.print(f"Store: {shown}", soft_wrap=True, highlight=False)
    accounts = home.folder / "accounts.json"
    if accounts.is_file():
        console.print(f"Accounts of this demo: {accounts}", soft_wrap=True, highlight=False)
    console.print(f"Console: {address} (Ctrl-C ends it)", highlight=False)
