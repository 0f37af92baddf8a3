"""An ASGI application on a loopback port, in a thread of this process."""

import socket
import threading
import time
from types import TracebackType
from typing import Any

import uvicorn

from batchwright.support.errors import Refused

HOST = "127.0.0.1"
_START_TIMEOUT_S = 20.0


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
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
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
