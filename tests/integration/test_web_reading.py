"""Lists are read whole and as they are seen, or refused: grids, hidden copies, late rows, pages that shift."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from tiny_sites import COLUMNS, Desk, Handler, bot_at, counted, page, said, table

from keywords.browser import WarmBrowser

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-090")]


def _many(number: int = 200) -> list[list[str]]:
    return [[f"T-{n:04d}", f"sign-{n}", "B-1", "Storage", "", "Open"] for n in range(number)]


def _listing(body: str, script: str = "", head: str = "") -> Desk:
    desk = Desk()

    async def orders(request: Request) -> Response:
        del request
        return page("Orders", desk.filter() + body, script, head)

    desk.routes = [Route("/orders", desk.inside(orders))]
    return desk


_VIRTUAL = """const all = %s, box = document.getElementById('box'), high = 20;
const draw = () => { const from = Math.floor(box.scrollTop / high), seen = all.slice(from, from + 22);
  box.innerHTML = `<div style="height:${from * high}px"></div>` + seen.map((r, i) =>
    `<div role=row aria-rowindex=${from + i + 2} style="height:${high}px">` +
    r.map(c => `<div role=gridcell style="display:inline-block;width:120px">${c}</div>`).join('') + '</div>').join('') +
    `<div style="height:${(all.length - from - seen.length) * high}px"></div>`; };
