"""`batchwright serve`: the console on a store."""

import os
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from batchwright.commands.tick import Ticking
from batchwright.support.errors import Refused
from batchwright.support.formats import RunOption
from batchwright.support.servers import HOST, bind, configured
from batchwright.support.settings import home_to_serve, main_home, store_address
from batchwright.support.wiring import open_mes
from mes_core.web import create_app
from mes_core.web.limits import Limits


def serve(
    run: RunOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 chooses a free port.")] = 8720,
) -> None:
    """Open the console on a store."""
    home = home_to_serve(main_home(), run)
    sock = bind(port)
    address = f"http://{HOST}:{sock.getsockname()[1]}"
    mes = open_mes(home)
    app = create_app(mes, evidence=home.evidence, limits=limits())
    console = Console()
    address_of_store = store_address(home)
    shown = home.store if address_of_store == home.store else "the database in BATCHWRIGHT_STORE"
    console.print(f"Store: {shown}", soft_wrap=True, highlight=False)
    accounts = home.folder / "accounts.json"
    if accounts.is_file():
        console.print(f"Accounts of this demo: {accounts}", soft_wrap=True, highlight=False)
    console.print(f"Console: {address} (Ctrl-C ends it)", highlight=False)
    server = uvicorn.Server(configured(app))
    with Ticking(mes):
        server.run(sockets=[sock])


def limits() -> Limits:
    """Requests a minute that the server takes: `BATCHWRIGHT_LIMIT_ACCOUNT`, `_ADDRESS` and `_LOG_INS`; 0: any number.

    Raises:
        Refused: one of them is no whole number from 0 on.
    """
    names = {"per_account": "ACCOUNT", "per_address": "ADDRESS", "log_ins_per_address": "LOG_INS"}
    chosen: dict[str, int] = {}
    for name, setting in names.items():
        said = os.environ.get(f"BATCHWRIGHT_LIMIT_{setting}")
        if said and not (said.isascii() and said.isdigit()):
            raise Refused(f"BATCHWRIGHT_LIMIT_{setting} is {said!r}: give a whole number of requests a minute, or 0.")
        if said:
            chosen[name] = int(said)
    return Limits(**chosen)
