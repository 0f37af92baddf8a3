"""What requests mean: reads by POST, tracking, links that change, and a page that sends more than it should.

The desk's own memory says what arrived; a bot's item is done only where that is right.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from tiny_sites import COLUMNS, FILTERS, Desk, bot_at, inputs, page

from keywords.browser import WarmBrowser

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-091")]


async def _nothing(request: Request) -> Response:
    await request.body()
    return Response(status_code=204)


async def _late(_: Request) -> Response:
    await asyncio.sleep(0.06)
    return Response("so")


def _reading_by_graphql() -> Desk:
    desk = Desk()

    async def orders(request: Request) -> Response:
        del request
        heads = "".join(f"<th>{one}</th>" for one in COLUMNS.values())
        body = (
            f"<table><caption>Orders</caption><thead><tr>{heads}</tr></thead><tbody id=b></tbody></table><p id=n></p>"
        )
        return page(
            "Orders",
            desk.filter() + body + "<a href=/orders.csv>Save list</a>",
            """const asked = Object.fromEntries(new URLSearchParams(location.search));
            fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},
              body: JSON.stringify({query: 'query Some($w: W) { orders(at: $w) { number } }', variables: {w: asked}})})
            .then(one => one.json()).then(found => {
              b.innerHTML = found.map(r => '<tr>' + r.map(c => `<td>${c}</td>`).join('') + '</tr>').join('');
              n.textContent = found.length + ' orders'; }).catch(() => { n.textContent = '0 orders'; });""",
        )

    async def graphql(request: Request) -> Response:
        sent = json.loads(await request.body())
        wanted = {key: value for key, value in sent["variables"]["w"].items() if value}
        return JSONResponse([list(row.values()) for row in desk.rows if wanted.items() <= row.items()])

    desk.routes = [Route("/orders", desk.inside(orders)), Route("/graphql", graphql, methods=["POST"])]
    return desk


def _filter_by_post() -> Desk:
    desk = Desk()

    async def orders(request: Request) -> Response:
        form = dict(await request.form())
        rows = [row for row in desk.rows if all(not form.get(key) or row[key] == form[key] for key in FILTERS)]
        return page("Orders", desk.filter("post") + desk.listed(rows))

    desk.routes = [Route("/orders", desk.inside(orders), methods=["GET", "POST"])]
    return desk


def _tracked(script: str) -> Desk:
    desk = Desk(fill=script)
    desk.routes = [Route("/track", _nothing, methods=["POST"]), Route("/beat/now", _late)]
    return desk


_VIEW = "fetch('/track', {method: 'POST', body: JSON.stringify({at: location.pathname})}).catch(() => 0);"
_PULSE = "setInterval(() => fetch('/track', {method: 'POST'}).catch(() => 0), 300);"
_FAST_PULSE = _PULSE.replace("300", "190")  # it comes before the page is quiet, so before any form is sent
_BEAT = (
    "const ask = () => fetch('/beat/now').then((answer) => answer.text()).catch(() => 0); ask(); setInterval(ask, 90);"
)
_CLICK = (
    "document.addEventListener('click', () => fetch('/track', {method: 'POST', keepalive: true, body: 'c'})"
    ".catch(() => 0));"
)
_NOTE = {"requests": {"note": [{"path": "/track"}]}}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_reading_by_graphql, {"requests": {"read": [{"path": "/graphql", "graphql": "query"}]}}),
        (_filter_by_post, {"requests": {"read": [{"path": "/orders"}]}}),
        (lambda: _tracked(_VIEW), _NOTE),
        (lambda: _tracked(_PULSE), _NOTE),
        (lambda: _tracked(_FAST_PULSE), _NOTE),
        (lambda: _tracked(_CLICK), _NOTE),
        (lambda: _tracked(_BEAT), {"requests": {"note": [{"method": "GET", "path": "/beat/*", "pass": True}]}}),
        (lambda: _tracked(_BEAT), {"requests": {"note": [{"method": "GET", "path": "/beat/*"}]}}),
    ],
    ids=["graphql", "filter by post", "page views", "pulse", "fast pulse", "clicks", "beat", "beat that is dropped"],
)
def test_what_the_locators_name_is_let_go_or_dropped_and_the_form_is_sent_once(
    make: Callable[[], Desk], words: dict[str, Any], tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = make()
    desk.add({"our_reference": "other", "batch": "B-1"})
    with bot_at(desk, browser, tmp_path, words) as bot:
        read = bot.read()
        number = bot.send()
    assert bot.said == ""
    assert read is not None
    assert [row["our_reference"] for row in read.rows] == ["other"]
    assert (number, desk.sent()) == (desk.rows[-1]["number"], 1)


def test_a_page_that_asks_without_an_end_is_never_ready_and_says_what_for(tmp_path: Path, browser: WarmBrowser) -> None:
    """Nobody but who writes the locators can know whether that is the list's data."""
    desk = _tracked(_BEAT)
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION")
    assert "it asked GET /beat/now" in bot.said
    assert "{method: GET, path: /beat/now}" in bot.said


