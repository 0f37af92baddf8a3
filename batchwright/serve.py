"""`batchwright serve`: the console on a store."""

import uvicorn
from rich.console import Console

from batchwright.servers import HOST, bind
from batchwright.settings import home_to_serve, main_home, store_address
from batchwright.wiring import open_mes
from mes_core.web import create_app


def serve_console(run: str | None, port: int) -> None:
    """Serve until interrupted.

    Raises:
        Refused: no store, or the port is in use.
    """
    home = home_to_serve(main_home(), run)
    sock = bind(port)
    address = f"http://{HOST}:{sock.getsockname()[1]}"
    app = create_app(open_mes(home), evidence=home.evidence)
    console = Console()
    address_of_store = store_address(home)
    shown = home.store if address_of_store == home.store else "the database in BATCHWRIGHT_STORE"
    console.print(f"Store: {shown}", soft_wrap=True, highlight=False)
    accounts = home.folder / "accounts.json"
    if accounts.is_file():
        console.print(f"Accounts of this demo: {accounts}", soft_wrap=True, highlight=False)
    console.print(f"Console: {address} (Ctrl-C ends it)", highlight=False)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    server.run(sockets=[sock])