box.onscroll = draw; draw();"""


def _grid(rows: Sequence[Sequence[str]], count: str) -> Desk:
    heads = "".join(
        f"<div role=columnheader style='display:inline-block;width:120px'>{one}</div>" for one in COLUMNS.values()
    )
    box = f"<div role=row>{heads}</div><div id=box style='height:400px;overflow:auto'></div>"
    body = f"<div role=grid aria-label=Orders aria-rowcount={len(rows) + 1}>{box}</div>{count}"
    return _listing(body, _VIRTUAL % json.dumps(rows))


def _shadow() -> Desk:
    rows = json.dumps(table("Orders", list(COLUMNS.values()), _many(3)))
    return _listing("<x-list id=x></x-list>" + counted(3), f"x.attachShadow({{mode: 'open'}}).innerHTML = {rows};")


def _narrow() -> Desk:
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td><span class=n>{said(h)}: </span>{said(c)}</td>" for h, c in zip(COLUMNS.values(), row, strict=True)
        )
        + "</tr>"
        for row in _many(3)
    )
    empty = table("Orders", list(COLUMNS.values()), [])
    body = empty.replace("<tbody></tbody>", f"<tbody>{cells}</tbody>")
    return _listing(body + counted(3), head="<style>.n { display: none }</style>")


def _before(hidden: str) -> Desk:
    old = [[*row[:5], "Closed"] for row in _many(3)]
    body = f"<section {hidden}>{table('Orders', list(COLUMNS.values()), old)}</section>"
    return _listing(body + table("Orders", list(COLUMNS.values()), _many(3)) + counted(3))


@pytest.mark.parametrize(
    ("make", "number"),
    [
        (lambda: _grid(_many(), "<p>200 orders</p>"), 200),
        (lambda: _grid(_many(150), ""), 150),
        (lambda: _listing(table("", list(COLUMNS.values()), _many(3), "aria-label=Orders") + counted(3)), 3),
        (
            lambda: _listing(
                "<section><h2>Orders</h2>" + table("", list(COLUMNS.values()), _many(3)) + "</section>" + counted(3)
            ),
            3,
        ),
        (_shadow, 3),
        (_narrow, 3),
        (lambda: _before("hidden"), 3),
        (lambda: _before("style='position:absolute;left:-9999px'"), 3),
    ],
    ids=[
        "virtual grid",
        "grid that counts",
        "aria-label",
        "heading",
        "shadow root",
        "labels in cells",
        "hidden copy",
        "copy aside",
    ],
)
def test_grids_are_read_whole_and_as_they_are_seen(
    make: Any, number: int, tmp_path: Path, browser: WarmBrowser
) -> None:
    with bot_at(make(), browser, tmp_path) as bot:
        read = bot.read()
    assert read is not None, bot.said
    assert [row["number"] for row in read.rows] == [f"T-{n:04d}" for n in range(number)]
    assert {row["status"] for row in read.rows} == {"Open"}


@pytest.mark.parametrize(
    "body",
    [
        table("Orders", list(COLUMNS.values()), _many(20)) + "<p>200 orders</p>",
        table("Orders", list(COLUMNS.values()), _many(20)) + "<p>Showing <b>20 orders</b>. Scroll for more.</p>",
        table("Orders", list(COLUMNS.values()), _many(50)) + "<p>200 orders</p><button>Further</button>",
        table("Orders", list(COLUMNS.values()), _many(50)) + "<p>200 orders</p><a href='#'>Further</a>",
        table("Orders", list(COLUMNS.values()), _many(50)) + "<p>200 orders</p><a href='/orders'>Further</a>",
    ],
    ids=["window only", "counts what it shows", "dead button", "dead link", "link to itself"],
)
def test_a_part_of_a_list_is_never_whole(body: str, tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(_listing(body), browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION LIST_")
    assert "Orders" in bot.said or "orders" in bot.said


_ONE_BY_ONE = """let done = 0; const kept = document.getElementById('rows').innerHTML.split('</tr>');
const timer = setInterval(() => { done++; fill(kept.slice(0, done).join('</tr>') + '</tr>', done);
  if (done === 2) clearInterval(timer); }, 60)"""


@pytest.mark.parametrize(
    "script",
    [
        "setTimeout(() => fill(document.getElementById('rows').innerHTML), 400)",
        "fetch('/count/rows').then(r => r.text()).then(fill)",
        "setTimeout(() => fetch('/count/rows').then(r => r.text()).then(fill), 300)",
        _ONE_BY_ONE,
        "const x = new XMLHttpRequest(); x.open('GET', '/count/rows'); x.onload = () => fill(x.responseText); x.send()",
    ],
    ids=["by a timer", "by fetch", "by fetch after a timer", "one by one", "by an older request"],
)
def test_a_list_that_says_none_at_first_is_read_when_it_is_filled(
    script: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    rows = "".join("<tr>" + "".join(f"<td>{said(cell)}</td>" for cell in row) + "</tr>" for row in _many(2))
    heads = "".join(f"<th>{one}</th>" for one in COLUMNS.values())
    body = (
        f"<table><caption>Orders</caption><thead><tr>{heads}</tr></thead><tbody id=b></tbody></table><p id=n>0"
        f" orders</p><template id=rows>{rows}</template>"
    )
    desk = _listing(
        body, f"const fill = (rows, k) => {{ b.innerHTML = rows; n.textContent = (k || 2) + ' orders'; }}; {script};"
    )

    async def late(request: Request) -> Response:
        del request
        return HTMLResponse(rows)

    desk.routes.append(Route("/count/rows", late))
    with bot_at(desk, browser, tmp_path) as bot:
        read = bot.read()
    assert read is not None, bot.said
    assert len(read.rows) == 2


_ROWS = "fetch('/count/rows')"
_XHR = "const x = new XMLHttpRequest(); let k = 0; const ask = (a) => { x.open('GET', a); x.send(); };"
_WAYS = {
    "a note of another host": f"{_ROWS}.then(r => r.json()).then(fill)",
    "sent on to a path that is a note's by another method": "fetch('/go').then(r => r.json()).then(fill)",
    "one request used twice": f"{_XHR} x.onload = () => k++ ? fill(JSON.parse(x.responseText)) : ask('/count/rows');"
    " ask('/fast')",
    "read piece by piece": f"{_ROWS}.then(async r => {{ const d = r.body.getReader(); let t = ''; for (;;) {{"
    " const p = await d.read(); if (p.done) break; t += new TextDecoder().decode(p.value); } fill(JSON.parse(t)); })",
    "a module": "import('/module').then(m => fill(m.default))",
    "a module after all is loaded": "addEventListener('load', () => import('/module').then(m => fill(m.default)))",
    "a script after all is loaded": "window.fill = fill; addEventListener('load', () => setTimeout(() => {"
    " const s = document.createElement('script'); s.src = '/script'; document.body.append(s); }, 0))",
    "a hidden frame": "const f = document.createElement('iframe'); f.hidden = true; document.body.append(f);"
    f" f.contentWindow.{_ROWS}.then(r => r.json()).then(fill)",
    "a frame's own timer": "const f = document.createElement('iframe'); f.hidden = true; document.body.append(f);"
    " f.contentWindow.fetch('/now').then(r => r.json()).then(d => f.contentWindow.setTimeout(() => fill(d), 400))",
    "a worker": "const w = new Worker('/worker'); w.onmessage = e => fill(e.data)",
}
_FILL = (
    "const fill = (rows) => { b.innerHTML = rows.map(r => '<tr>' + r.map(c => `<td>${c}</td>`).join('') + '</tr>')"
    ".join(''); n.textContent = rows.length + ' orders'; };"
)


def test_a_list_is_not_empty_while_its_rows_come_in_whichever_way(tmp_path: Path, browser: WarmBrowser) -> None:
    """Each way says `0 orders` until its rows have come: nothing that a page's own timers or notes would show."""
    rows, way = _many(2), [""]
    heads = "".join(f"<th>{one}</th>" for one in COLUMNS.values())
    desk = Desk()

    async def orders(_: Request) -> Response:
        body = f"<table><caption>Orders</caption><thead><tr>{heads}</tr></thead><tbody id=b></tbody></table>"
        return page("Orders", f"{desk.filter()}{body}<p id=n>0 orders</p>", f"{_FILL} {_WAYS[way[0]]};")

    async def slowly(_: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            yield "["
            await asyncio.sleep(0.9)
            yield json.dumps(rows)[1:]

        return StreamingResponse(parts(), media_type="application/json")

    def script(text: str, after_s: float = 0.9) -> Handler:
        async def given(_: Request) -> Response:
            await asyncio.sleep(after_s)
            return Response(text, media_type="text/javascript")

        return given

    ask = f"{_ROWS}.then(r => r.json()).then(d => postMessage(d))"
    routes = {
        "/orders": desk.inside(orders),
        "/count/rows": slowly,
        "/go": script("", 0),
        "/fast": script("[]", 0),
        "/now": script(json.dumps(rows), 0),
        "/module": script(f"export default {json.dumps(rows)}"),
        "/script": script(f"fill({json.dumps(rows)})"),
        "/worker": script(ask, 0),
    }

    async def sent_on(_: Request) -> Response:
        return RedirectResponse("/count/rows", 303)

    desk.routes = [Route(path, one) for path, one in (routes | {"/go": sent_on}).items()]
    notes = [{"method": "GET", "host": "https://stats.example", "path": "/*"}, {"path": "/count/*"}]
    found = {}
    with bot_at(desk, browser, tmp_path, {"requests": {"note": notes}}) as bot:
        for way[0] in _WAYS:
            read = bot.read()
            found[way[0]] = bot.said or len(read.rows if read else [])
    assert found == dict.fromkeys(_WAYS, 2)


def test_a_stream_without_an_end_keeps_no_list_busy(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _listing(
        table("Orders", list(COLUMNS.values()), _many(2)) + counted(2),
        "fetch('/news').then(async r => { window.d = r.body.getReader(); while (!(await d.read()).done); })",
    )

    async def news(_: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await asyncio.sleep(8)

        return StreamingResponse(parts(), media_type="text/event-stream")

    desk.routes.append(Route("/news", news))
    with bot_at(desk, browser, tmp_path, {"ready": {"wait_s": 4}}) as bot:
        read = bot.read()
    assert (bot.said, read is not None and len(read.rows)) == ("", 2)


def test_a_request_that_never_comes_whole_is_named_with_the_line_to_write(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _listing(
        table("Orders", list(COLUMNS.values()), _many(2)) + counted(2),
        "fetch('/news').then(async r => { window.d = r.body.getReader(); while (!(await d.read()).done); })",
    )

    async def news(_: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            yield "x"
            await asyncio.sleep(12)

        return StreamingResponse(parts(), media_type="text/plain")

    desk.routes.append(Route("/news", news))
    with bot_at(desk, browser, tmp_path, {"ready": {"wait_s": 2}}) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION LIST_NOT_READY")
    assert "GET /news has not come whole" in bot.said
    assert "{method: GET, path: /news}" in bot.said


def test_a_list_that_stays_busy_is_refused(tmp_path: Path, browser: WarmBrowser) -> None:
    body = table("Orders", list(COLUMNS.values()), [], "aria-busy=true") + counted(0)
    with bot_at(_listing(body), browser, tmp_path, {"ready": {"wait_s": 1}}) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION LIST_NOT_READY")
    words = {"ready": {"wait_s": 1, "busy": "One moment"}}
    desk = _listing("<p>One moment</p>" + table("Orders", list(COLUMNS.values()), []) + counted(0))
    with bot_at(desk, browser, tmp_path, words) as bot:
        assert bot.read() is None
    assert "it shows 'One moment'" in bot.said


def _pages(shift: str, size: int = 10) -> Desk:
    """A list in pages that changes between the first and the second, once, or each time."""
    desk, rows, asked = Desk(), _many(25), {"n": 0}

    async def orders(request: Request) -> Response:
        at = int(request.query_params.get("page", "1"))
        asked["n"] += at == 2
        if at == 2 and (shift == "always" or asked["n"] == 1):
            rows.insert(0, [f"T-9{asked['n']:03d}", "new", "B-1", "Storage", "", "Open"])
            if shift == "swap":
                rows.pop(1)
        total = 25 if shift == "fixed total" else len(rows)
        part = rows[(at - 1) * size : at * size]
        link = f"<a href='/orders?page={at + 1}'>Further</a>" if at * size < len(rows) else ""
        return page("Orders", desk.filter() + table("Orders", list(COLUMNS.values()), part) + counted(total) + link)

    desk.routes = [Route("/orders", desk.inside(orders))]
    desk.rows = [{"number": "x"}]
    return desk


@pytest.mark.parametrize(("shift", "number"), [("once", 26), ("swap", 25)])
def test_pages_that_shift_once_are_read_again(shift: str, number: int, tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(_pages(shift), browser, tmp_path) as bot:
        read = bot.read()
    assert read is not None, bot.said
    names = [row["number"] for row in read.rows]
    assert (len(names), len(set(names))) == (number, number)


@pytest.mark.parametrize("shift", ["always", "fixed total"])
def test_pages_that_go_on_shifting_are_refused(shift: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _pages(shift)
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION LIST_")


def test_a_next_page_on_another_host_is_not_read(tmp_path: Path, browser: WarmBrowser) -> None:
    body = (
        table("Orders", list(COLUMNS.values()), _many(2)) + "<p>4 orders</p><a href='http://localhost:1/x'>Further</a>"
    )
    with bot_at(_listing(body), browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS OTHER_HOST")
    assert "http://localhost:1/x" in bot.said


@pytest.mark.parametrize(
    ("shown", "normalise", "code"),
    [
        ("0000012345", [], "BUSINESS FILTER_NOT_EQUAL"),
        ("b-1 x", [], "BUSINESS FILTER_NOT_TAKEN"),
        ("0000012345", ["leading zeros"], ""),
        ("12345-A", [], "none"),
    ],
)
def test_rows_that_came_back_and_none_equals_the_filter(
    shown: str, normalise: list[str], code: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    rows = [["T-1", "sign", shown, "Storage", "", "Open"]]
    body = table("Orders", list(COLUMNS.values()), rows) + counted(1)
    column = {"header": "Charge", "normalise": normalise}
    with bot_at(_listing(body), browser, tmp_path, {"lists": {"orders": {"columns": {"batch": column}}}}) as bot:
        read = bot.read(batch="12345")
    if code in ("", "none"):
        assert read is not None, bot.said
        assert len(read.rows) == (1 if code == "" else 0)
    else:
        assert bot.said.startswith(code)
        assert shown in bot.said
