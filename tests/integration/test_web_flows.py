"""A client of one page: addresses that carry the filter, a log-in over any page, JSON-RPC, lines entered in a dialog.

The desk's own memory says what arrived; a bot's item is done only where that is right.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tiny_sites import PASSWORD, Bot, Desk, bot_at, page

from keywords.browser import WarmBrowser
from keywords.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-105")]

_CLIENT = r"""
const rpc = (method, params) => fetch('/rpc', {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({id: Date.now(), method, params})}).then(one => one.json());
const pane = (title, inner) => {
  tabs.innerHTML = `<section class=pane><a class=title>${title}</a>${inner}</section>`; };
const orders = async (found) => {
  const wanted = JSON.parse(decodeURIComponent(found.domain || '[]'));
  await new Promise(done => setTimeout(done, SLOW));
  const rows = await rpc('model.order.search_read', wanted);
  pane(decodeURIComponent(found.name || 'Orders'), `<i class=badge>_/${rows.length}</i><table><thead><tr><th>Order
    <th>Our sign<th>Charge<th>Amount<th>State</tr></thead>
    <tbody>${rows.map(r => `<tr>${[r.number, r.our_reference, r.batch,
    `<div>${r.note}</div><span>u</span>`, r.status].map(c => `<td>${c}</td>`).join('')}</tr>`).join('')}</tbody></table>
    <button title=New onclick="ask()"></button>`);
};
window.ask = () => {
  const line = {};
  pane('New order', `<p class=state></p><button title=New></button>
    <label for=w1>Our sign:</label><input id=w1><label for=w2>Charge:</label><input id=w2>
    <ul><li role=tab onclick="lines.hidden=false">Lines</ul>
    <div id=lines hidden><button title=New onclick="box.hidden=false"></button></div><button title=Save></button>
    <div role=dialog id=box hidden><label for=w2b>Charge:</label><input id=w2b>
      <label for=n>Amount:</label><input id=n><input id=n type=number hidden><button>Add</button></div>`);
  const [text, number] = document.querySelectorAll('#n');
  text.onfocus = () => { number.hidden = false; text.hidden = true; number.focus(); };
  number.onblur = () => { text.value = number.value; text.hidden = false; number.hidden = true; };
  box.querySelector('button').onclick = () => { line.note = number.value; line.batch = w2b.value; box.hidden = true; };
  document.querySelector('[title=Save]').onclick = async () => {
    const made = await rpc('model.order.create', {our_reference: w1.value, batch: w2.value, note: line.note, line});
    pane('Order', `<p role=alert>Record saved.</p><output aria-label="Number">${made.number}</output>`);
  };
};
const open = () => {
  const [path, rest] = location.hash.split(';');
  const found = Object.fromEntries((rest || '').split('&').map(one => one.split('=')));
  if (path === '#desk/orders') orders(found);
};
addEventListener('hashchange', open);
const begin = async () => {
  if (await rpc('session.known', {})) { me.textContent = 'Desk bot'; open(); return; }
  door.hidden = false;
  door.querySelector('button').onclick = async () => {
    if (await rpc('session.login', {password: p.value})) { door.remove(); me.textContent = 'Desk bot'; open(); }
  };
};
begin();
"""
_BODY = (
    "<p id=me></p><div id=tabs></div><div role=dialog id=door hidden><b>Who are you?</b><label>Account <input></label>"
    "<label>Passphrase <input type=password id=p></label><button>Enter</button></div>"
)
_FLOW = [
    {"expect": "Everything", "within": ".pane"},
    {"press": "New", "within": ".pane"},
    {"fill": ["our_reference", "batch"], "within": ".pane"},
    {"press": "Lines", "within": ".pane"},
    {"press": "New", "within": "#lines"},
    {"fill": ["line", "note"], "within": "dialog"},
    {"press": "Add", "within": "dialog"},
]
_COLUMNS = {
    "number": "Order",
    "our_reference": "Our sign",
    "batch": "Charge",
    "amount": {"header": "Amount", "type": "number", "part": r"(\S+) .*"},
    "unit": {"header": "Amount", "part": r"\S+ (.*)"},
    "status": "State",
}
_HASH = '#desk/orders;name=Orders%20of%20{KEY}%20{fresh}&domain=[["KEY","%3D","{KEY:json}"]]'


def _told() -> dict[str, Any]:
    """What the bot is told of the desk."""
    form = {
        "path": "/#desk/orders;name=Everything",
        "flow": _FLOW,
        "fields": {
            "our_reference": "Our sign",
            "batch": "Charge",
            "line": "Charge",
            "note": {"label": "Amount", "kind": "number"},
            "service": None,
        },
        "within": ".pane",
        "button": "Save",
        "done": "Record saved.",
        "reference": "Number",
        "sends": [{"path": "/rpc", "rpc": ["model.order.create"], "key": "json:params.our_reference"}],
        "once": {"channel": {"kind": "none"}},
    }
    by = {
        "caption": "Orders",
        "within": ".pane",
        "columns": _COLUMNS,
        "paging": "none",
        "total": r"_/(\d+)",
    }
    ours = {**by, "path": "/" + _HASH.replace("KEY", "our_reference"), "says": "Orders of {our_reference} {fresh}"}
    ours |= {"filters": {"our_reference": "", "batch": None}, "columns": {**_COLUMNS, "service": None}}
    batches = {**by, "path": "/" + _HASH.replace("KEY", "batch"), "says": "Orders of {batch} {fresh}"}
    batches |= {"filters": {"batch": ""}}
    words = {
        "login": {"path": "/", "asks": "Who are you?", "inside": "Desk bot"},
        "requests": {
            "read": [{"path": "/rpc", "rpc": ["model.*.search_read", "session.known"]}],
            "session": [{"path": "/rpc", "rpc": ["session.login"]}],
            "change": [{"path": "/rpc", "rpc": ["model.order.create"], "key": "json:params.our_reference"}],
        },
        "lists": {"orders": ours, "batches": batches},
        "forms": {"order": form},
    }
    copied: dict[str, Any] = json.loads(json.dumps(words))  # nothing in it twice: aliases are not allowed in locators
    return copied


def _desk(slow_ms: int = 0, client: str = _CLIENT) -> Desk:
    desk = Desk(guard=False)
    known: list[bool] = []

    async def home(request: Request) -> Response:
        del request
        return page("Desk", _BODY, client.replace("SLOW", str(slow_ms)))

    async def rpc(request: Request) -> Response:
        sent = json.loads(await request.body())
        desk.asked.append(f"RPC {sent['method']}")
        match sent["method"]:
            case "session.known":
                return JSONResponse(bool(known))
            case "session.login":
                known.extend([True] * (sent["params"]["password"] == PASSWORD))
                return JSONResponse(bool(known))
            case "model.order.search_read":
                wanted = sent["params"]
                return JSONResponse([row for row in desk.rows if all(row[key] == value for key, _, value in wanted)])
            case "model.order.create":
                return JSONResponse(desk.add(sent["params"]))
        return JSONResponse(None)

    desk.routes = [Route("/", home), Route("/rpc", rpc, methods=["POST"])]
    return desk


def _send(bot: Bot) -> str | None:
    given = {"batch": "B-1", "line": "B-1", "note": "3"}
    return bot.attempt(lambda: Site().send_form_once("desk", "order", **given))


def test_a_list_is_opened_by_its_address_and_the_form_with_its_lines_is_sent_once(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = _desk(slow_ms=700)
    desk.add({"our_reference": 'other "one"', "batch": "B-9", "note": "1"})
    access = {"one_channel": True}
    with bot_at(desk, browser, tmp_path, _told(), access=access) as bot:
        read = bot.read("batches", batch="B-9")
        number = _send(bot)
        again = bot.read("batches", batch="B-1")
    assert bot.said == ""
    assert read is not None
    assert [(row["our_reference"], row["amount"], row["unit"]) for row in read.rows] == [('other "one"', "1", "u")]
    assert again is not None
    assert [(row["number"], row["amount"]) for row in again.rows] == [(number, "3")]
    assert desk.asked.count("RPC model.order.create") == 1


def test_an_older_tab_is_never_read_in_the_place_of_the_list_that_was_asked_for(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    stays = _CLIENT.replace("addEventListener('hashchange', open);", "")
    desk = _desk(client=stays)
    desk.add({"our_reference": "first", "batch": "B-9", "note": "1"})
    lists = {"batches": {"ready": {"wait_s": 2}}}
    told = _told()
    told["lists"]["batches"] |= lists["batches"]
    with bot_at(desk, browser, tmp_path, told) as bot:
        first = bot.read("batches", batch="B-9")
        second = bot.read("batches", batch="B-8")
    assert first is not None
    assert second is None
    assert "LIST_NOT_READY" in bot.said
    assert "it does not say 'Orders of B-8" in bot.said


def test_a_method_that_nobody_named_is_refused_with_the_line_to_write(tmp_path: Path, browser: WarmBrowser) -> None:
    deletes = _CLIENT.replace("begin();\n", "begin().then(() => rpc('model.order.delete', [1]).catch(() => 0));\n")
    desk = _desk(client=deletes)
    with bot_at(desk, browser, tmp_path, _told()) as bot:
        bot.read("batches", batch="B-9")
    assert "CHANGE_OUTSIDE_EFFECT" in bot.said
    assert "{method: POST, path: /rpc, rpc: [model.order.delete]}" in bot.said
    assert "RPC model.order.delete" not in desk.asked


def test_a_step_that_two_things_could_be_is_refused_and_nothing_is_sent(tmp_path: Path, browser: WarmBrowser) -> None:
    told = _told()
    told["forms"]["order"]["flow"] = [*_FLOW[:4], {"press": "New"}, *_FLOW[5:]]
    desk = _desk()
    with bot_at(desk, browser, tmp_path, told, access={"one_channel": True}) as bot:
        _send(bot)
    assert "STEP_NOT_ONE" in bot.said
    assert desk.asked.count("RPC model.order.create") == 0


def test_a_product_on_trial_is_opened_where_the_plant_says_so_alone(tmp_path: Path, browser: WarmBrowser) -> None:
    told = {**_told(), "on_trial": "no order was placed yet"}
    desk = _desk()
    with bot_at(desk, browser, tmp_path, told) as bot:
        assert bot.read("batches", batch="B-9") is None
    assert bot.said.startswith("BUSINESS ON_TRIAL: Site product 'tinydesk' is on trial (no order was placed yet)")
    assert desk.asked == []
    with bot_at(desk, browser, tmp_path, told, access={"trial": True}) as bot:
        assert bot.read("batches", batch="B-9") is not None
