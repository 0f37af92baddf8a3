"""A desk of a few lines, served in this process, and a bot that reads its list and sends its form once.

Each test adds one pattern that products have been reported to have, tells what the bot is told of it, and what has to
come of it. The desk remembers what it was asked and what it holds; that is what counts.
"""

import html
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from bots_fakes import MemoryMes, record
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser
from keywords.context import ItemContext, in_hand
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ItemError
from keywords.settings import Secrets, Settings
from keywords.site import Site
from keywords.sites import Table

PASSWORD = "tiny-canary-91c4"
KEY = "ask:B-1"
COLUMNS = {
    "number": "Order",
    "our_reference": "Our sign",
    "batch": "Charge",
    "service": "Kind",
    "note": "Remark",
    "status": "State",
}
FILTERS = {"our_reference": "Our sign", "batch": "Charge"}
FIELDS = ("our_reference", "batch", "service", "note")
Handler = Callable[[Request], Awaitable[Response]]
LOCATORS = """
product: Tinydesk
settle_s: 0.6
identity: "[data-who]"
login: {path: /login, user: Account, password: Passphrase, button: Enter}
controls: {apply: Search, rows: Lines, most_rows: "500", next: Further, export: Save list, total: '(\\d+) orders?'}
lists:
  orders:
    path: /orders
    caption: Orders
    filters: {our_reference: Our sign, batch: Charge}
    columns: {number: Order, our_reference: Our sign, batch: Charge, service: Kind, status: State}
forms:
  order:
    path: /orders/new
    fields: {our_reference: Our sign, batch: Charge, service: Kind, note: Remark}
    button: Send off
    done: Order taken
    reference: Order number
    once: {list: orders, key: our_reference, number: number, state: {column: status, done: [Open]}}
"""


def page(title: str, body: str, script: str = "", head: str = "", status: int = 200) -> HTMLResponse:
    """A whole page."""
    code = f"<script>{script}</script>" if script else ""
    icon = '<link rel="icon" href="data:,">'
    return HTMLResponse(
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{icon}{head}</head>"
        f"<body><h1>{title}</h1>{body}{code}</body></html>",
        status,
    )


def said(value: object) -> str:
    """A text in a page."""
    return html.escape(str(value))


def table(caption: str, headers: Sequence[str], rows: Sequence[Sequence[object]], attributes: str = "") -> str:
    """A plain table; cells are HTML where they begin with `<`."""
    head = "".join(f"<th scope=col>{said(one)}</th>" for one in headers)
    body = "".join(
        "<tr>" + "".join(f"<td>{one if str(one).startswith('<') else said(one)}</td>" for one in row) + "</tr>"
        for row in rows
    )
    name = f"<caption>{said(caption)}</caption>" if caption else ""
    return f"<table {attributes}>{name}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def counted(number: int) -> str:
    """What the desk says of the length of a list."""
    return f"<p>{number} {'order' if number == 1 else 'orders'}</p>"


def inputs(names: Mapping[str, str]) -> str:
    """Fields by name and label."""
    return "".join(f"<p><label>{label} <input name={name} id=f-{name}></label></p>" for name, label in names.items())


