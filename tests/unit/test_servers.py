"""The server that demo, console and tests run on."""

import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind


def test_answers_do_not_wait_for_the_acknowledgement_of_their_head() -> None:
    """Nagle's algorithm is off on the connections that a server accepts; with it, each answer takes 40 ms more."""
    found: list[int] = []

    async def app(scope: object, receive: object, send: object) -> None:
        found.append(_no_delay(send))
        await Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])(scope, receive, send)  # type: ignore[arg-type]

    with Server(app, bind()) as server:
        assert httpx.get(server.url, trust_env=False).text == "here"
    assert found == [1]


def _no_delay(send: object) -> int:
    """Whether the connection that this `send` of uvicorn answers has Nagle's algorithm off (1) or not (0)."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    return int(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)


def test_a_port_in_use_is_refused_in_one_sentence() -> None:
    with bind() as taken, pytest.raises(Refused, match="can't be used"):
        bind(taken.getsockname()[1])
