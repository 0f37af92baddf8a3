"""What is read is what a person sees, or it is refused: cells, grids, hidden copies, late rows, pages that shift."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from tiny_sites import COLUMNS, Desk, bot_at, counted, page, said, table

from keywords.browser import WarmBrowser

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-090")]
RESULTS = {
    "results": {
        "path": "/results",
        "caption": "Results",
        "filters": {"batch": "Charge"},
        "columns": {"sample": "Sample", "batch": "Charge", "test": "Test", "value": "Value", "status": "State"},
    }
}
HEAD = ("Sample", "Charge", "Test", "Value", "State")


def results(rows: str, head: str = "", count: str = "<p>1 orders</p>", style: str = "") -> Desk:
    """A desk with one list of results, drawn as a test says."""
    desk = Desk()
    heads = head or "".join(f"<th>{one}</th>" for one in HEAD)

    async def show(request: Request) -> Response:
        batch = said(request.query_params.get("batch", ""))
        field = f'<label>Charge <input name=batch value="{batch}"></label>'
        form = f"<form action=/results>{field}<button>Search</button></form>"
        drawn = f"<table><caption>Results</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return page("Results", form + drawn + count, head=style)

    desk.routes = [Route("/results", desk.inside(show))]
    return desk


def line(value: str, status: str = "Fail", test: str = "Endotoxin") -> str:
    """A row of results."""
    return f"<tr><td>S-1</td><td>B-1</td><td>{test}</td><td>{value}</td><td>{status}</td></tr>"


def one(columns: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What the locators say of the list of results."""
    return {
        "lists": {
            "results": {**RESULTS["results"], "columns": {**RESULTS["results"]["columns"], **(columns or {})}, **more}
        }
    }


GLYPH = '<span title="Fail" style="color:red">&#10006;</span>'
TWO_VALUES = "".join(f"<th>{header}</th>" for header in ("Sample", "Charge", "Test", "Value", "Value", "State"))
TWO_CELLS = "<tr><td>S-1</td><td>B-1</td><td>Endotoxin</td><td>0.2</td><td>8.5</td><td>Fail</td></tr>"
TWO_LINES = (
    "<th rowspan=2>Sample</th><th rowspan=2>Charge</th><th rowspan=2>Test</th><th colspan=2>Outcome</th></tr>"
    "<tr><th>Value</th><th>State</th>"
)
SPANNED = (
    "<tr><td rowspan=2>S-1</td><td rowspan=2>B-1</td><td>Viability</td><td>92</td><td>Pass</td></tr>"
    "<tr><td>Endotoxin</td><td>8.5</td><td>Fail</td></tr>"
)
HIDDEN_TEXT = '<span style="display:none">0000000850</span>8.5'
ASIDE = '<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">endotoxin </span>8.5'
FIELDS = line("<input value=8.5>", "<select><option>Pass</option><option selected>Fail</option></select>")


