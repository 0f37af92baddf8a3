"""How the console is served: one process or several on one port, with TLS or behind a proxy that has it.

Several processes share the socket and the store. Requests a minute are counted in each, so that each gets its share of
the limit; what must be right across them (idempotency keys, sessions, leases, the trail) is in the store.
"""

import ipaddress
import os
import secrets
import socket
import ssl
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from batchwright.support.errors import Refused
from batchwright.support.notify import way_of
from batchwright.support.servers import METRICS, PROXIES, bind, configured, networks, proxies
from batchwright.support.settings import Home, environment, home_to_serve, main_home
from batchwright.support.wiring import open_mes, open_vault
from mes_core.services import Mes
from mes_core.web import create_app
from mes_core.web.limits import Limits
from mes_core.web.metrics import HERE

MOST_WORKERS = 4
"""More would look at one wrong password each before a guesser waits, and a slip of the keyboard would be one."""
_RUN, _KEY, _WORKERS = "BATCHWRIGHT_SERVE_RUN", "BATCHWRIGHT_FRAME_KEY", "BATCHWRIGHT_SERVE_WORKERS"
_GRACE_S = 20


@dataclass(frozen=True)
class Way:
    """Where and how to serve: host, port (0: a free one), processes, and certificate and key as PEM files."""

    host: str
    port: int
    workers: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def scheme(self) -> str:
        """What an address begins with."""
        return "https" if self.certificate else "http"


def checked(way: Way) -> Way:
    """See that a way of serving can work and is safe.

    Raises:
        Refused: the certificate or its key can't be used, passwords would travel in the open, or a setting is wrong.
    """
    if (way.certificate is None) != (way.key is None):
        raise Refused("A certificate and its key belong together: give both --tls-certificate and --tls-key.")
    if way.certificate and way.key:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(way.certificate, way.key, lambda: b"")
        except (OSError, ValueError) as error:  # a missing file, no PEM, another key, a key with a password
            raise Refused(
                f"{way.certificate} with the key {way.key} can't be used ({error}): give a certificate chain and its"
                " key without a password, both as PEM."
            ) from None
    elif environment() == "production" and not _loopback(way.host) and not proxies():
        raise Refused(
            f"Passwords would travel in the open on {way.host}: give --tls-certificate and --tls-key, or name the"
            f" proxy that has them in {PROXIES}."
        )
    limits()
    _frame_key()
    open_vault(main_home())
    networks(METRICS, HERE)
    way_of()
    return way


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(way: Way) -> tuple[socket.socket, str]:
    """The listening socket, and the address that it answers at.

    Raises:
        Refused: the host or the port can't be used.
    """
    sock = bind(way.port, way.host)
    host = way.host if way.host not in ("0.0.0.0", "") else socket.gethostname()  # noqa: S104 - chosen by a person
    return sock, f"{way.scheme}://{host}:{sock.getsockname()[1]}"


def run(way: Way, sock: socket.socket, which: str | None, mes: Mes) -> None:
    """Serve until a signal ends it; requests that run are finished first, for 20 s at the most.

    Args:
        way: how to serve.
        sock: the listening socket.
        which: the run whose store is served, as `--run` has it.
        mes: the services; one process answers with them, of several each opens its own.
    """
    os.environ[_RUN], os.environ[_WORKERS] = which or "", str(way.workers)
    os.environ.setdefault(_KEY, secrets.token_hex(32))  # frames that one process signed are shown by every other
    more: dict[str, Any] = {"timeout_graceful_shutdown": _GRACE_S}
    if way.certificate:
        more |= {"ssl_certfile": str(way.certificate), "ssl_keyfile": str(way.key)}
    if way.workers == 1:
        uvicorn.Server(configured(_application(mes, 1), **more)).run(sockets=[sock])
        return
    config = configured("batchwright.support.serving:application", factory=True, workers=way.workers, **more)
    Multiprocess(config, sockets=[sock]).run()


def application() -> Any:
    """The application of one process, from what the environment says.

    Raises:
        Refused: there is no store, or it can't be opened.
    """
    return _application(open_mes(_served()), int(os.environ[_WORKERS]))


def _served() -> Home:
    return home_to_serve(main_home(), os.environ.get(_RUN) or None)


def _application(mes: Mes, processes: int) -> Any:
    mes.shared_by(processes)
    home = _served()
    return create_app(
        mes,
        evidence=home.evidence,
        vault=open_vault(home),
        limits=share_of(limits(), processes),
        frame_key=_frame_key(),
        metrics_from=networks(METRICS, HERE),
    )


def _frame_key() -> bytes | None:
    try:
        return bytes.fromhex(os.environ[_KEY]) if _KEY in os.environ else None
    except ValueError:
        raise Refused(f"{_KEY} is no hexadecimal number: leave it out, or give 64 digits (0-9, a-f).") from None


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


def share_of(whole: Limits, workers: int) -> Limits:
    """What one of so many processes takes of the requests a minute; where there is no limit, none."""
    names = ("per_account", "per_address", "log_ins_per_address")
    return replace(whole, **{name: ceil(getattr(whole, name) / workers) for name in names})