@pytest.mark.parametrize(
    ("make", "path", "line"),
    [
        (_reading_by_graphql, "/graphql", "{method: POST, path: /graphql, graphql: query}"),
        (_filter_by_post, "/orders", "{method: POST, path: /orders}"),
        (lambda: _tracked(_VIEW), "/track", "{method: POST, path: /track}"),
        (lambda: _tracked(_FAST_PULSE), "/track", "{method: POST, path: /track}"),
        (lambda: _tracked(_CLICK), "/track", "{method: POST, path: /track}"),
    ],
    ids=["graphql", "filter by post", "page views", "pulse", "clicks"],
)
def test_what_nobody_named_is_refused_before_anything_is_sent_with_the_line_to_write(
    make: Callable[[], Desk], path: str, line: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = make()
    desk.add({"our_reference": "other", "batch": "B-1"})
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert bot.said.startswith("BUSINESS CHANGE_")
    assert f"POST {path}" in bot.said
    assert line in bot.said
    assert "nothing was sent" in bot.said
    assert (desk.sent(), len(desk.rows)) == (0, 1)
    assert any(one.startswith(f"unknown POST {path}: held back") for one in bot.diary)


def test_a_mutation_is_no_reading(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _reading_by_graphql()
    desk.fill = (
        "fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},"
        " body: JSON.stringify({query: 'mutation { cancel(id: 1) { id } }'})}).catch(() => 0);"
    )
    words = {"requests": {"read": [{"path": "/graphql", "graphql": "query"}]}}
    with bot_at(desk, browser, tmp_path, words) as bot:
        assert bot.read() is None
    assert "POST /graphql" in bot.said
    assert bot.said.startswith("BUSINESS CHANGE_OUTSIDE_EFFECT")


def _by_link(script: str = "") -> Desk:
    desk = Desk(fill=script)

    async def ask(request: Request) -> Response:
        del request
        fields = inputs({key: COLUMNS[key] for key in ("our_reference", "batch", "service", "note")})
        return page("New order", f"<form method=get action=/make>{fields}<button>Send off</button></form>")

    async def make(request: Request) -> Response:
        return RedirectResponse("/taken/" + desk.add(request.query_params)["number"], 303)

    desk.routes = [
        Route("/orders/new", desk.inside(ask)),
        Route("/make", make),
        Route("/track", _nothing, methods=["POST"]),
    ]
    return desk


def test_a_form_sent_by_get_that_nobody_named_is_no_quiet_success(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _by_link()
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert bot.said.startswith("QUALITY EFFECT_PAST_GATE")
    assert len(desk.rows) == 1


@pytest.mark.parametrize("script", ["", _CLICK], ids=["alone", "with clicks tracked"])
def test_a_form_sent_by_get_is_sent_once_where_the_locators_name_it(
    script: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = _by_link(script)
    with bot_at(desk, browser, tmp_path, {"changed_by_link": ["/make"], **_NOTE}) as bot:
        number = bot.send()
    assert (bot.said, number, len(desk.rows)) == ("", desk.rows[0]["number"], 1)


def _single_page(script: str) -> Desk:
    """A form that a script sends, and an answer that it draws."""
    desk = Desk()

    async def ask(request: Request) -> Response:
        del request
        return page("New order", desk.form(script=f"f.onsubmit = (e) => {{ e.preventDefault(); {script} }};"))

    async def take(request: Request) -> Response:
        sent = await request.json()
        row = desk.add(sent)
        desk.answers = getattr(desk, "answers", 0) + 1  # type: ignore[attr-defined]
        if sent.get("note") == "slow":
            return JSONResponse({"error": "gateway"}, 502)
        return JSONResponse({"data": {"number": row["number"]}})

    desk.routes = [Route("/orders/new", desk.inside(ask)), Route("/api/orders", take, methods=["POST"])]
    return desk


_DRAW = (
    ".then(one => one.json()).then(d => { document.body.innerHTML = '<h1>Order taken</h1><p>Order number "
    "<output aria-label=\"Order number\">' + d.data.number + '</output></p>'; })"
)
_SEND = (
    "const send = () => fetch('/api/orders', {method: 'POST', headers: {'content-type': 'application/json'},"
    " body: JSON.stringify(Object.fromEntries(new FormData(f)))});"
)


@pytest.mark.parametrize(
    "script",
    [
        f"{_SEND} send(){_DRAW};",
        f"{_SEND} send(); send(){_DRAW};",
        f"{_SEND} send().then(() => send()){_DRAW};",
    ],
    ids=["once", "twice at once", "once more after the answer"],
)
def test_a_page_that_sends_its_form_by_script_makes_one(script: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page(script)
    with bot_at(desk, browser, tmp_path) as bot:
        number = bot.send()
    assert bot.said == ""
    assert (len(desk.rows), number) == (1, desk.rows[0]["number"])


def test_a_page_that_tries_again_by_itself_after_a_gateway_error_books_once(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    again = f"{_SEND} send().then(one => one.ok ? one : new Promise(r => setTimeout(r, 50)).then(send)){_DRAW};"
    desk = _single_page(again)
    with bot_at(desk, browser, tmp_path) as bot:
        number = bot.send(note="slow")
    assert (len(desk.rows), desk.sent("/api/orders")) == (1, 1)
    assert (bot.said, number) == ("", desk.rows[0]["number"])


def test_the_number_may_come_from_the_answer(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page(f"{_SEND} send().then(() => {{ document.body.innerHTML = '<p role=status>Thank you</p>'; }});")
    words = {"done": None, "reference": None, "answer": {"path": "/api/orders", "number": "data.number"}}
    with bot_at(desk, browser, tmp_path, {"forms": {"order": words}}) as bot:
        number = bot.send()
    assert (bot.said, number, len(desk.rows)) == ("", desk.rows[0]["number"], 1)


def test_a_second_kind_of_change_in_one_act_is_held_back_and_said(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page(
        f"{_SEND} send().then(() => fetch('/api/confirm', {{method: 'POST', body: '1'}})).catch(() => 0);"
    )
    desk.routes.append(Route("/api/confirm", _nothing, methods=["POST"]))
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert bot.said.startswith("BUSINESS CHANGE_NOT_DECLARED")
    assert "POST /api/confirm" in bot.said
    assert f"stands on the site ({desk.rows[0]['number']})" in bot.said
    assert "nothing was sent" not in bot.said
    assert desk.sent("/api/confirm") == 0


def test_two_kinds_of_change_are_sent_where_the_form_takes_both(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page(
        f"{_SEND} send().then(one => fetch('/api/confirm', {{method: 'POST', body: '1'}}).then(() => one)){_DRAW};"
    )
    desk.routes.append(Route("/api/confirm", _nothing, methods=["POST"]))
    sends = [{"path": "/api/orders", "key": "json:our_reference"}, {"path": "/api/confirm", "key": "none"}]
    requests = {"change": [dict(one) for one in sends]}  # YAML without aliases
    words = {"requests": requests, "forms": {"order": {"sends": sends}}}
    with bot_at(desk, browser, tmp_path, words) as bot:
        number = bot.send()
    assert bot.said == ""
    assert (number, desk.sent("/api/confirm")) == (desk.rows[0]["number"], 1)


def test_a_request_that_does_not_carry_our_key_is_not_sent(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page("fetch('/api/orders', {method: 'POST', body: JSON.stringify({batch: 'B-1'})}).catch(() => 0);")
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert "does not carry our key 'ask:B-1'" in bot.said
    assert desk.rows == []


@pytest.mark.parametrize(
    "way",
    [
        "f.action = '{other}/orders/new'; f.submit();",
        "const b = document.createElement('button'); b.setAttribute('formaction', '{other}/orders/new'); f.append(b);"
        " f.onsubmit = null; setTimeout(() => b.click(), 0);",
        "fetch('{other}/api/orders', {{method: 'POST', mode: 'no-cors', body: f.our_reference.value}}).catch(() => 0);",
        "fetch('{other}/api/orders?k=' + f.our_reference.value, {{method: 'DELETE'}}).catch(() => 0);",
    ],
    ids=["form", "formaction", "fetch", "delete"],
)
def test_nothing_leaves_for_another_host_while_the_gate_is_open(way: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()

    async def ask(request: Request) -> Response:
        other = str(request.base_url).replace("127.0.0.1", "localhost").rstrip("/")
        script = f"f.onsubmit = (e) => {{ e.preventDefault(); {way.format(other=other)} }};"
        return page("New order", desk.form(script=script))

    desk.routes = [Route("/orders/new", desk.inside(ask)), Route("/api/orders", _nothing, methods=["POST", "DELETE"])]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert bot.said.startswith("BUSINESS CHANGE_TO_OTHER_HOST")
    assert "localhost" in bot.said
    assert (desk.rows, desk.sent(), desk.sent("/api/orders")) == ([], 0, 0)


def test_five_posts_on_one_click_are_one(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _single_page(
        f"{_SEND} for (let n = 0; n < 4; n++) fetch('/api/orders', {{method: 'POST',"
        " headers: {'content-type': 'application/json'},"
        " body: JSON.stringify({...Object.fromEntries(new FormData(f)), n})}).catch(() => 0);"
    )
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert len(desk.rows) == 1
    assert "is one more than the 1 that one effect takes" in bot.said


def test_a_request_that_two_classes_claim_is_held_back(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _tracked(_VIEW)
    words = {"requests": {"note": [{"path": "/track"}], "read": [{"path": "/tr*"}]}}
    with bot_at(desk, browser, tmp_path, words) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS REQUEST_OF_TWO_CLASSES")
    assert desk.sent("/track") == 0


def test_words_that_no_request_ever_met_are_known(tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(Desk(), browser, tmp_path, {"requests": {"read": [{"path": "/never"}]}}) as bot:
        bot.read()
        rules = browser.gate.rules_of(f"bot@{bot.context.settings.sites['desk'].url}")
    assert rules is not None
    assert rules.never_matched() == ["read: {method: POST, path: /never}"]