@dataclass
class Desk:
    """The desk: what it holds, what it was asked, and the pieces that a test puts others in the place of.

    Attributes:
        rows: orders that it holds.
        asked: method and path of every request that isn't a plain look, in their order.
        routes: pages that a test adds or replaces, before the desk's own.
        fill: what a test puts into every page's end, as script.
        url: where it is served.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    routes: list[BaseRoute] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    fill: str = ""
    url: str = ""
    guard: bool = True

    def add(self, values: Mapping[str, Any], status: str = "Open") -> dict[str, str]:
        """One more order."""
        row = {key: str(values.get(key, "")) for key in COLUMNS}
        row |= {"number": f"T-{secrets.randbelow(10**6):06}", "status": status}
        self.rows.append(row)
        return row

    def matching(self, request: Request) -> list[dict[str, str]]:
        """The orders that a request looks for."""
        wanted = {key: value for key, value in request.query_params.items() if key in FILTERS and value}
        return [row for row in self.rows if all(row[key] == value for key, value in wanted.items())]

    def lines(self, rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
        """Orders as lines of a table."""
        return [[row[key] for key in COLUMNS] for row in rows]

    def filter(self, method: str = "get") -> str:
        """The form by which a list is searched."""
        return f"<form method={method} action=/orders>{inputs(FILTERS)}<button>Search</button></form>"

    def listed(self, rows: Sequence[Mapping[str, str]], export: str = "/orders.csv") -> str:
        """The list with its count and its export."""
        return (
            table("Orders", list(COLUMNS.values()), self.lines(rows))
            + counted(len(rows))
            + (f"<a href='{export}'>Save list</a>" if export else "")
        )

    async def login(self, request: Request) -> Response:
        """The log-in page, and what it is sent to."""
        if request.method == "GET":
            form = (
                "<label>Account <input name=user></label><label>Passphrase <input type=password name=password></label>"
            )
            return page("Come in", f"<form method=post action=/login>{form}<button>Enter</button></form>")
        sent = await request.form()
        if sent.get("password") != PASSWORD:
            return page("Come in", "<p role=alert>Not you</p>")
        return self.let_in(RedirectResponse("/", 303))

    def let_in(self, answer: Response) -> Response:
        """Give whoever gets this answer a session."""
        session = secrets.token_hex(8)
        self.sessions.add(session)
        answer.set_cookie("desk", session)
        return answer

    async def orders(self, request: Request) -> Response:
        """The list."""
        rows = self.matching(request)
        return page("Orders", self.filter() + self.listed(rows, f"/orders.csv?{said(request.url.query)}"))

    async def export(self, request: Request) -> Response:
        """The list as a file."""
        rows = [list(COLUMNS.values()), *self.lines(self.matching(request))]
        return Response("\r\n".join(",".join(row) for row in rows) + "\r\n", media_type="text/csv")

    async def ask(self, request: Request) -> Response:
        """The form."""
        del request
        return page("New order", self.form())

    def form(self, fields: str = "", button: str = "<button>Send off</button>", script: str = "") -> str:
        """The form's HTML."""
        own = fields or inputs({key: COLUMNS[key] for key in FIELDS})
        return f"<form id=f method=post action=/orders/new>{own}{button}</form><script>{script}</script>"

    async def take(self, request: Request) -> Response:
        """What the form is sent to."""
        row = self.add(dict(await request.form()))
        return RedirectResponse(f"/taken/{row['number']}", 303)

    async def taken(self, request: Request) -> Response:
        """What is shown when an order was taken."""
        number = said(request.path_params["number"])
        return page("Order taken", f'<p>Order number <output aria-label="Order number">{number}</output></p>')

    async def home(self, request: Request) -> Response:
        """The first page."""
        return page("Desk", "<p>Welcome</p>")

    def app(self) -> Any:
        """The desk as an application."""
        own = [
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/orders.csv", self.inside(self.export)),
            Route("/orders", self.inside(self.orders)),
            Route("/orders/new", self.inside(self.ask)),
            Route("/orders/new", self.take, methods=["POST"]),
            Route("/taken/{number}", self.taken),
            Route("/", self.inside(self.home)),
        ]
        inner = Starlette(routes=[*self.routes, *own])

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and (
                scope["method"] not in ("GET", "HEAD") or scope["path"].startswith("/count")
            ):
                self.asked.append(f"{scope['method']} {scope['path']}")
            if scope["type"] == "websocket":
                self.asked.append(f"SOCKET {scope['path']}")
            await inner(scope, receive, send if not self.fill else _filled(send, self.fill))

        return app

    def inside(self, handler: Handler) -> Handler:
        """A page behind the log-in."""

        async def guarded(request: Request) -> Response:
            if self.guard and request.cookies.get("desk") not in self.sessions:
                return RedirectResponse("/login", 303)
            return await handler(request)

        return guarded

    def sent(self, path: str = "/orders/new") -> int:
        """How many changes arrived there."""
        return sum(one.endswith(f" {path}") and not one.startswith("GET") for one in self.asked)


