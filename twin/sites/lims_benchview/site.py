"""Benchview's server: one page for every address, JSON over POST behind it, drafts, and news over a web socket."""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from twin.sites._kit import lists
from twin.sites._kit.kinds import Kind
from twin.sites._kit.look import LOOK
from twin.sites._kit.site import Clock
from twin.sites._kit.store import Row
from twin.sites.lims_benchview.tables import FIELDS, LISTS, open_store, told, wanted, window

TOKEN_S = 20.0
"""Seconds after which what the client shows with each request is worth nothing any more."""
_COOKIE = "benchview"
_FOLDER = Path(__file__).parent
_MOST_BYTES = 100_000
_MOST_CHARACTERS = 300
_LISTED = {"lists.page", "lists.export"}


class RefusedError(Exception):
    """A call that Benchview refuses, in its words."""


def seed(
    store_path: Path, *, samples: Iterable[Mapping[str, Any]] = (), results: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put samples and results into the store; none makes an empty laboratory."""
    store = open_store(store_path)
    store.add("samples", samples)
    store.add("results", results)


def results(store_path: Path) -> list[Row]:
    """What the laboratory holds, for tests and summaries."""
    return open_store(store_path).find("results")


def requests(store_path: Path) -> list[Row]:
    """Requests for a retest, as they were made."""
    return open_store(store_path).find("requests")


def kind_of(method: str, path: str, body: bytes) -> Kind:
    """What a request is to Benchview: all it reads and the one thing it changes go to one address."""
    if method == "GET":
        return Kind.OTHER if path == "/live" else Kind.PAGE
    if path != "/rpc":
        return Kind.OTHER
    called = str((_object(body) or {}).get("method"))
    return Kind.CHANGE if called == "requests.create" else Kind.LIST if called in _LISTED else Kind.OTHER


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str], token_s: float = TOKEN_S) -> Starlette:
    """Benchview as an ASGI application. It takes the same request twice without a word, as real ones do."""
    bench = Benchview(store_path, clock, accounts, token_s)
    return Starlette(
        routes=[
            Route("/auth/login", bench.log_in, methods=["POST"]),
            Route("/auth/refresh", bench.refresh, methods=["POST"]),
            Route("/auth/logout", bench.log_out, methods=["POST"]),
            Route("/rpc", bench.called, methods=["POST"]),
            Route("/drafts/request", bench.keep_draft, methods=["PUT"]),
            Route("/app.js", bench.script),
            Route("/style.css", bench.style),
            WebSocketRoute("/live", bench.live),
            Route("/{anything:path}", bench.page),
        ]
    )


class Benchview:
    """The laboratory system.

    Args:
        store_path: its store.
        clock: what time it is there.
        accounts: passwords by user name.
        token_s: how long a token counts, in seconds.
    """

    def __init__(self, store_path: Path, clock: Clock, accounts: Mapping[str, str], token_s: float) -> None:
        self._store, self._clock, self._accounts, self._token_s = open_store(store_path), clock, dict(accounts), token_s
        self._sessions: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._listeners: set[WebSocket] = set()
        self._page, self._script, self._style = (
            (_FOLDER / name).read_text("utf-8") for name in ("page.html", "app.js", "style.css")
        )
        self._methods: dict[str, Callable[[dict[str, Any], str], Any]] = {
            "lists.page": self._window,
            "lists.export": self._export,
            "samples.get": self._sample,
            "tests.list": self._tests,
            "drafts.get": self._draft,
            "requests.create": self._create,
        }

    def page(self, request: Request) -> Response:
        """The one page."""
        del request
        return HTMLResponse(LOOK.get().page(self._page), headers={"Cache-Control": "no-store"})

    def script(self, request: Request) -> Response:
        """The client."""
        del request
        return Response(self._script, media_type="text/javascript", headers={"Cache-Control": "no-store"})

    def style(self, request: Request) -> Response:
        """How it looks."""
        del request
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    async def log_in(self, request: Request) -> Response:
        """Take user and password; a cookie to refresh with, and a token that counts for a short time."""
        said = _object(await request.body()) or {}
        user, password = str(said.get("user", "")), str(said.get("password", ""))
        known = self._accounts.get(user)
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            return _error(HTTPStatus.UNAUTHORIZED, "User name or password is wrong.")
        session = secrets.token_urlsafe(24)
        self._sessions[session] = user
        answer = self._token(user)
        answer.set_cookie(_COOKIE, session, httponly=True, samesite="strict")
        return answer

    def refresh(self, request: Request) -> Response:
        """Another token, for whoever has the cookie."""
        user = self._user_of(request)
        return self._token(user) if user else _error(HTTPStatus.UNAUTHORIZED, "Log in first.")

    def log_out(self, request: Request) -> Response:
        """End the session; the last token ends by itself."""
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        answer = Response(status_code=HTTPStatus.NO_CONTENT)
        answer.delete_cookie(_COOKIE)
        return answer

    async def called(self, request: Request) -> Response:
        """One call, as JSON-RPC has it: what is refused is an answer as well."""
        user = self._bearer(request)
        if user is None:
            return _error(HTTPStatus.UNAUTHORIZED, "The token has expired.")
        body = await request.body()
        said = _object(body) if len(body) <= _MOST_BYTES else None
        method = self._methods.get(str((said or {}).get("method")))
        params = (said or {}).get("params")
        if said is None or method is None or not isinstance(params, dict):
            return _error(HTTPStatus.BAD_REQUEST, "There is no such call.")
        about = {"jsonrpc": "2.0", "id": said.get("id")}
        try:
            result = await run_in_threadpool(method, params, user)
        except RefusedError as refusal:
            return JSONResponse(about | {"error": {"code": -32000, "message": str(refusal)}})
        if method == self._create:
            await self._tell("requests")
        return JSONResponse(about | {"result": result}, headers={"Cache-Control": "no-store"})

    async def keep_draft(self, request: Request) -> Response:
        """What stands in a form that nobody has sent."""
        user = self._bearer(request)
        if user is None:
            return _error(HTTPStatus.UNAUTHORIZED, "The token has expired.")
        body = await request.body()
        said = _object(body) if len(body) <= _MOST_BYTES else None
        if said is None:
            return _error(HTTPStatus.BAD_REQUEST, "That is no draft.")
        await run_in_threadpool(self._keep, user, {key: str(said.get(key, "")) for key in FIELDS})
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def live(self, socket: WebSocket) -> None:
        """Tell of lists that changed, until the page has gone."""
        if self._user_of(socket) is None:
            await socket.close()
            return
        await socket.accept()
        self._listeners.add(socket)
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            self._listeners.discard(socket)

    async def _tell(self, changed: str) -> None:
        news = json.dumps({"changed": changed})
        listening = tuple(self._listeners)
        heard = await asyncio.gather(*(one.send_text(news) for one in listening), return_exceptions=True)
        gone = [one for one, how in zip(listening, heard, strict=True) if isinstance(how, Exception)]
        self._listeners.difference_update(gone)

    def _token(self, user: str) -> JSONResponse:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (user, time.monotonic() + self._token_s)
        return JSONResponse({"token": token, "user": user, "lifetime_s": self._token_s})

    def _user_of(self, connection: HTTPConnection) -> str | None:
        return self._sessions.get(connection.cookies.get(_COOKIE, ""))

    def _bearer(self, request: Request) -> str | None:
        """Who shows a token that still counts."""
        user, until = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "), (None, 0.0))
        return user if time.monotonic() < until else None

    def _window(self, params: dict[str, Any], user: str) -> dict[str, Any]:
        del user
        offset, limit = params.get("offset"), params.get("limit")
        if not isinstance(offset, int) or not isinstance(limit, int):
            raise RefusedError("Say from which row on, and how many.")
        return window(self._store, _list(params), _filters(params), offset, limit)

    def _export(self, params: dict[str, Any], user: str) -> dict[str, str]:
        del user
        spec = LOOK.get().spec(LISTS[_list(params)])
        return {"name": f"{spec.table}.csv", "text": lists.export(self._store, spec, wanted(spec, _filters(params)))}

    def _sample(self, params: dict[str, Any], user: str) -> dict[str, str]:
        del user
        found = self._store.find("samples", sample_id=str(params.get("sample_id", "")), limit=1)
        if not found:
            raise RefusedError(f"Sample {params.get('sample_id')} is not known here.")
        return told(LISTS["samples"], found[0]) | {key: found[0][key] for key in ("patient_name", "birth_date")}

    def _tests(self, params: dict[str, Any], user: str) -> list[str]:
        del params, user
        return sorted({row["test"] for row in self._store.find("results")})

    def _draft(self, params: dict[str, Any], user: str) -> dict[str, str]:
        del params
        found = self._store.find("drafts", user=user, limit=1)
        return dict(json.loads(found[0]["content"])) if found else {}

    def _keep(self, user: str, values: dict[str, str]) -> None:
        found = self._store.find("drafts", user=user, limit=1)
        content = {"content": json.dumps(values)}
        if found:
            self._store.change("drafts", found[0]["seq"], content)
        else:
            self._store.add("drafts", [{"user": user, **content}])

    def _create(self, params: dict[str, Any], user: str) -> dict[str, str]:
        values = {key: str(params.get(key, "")).strip() for key in FIELDS}
        for key, label in FIELDS.items():
            if not 0 < len(values[key]) <= _MOST_CHARACTERS:
                raise RefusedError(f"{label} is required, with at most {_MOST_CHARACTERS} characters.")
        if not self._store.count("samples", sample_id=values["sample_id"], batch=values["batch"]):
            raise RefusedError(f"Batch {values['batch']} has no sample {values['sample_id']}.")
        if not self._store.count("results", test=values["test"]):
            raise RefusedError(f"There is no test '{values['test']}'.")
        about = {"status": "Requested", "requested_at": self._clock().isoformat(timespec="seconds")}
        row = values | about | {"requested_by": user}
        number = self._store.add_numbered("requests", row, "number", lambda seq: f"RT-{seq:06d}")
        for draft in self._store.find("drafts", user=user):
            self._store.remove("drafts", draft["seq"])
        return {"number": number}


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _list(params: dict[str, Any]) -> str:
    if params.get("list") not in LISTS:
        raise RefusedError("There is no such list.")
    return str(params["list"])


def _filters(params: dict[str, Any]) -> dict[str, str]:
    given = params.get("filters")
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def _error(status: HTTPStatus, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message}}, status)
