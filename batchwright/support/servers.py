"""An ASGI application on a loopback port, in a thread of this process."""

import asyncio
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from batchwright.support.errors import Refused

HOST = "127.0.0.1"
PROXIES = "BATCHWRIGHT_PROXIES"
METRICS = "BATCHWRIGHT_METRICS_FROM"
"""Networks that /metrics is answered to, besides this machine."""
_START_TIMEOUT_S = 20.0
_MOST_CONNECTIONS = 500
_HEAD_S = 10.0
"""How long the head of a request may take, the first of a connection or a later one."""


class PunctualHttp(H11Protocol):
    """HTTP that gives up on a connection which never says, or never finishes saying, what it asks."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Wait no longer once a head is complete; what comes of a body has its limits elsewhere."""
        super().data_received(data)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._late is None:
            self._late = self.loop.call_later(_HEAD_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def proxies() -> list[str]:
    """The proxies whose word about a client's address and protocol counts: `BATCHWRIGHT_PROXIES`; none by default.

    Raises:
        Refused: one of them is no address and no network.
    """
    return networks(PROXIES)


def networks(variable: str, otherwise: Sequence[str] = ()) -> list[str]:
    """Addresses and networks in a variable, separated by commas.

    Raises:
        Refused: one of them is no address and no network.
    """
    named = [one.strip() for one in os.environ.get(variable, "").split(",") if one.strip()] or list(otherwise)
    for one in named:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise Refused(
                f"{variable} names {one!r}: give addresses or networks (10.0.0.5, 10.0.0.0/28), separated by commas."
            ) from None
    return named


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """How applications are served. What a client says of itself in forwarded headers is believed of no one else."""
    trusted = proxies()
    return uvicorn.Config(
        app,
        http=PunctualHttp,
        log_level="warning",
        access_log=False,
        lifespan="off",
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        **more,
    )


def bind(port: int = 0, host: str = HOST) -> socket.socket:
    """A listening socket, on the loopback address by default; port 0 is a free one, without a race.

    Raises:
        Refused: the port is in use or not allowed.
    """
    # The protocol is named because asyncio turns Nagle's algorithm off only then: without, each answer with a body
    # waits 40 ms for the acknowledgement of its head.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except (OSError, OverflowError) as error:
        sock.close()
        raise Refused(
            f"Port {port} can't be used ({error}): choose another with --port, or 0 for a free one."
        ) from None
    return sock


class Server:
    """Serves one application from a thread; use as a context manager.

    Attributes:
        url: the address it answers at, without a slash at the end.
    """

    def __init__(self, app: Any, sock: socket.socket) -> None:
        """Take an ASGI application and the socket from `bind`."""
        self._sock = sock
        host, port = sock.getsockname()[:2]
        self.url = f"http://{host}:{port}"
        self._server = uvicorn.Server(configured(app, timeout_graceful_shutdown=2))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [sock]}, daemon=True)

    def __enter__(self) -> "Server":
        """Start, and wait until it answers.

        Raises:
            Refused: it did not come up within 20 s.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise Refused(f"The server at {self.url} did not start: look at the lines above.")
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop taking requests and end the thread."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._sock.close()
