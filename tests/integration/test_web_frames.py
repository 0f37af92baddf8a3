"""Frames, sockets and shared workers: listening is free, and a page in a frame is read where it is named."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from tiny_sites import Desk, bot_at, page, said

from keywords.browser import WarmBrowser

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-090")]


@pytest.mark.parametrize("frame", ["same host", "another host"])
def test_a_list_in_a_frame_is_read_where_the_locators_name_it(frame: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    desk.add({"our_reference": "x", "batch": "B-1"})

    async def portal(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        base = base.replace("127.0.0.1", "localhost") if frame == "another host" else base
        return page(
            "Portal", f'<iframe title=Application width=1100 height=600 src="{base}/inner{request.url.path}"></iframe>'
        )

    async def inner(request: Request) -> Response:
        rows = desk.matching(request)
        return page(
            "Orders",
            desk.filter().replace("/orders", "/inner/orders")
            + desk.listed(rows, f"/inner/orders.csv?{said(request.url.query)}"),
        )

    async def form(request: Request) -> Response:
        del request
        return page("New order", desk.form())

    desk.routes = [
        Route("/orders", desk.inside(portal)),
        Route("/orders/new", desk.inside(portal), methods=["GET"]),
        Route("/inner/orders", inner),
        Route("/inner/orders/new", form),
        Route("/inner/orders.csv", desk.export),
    ]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert "the frame 'Application'" in bot.said
    words = {"frame": "Application", "hosts": ["http://localhost:*"] if frame == "another host" else []}
    with bot_at(desk, browser, tmp_path, words) as bot:
        read = bot.read()
        assert read is not None, bot.said
        number = bot.send()
    assert len(read.rows) == 1
    assert (bot.said, number, len(desk.rows)) == ("", desk.rows[-1]["number"], 2)
    if frame == "another host":
        with bot_at(desk, browser, tmp_path, {"frame": "Application"}) as bot:
            assert bot.read() is None
        assert bot.said.startswith("BUSINESS OTHER_HOST")


def _talking(way: str) -> Desk:
    desk = Desk()
    desk.add({"our_reference": "x", "batch": "B-1"})
    script = {
        "socket": "const s = new WebSocket(location.origin.replace('http', 'ws') + '/live' + location.search);"
        " s.onmessage = m => { live.innerHTML = m.data; };",
        "socket that asks": "const s = new WebSocket(location.origin.replace('http', 'ws') + '/live');"
        " s.onopen = () => s.send(JSON.stringify({want: 'orders'}));"
        " s.onmessage = m => { live.innerHTML = m.data; };",
        "shared worker": "const bus = new SharedWorker('/bus.js'); fetch('/count/rows').then(r => r.text())"
        ".then(t => { live.innerHTML = t; });",
        "events": "new EventSource('/events').onmessage = () => 0; live.innerHTML = rows.innerHTML;",
    }[way]

    async def orders(request: Request) -> Response:
        kept = f"<template id=rows>{desk.listed(desk.matching(request))}</template>"
        return page("Orders", desk.filter() + "<div id=live>Connecting</div>" + kept, script)

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        if way == "socket that asks":
            await socket.receive_text()
        await socket.send_text(desk.listed(desk.rows))
        await socket.receive()

    async def events(request: Request) -> Response:
        async def stream() -> Any:
            yield b"data: tick\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def rows(request: Request) -> Response:
        return HTMLResponse(desk.listed(desk.rows))

    desk.routes = [
        Route("/orders", desk.inside(orders)),
        WebSocketRoute("/live", live),
        Route("/events", events),
        Route("/count/rows", rows),
    ]
    return desk


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("socket", {}),
        ("events", {}),
        (
            "socket that asks",
            {"requests": {"read": [{"method": "SOCKET", "path": "/live", "fields": {"want": "orders"}}]}},
        ),
    ],
)
def test_listening_is_free(way: str, words: dict[str, Any], tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(_talking(way), browser, tmp_path, words) as bot:
        read = bot.read()
    assert read is not None, bot.said
    assert [row["our_reference"] for row in read.rows] == ["x"]


@pytest.mark.parametrize(("way", "names"), [("socket that asks", "/live"), ("shared worker", "a shared worker")])
def test_what_was_taken_away_from_a_page_is_named_in_the_failure_it_causes(
    way: str, names: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    with bot_at(_talking(way), browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS ")
    assert names in bot.said


def test_no_json_of_the_site_is_taken_for_its_page(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()

    async def orders(request: Request) -> Response:
        del request
        return JSONResponse({"error": "This view was retired"})

    desk.routes = [Route("/orders", desk.inside(orders))]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS PAGE_UNKNOWN")
    assert "This view was retired" in bot.said