@pytest.mark.parametrize(
    ("desk", "words"),
    [
        (lambda: results(line(HIDDEN_TEXT)), one()),
        (lambda: results(line(ASIDE)), one()),
        (lambda: results(line("<del>0.2</del> <ins>8.5</ins>")), one()),
        (lambda: results(line('<span style="text-decoration:line-through">0.2</span> 8.5')), one()),
        (lambda: results(line("８．５")), one()),
        (lambda: results(line("8\u200b.5")), one()),
        (lambda: results(line("<b>8</b>.<i>5</i>")), one()),
        (lambda: results(line("8.5 <button>Edit</button>")), one()),
        (lambda: results(line('8.5 <img alt="" src="data:,">')), one()),
        (lambda: results(line("8.5<sup>1</sup>")), one({"value": {"header": "Value", "raised": "note"}})),
        (
            lambda: results(line("8,5")),
            one({"value": {"header": "Value", "type": "number", "numbers": {"decimal": ","}}}),
        ),
        (lambda: results(line("8.5 EU/mL")), one({"value": {"header": "Value", "type": "value", "unit": "EU/mL"}})),
        (lambda: results(TWO_CELLS, TWO_VALUES), one({"value": {"header": "Value", "nth": 2}})),
        (lambda: results(line("8.5"), TWO_LINES), one()),
        (lambda: results(line("8.5"), TWO_LINES), one({"value": {"header": "Value", "under": "Outcome"}})),
        (
            lambda: results(FIELDS),
            one(
                {
                    name: {"header": COLUMN, "cell": "field"}
                    for name, COLUMN in (("value", "Value"), ("status", "State"))
                }
            ),
        ),
        (lambda: results(line("8.5", GLYPH)), one({"status": {"header": "State", "cell": "icon"}})),
        (
            lambda: results(line("8.5", '<img alt="red cross" src="data:,">')),
            one({"status": {"header": "State", "cell": "icon", "icons": {"red cross": "Fail"}}}),
        ),
        (
            lambda: results(line("8.5") + "<tr hidden><td>S-9</td><td>B-1</td><td>x</td><td>1</td><td>Pass</td></tr>"),
            one(),
        ),
        (lambda: results(line("8.5") + "<tr><td colspan=5>Sum: 8.5</td></tr>"), one(skip="^Sum")),
        (lambda: results(line("8.5") + "<tr><td></td><td></td><td></td><td></td><td></td></tr>"), one()),
        (lambda: results(line("8.5"), count="<div><span>State of 12 March</span></div><p>1 orders</p>"), one()),
    ],
    ids=[
        *(
            "hidden text",
            "for the ear",
            "deleted",
            "struck",
            "full width",
            "no width",
            "in pieces",
            "button",
            "ornament",
        ),
        *("note", "comma", "unit", "second of a name", "two lines of headers", "under", "fields", "glyph", "icon map"),
        *("hidden row", "a sum", "an empty row", "another number near"),
    ],
)
def test_a_cell_is_what_a_person_reads(desk: Any, words: dict[str, Any], tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(desk(), browser, tmp_path, words) as bot:
        read = bot.read("results")
    assert bot.said == ""
    assert read is not None
    assert [(row["value"], row["status"]) for row in read.rows] == [("8.5", "Fail")]


@pytest.mark.parametrize(
    ("desk", "code", "names"),
    [
        (lambda: results(TWO_CELLS, TWO_VALUES), "BUSINESS COLUMN_NOT_ONE", "'Value'"),
        (lambda: results(FIELDS), "BUSINESS CELL_HOLDS_FIELD", "'Value'"),
        (lambda: results(line("8.5", GLYPH)), "BUSINESS CELL_HOLDS_PICTURE", "(Fail)"),
        (lambda: results(line("8.5", '<img alt="Pass" src="data:,">')), "BUSINESS CELL_HOLDS_PICTURE", "'State'"),
        (lambda: results(line("8.5<sup>1</sup>")), "BUSINESS CELL_RAISED", "'Value'"),
        (lambda: results(line("10<sup>6</sup>")), "BUSINESS CELL_RAISED", "'6'"),
        (lambda: results(line("\u202e5.8\u202c")), "APPLICATION CELL_TURNED", "'Value'"),
        (lambda: results(SPANNED), "APPLICATION LIST_INCOMPLETE", "1 entries, and 2 can be read"),
        (
            lambda: results(line("8.5") + "<tr><td colspan=5>Charge B-2</td></tr>"),
            "BUSINESS ROW_UNLIKE_OTHERS",
            "Charge B-2",
        ),
        (lambda: results(line("8.5") + "<tr><td>S-2</td><td>B-1</td></tr>"), "BUSINESS ROW_UNLIKE_OTHERS", "2 cells"),
        (
            lambda: results(line("8.5"), style="<style>td:nth-child(4), th:nth-child(4) { display: none }</style>"),
            "BUSINESS COLUMN_HIDDEN",
            "'Value'",
        ),
        (
            lambda: results(line("<span class=neg>8.5</span>"), style="<style>.neg::before { content: '<' }</style>"),
            "BUSINESS CELL_DRAWN",
            "'<'",
        ),
        (lambda: results(line("8.5"), count="<p>12.345 orders</p>"), "APPLICATION TOTAL_NOT_READ", "12.345 orders"),
        (lambda: results(line("8.5"), count="<p>1 orders of 200</p>"), "APPLICATION TOTAL_NOT_READ", "1 orders of 200"),
        (lambda: results(line("8.5"), count="<p>1 orders</p><p>7 orders</p>"), "APPLICATION TOTAL_NOT_ONE", "7 orders"),
        (lambda: results(line("8.5"), count=""), "APPLICATION LIST_INCOMPLETE", "states no number"),
        (
            lambda: results(line("8.5"), count="<p>1 orders</p><button>Load more</button>"),
            "APPLICATION LIST_INC",
            "Load more",
        ),
    ],
    ids=[
        *(
            "two of a name",
            "field",
            "glyph",
            "picture",
            "note",
            "power",
            "turned",
            "spanned",
            "group heading",
            "short row",
        ),
        *("hidden column", "drawn sign", "total cut", "total of more", "two totals", "no total", "says more"),
    ],
)
def test_what_nobody_declared_is_refused_by_its_name(
    desk: Any, code: str, names: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    with bot_at(desk(), browser, tmp_path, one()) as bot:
        assert bot.read("results") is None
    assert bot.said.startswith(code)
    assert names in bot.said


def test_rows_below_a_spanned_cell_and_a_heading_are_filled_in(tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(results(SPANNED), browser, tmp_path, one(total={"counts": ["sample"]})) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert [(row["sample"], row["value"]) for row in read.rows] == [("S-1", "92"), ("S-1", "8.5")]
    grouped = "<tr><td colspan=4>B-1</td></tr>" + "".join(
        f"<tr><td>S-{n}</td><td>x</td><td>{n}</td><td>Pass</td></tr>" for n in (1, 2)
    )
    heads = "".join(f"<th>{one}</th>" for one in HEAD if one != "Charge")
    desk = results(grouped, heads, "<p>2 orders</p>")
    with bot_at(desk, browser, tmp_path, one(rows_below="batch")) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert [(row["batch"], row["value"]) for row in read.rows] == [("B-1", "1"), ("B-1", "2")]


def test_a_number_beside_a_cell_is_not_glued_to_it(tmp_path: Path, browser: WarmBrowser) -> None:
    head = "".join(f"<th>{one}</th>" for one in ("Sample", "Charge", "Test", "State", "Value"))
    row = "<tr><td>S-1</td><td>B-1</td><td>Endotoxin</td><td>Fail</td><td>8.5</td></tr>"
    with bot_at(results(row, head, "<p>1 order</p>"), browser, tmp_path, one()) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert read.rows[0]["value"] == "8.5"


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
        asked["n"] += 1
        if at == 2 and (shift == "always" or asked["n"] == 2):
            rows.insert(0, [f"T-9{asked['n']:03d}", "new", "B-1", "Storage", "", "Open"])
        if at == 2 and shift == "swap" and asked["n"] == 2:
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
        return page("Orders", desk.filter().replace("/orders", "/inner/orders") + desk.listed(rows))

    async def form(request: Request) -> Response:
        del request
        return page("New order", desk.form())

    desk.routes = [
        Route("/orders", desk.inside(portal)),
        Route("/orders/new", desk.inside(portal), methods=["GET"]),
        Route("/inner/orders", inner),
        Route("/inner/orders/new", form),
    ]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert "the frame 'Application'" in bot.said
    words = {"frame": "Application", "hosts": ["http://localhost:*"] if frame == "another host" else []}
    with bot_at(desk, browser, tmp_path, words) as bot:
        read = bot.read()
        number = bot.send()
    assert read is not None, bot.said
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