def _filled(send: Any, script: str) -> Any:
    """Put a script at the end of every page."""
    kept: dict[str, Any] = {}

    async def out(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept.update(message)
            return
        headers = dict(kept["headers"])
        body = message.get("body", b"")
        if b"text/html" in headers.get(b"content-type", b""):
            body = body.replace(b"</body>", f"<script>{script}</script></body>".encode())
        length = [
            (name, str(len(body)).encode() if name == b"content-length" else one) for name, one in kept["headers"]
        ]
        await send({**kept, "headers": length})
        await send({**message, "body": body})

    return out


@dataclass
class Bot:
    """A bot at the desk, for one attempt.

    Attributes:
        failure: why it failed; None while it did not.
        evidence: folder of its evidence.
    """

    context: ItemContext
    failure: ItemError | None = None

    def read(self, name: str = "orders", **filters: str) -> Table | None:
        """Read a list; None where that failed."""
        return self.attempt(lambda: Site().read_list("desk", name, **(filters or {"batch": "B-1"})))

    def send(self, name: str = "order", files: dict[str, Path] | None = None, **values: str) -> str | None:
        """Send the form once; the number, None where that failed."""
        given = {"batch": "B-1", "service": "Storage", "note": "Product", **values}
        return self.attempt(lambda: Site().send_form_once("desk", name, files=files, **given))

    def attempt(self, what: Callable[[], Any]) -> Any:
        """Do something with the item in hand; None where that failed, which is kept."""
        try:
            with in_hand(self.context):
                return what()
        except ItemError as failure:
            self.failure = failure
            return None

    @property
    def said(self) -> str:
        """The failure in words: family, code and sentence; empty where there was none."""
        return str(self.failure or "")

    @property
    def diary(self) -> list[str]:
        """What became of every request that was not simply let go."""
        gate = self.context.browser.gate
        return [f"{one['class']} {one['method']} {one['path']}: {one['fate']}" for one in gate.diary]


def told(changes: Mapping[str, Any] | None = None, text: str = LOCATORS) -> dict[str, Any]:
    """What the bot is told of the desk, with what a test says otherwise; a value of None takes a word away."""
    return _merged(yaml.safe_load(text), changes or {})


def _merged(words: Any, changes: Mapping[str, Any]) -> Any:
    out = dict(words)
    for name, value in changes.items():
        if value is None:
            out.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(out.get(name), Mapping):
            out[name] = _merged(out[name], value)
        else:
            out[name] = value
    return out


@contextmanager
def bot_at(
    desk: Desk,
    browser: WarmBrowser,
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    access: Mapping[str, Any] | None = None,
    more_secrets: Mapping[str, str] | None = None,
    server: Callable[[Any], Any] | None = None,
    mes: MemoryMes | None = None,
) -> Iterator[Bot]:
    """Serve the desk, and put a bot at it that was told of it; nothing of the browser is left afterwards."""
    words = folder / "sites" / "tinydesk"
    words.mkdir(parents=True, exist_ok=True)
    (words / "locators.yaml").write_text(yaml.safe_dump(told(changes), allow_unicode=True), "utf-8")
    with (server or (lambda app: Server(app, bind())))(desk.app()) as served:
        desk.url = served.url
        site = {"product": "tinydesk", "url": served.url, "user": "bot", "timeout_s": 6, **(access or {})}
        settings = Settings.model_validate(
            {"mes": {"url": "http://mes", "user": "bot"}, "sites": {"desk": site}, "folders": [str(folder)]}
        )
        context = ItemContext(
            settings=settings,
            secrets=Secrets({"mes": "x", "desk": PASSWORD, **(more_secrets or {})}),
            mes=mes or MemoryMes(record()),  # type: ignore[arg-type]
            browser=browser,
            evidence=EvidenceFolder(folder / f"evidence-{datetime.now(UTC).timestamp()}"),
            item={"item_id": "i-1", "job": "ask", "business_key": KEY, "batch_id": "B-1", "attempt": 1, "epoch": 1},
        )
        browser.gate.begin_item()
        browser.learned.clear()
        try:
            yield Bot(context)
        finally:
            browser.end_item(failed=True)
