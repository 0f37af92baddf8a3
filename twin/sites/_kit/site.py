"""A site as an application: log-in, lists, exports and pages in the product's own look."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from twin.sites._kit import forms, lists
from twin.sites._kit.lists import ListSpec
from twin.sites._kit.look import LOOK
from twin.sites._kit.store import Store

Clock = Callable[[], datetime]
Handler = Callable[[Request], Response]
_COOKIE = "site_session"


class Site:
    """Common ground of one mock site.

    Args:
        name: the product's name.
        folder: the product's folder, with `templates/` and `style.css`.
        store: its store.
        specs: its lists.
        clock: what time it is on the site.
        accounts: passwords by user name.
        menu: labels and addresses for its templates.
        home: address of its first page, by default that of its first list.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        store: Store,
        specs: tuple[ListSpec, ...],
        clock: Clock,
        accounts: Mapping[str, str],
        *,
        menu: Sequence[tuple[str, str]] = (),
        home: str = "",
    ) -> None:
        self.name = name
        self.store = store
        self.clock = clock
        self._specs = specs
        self._accounts = dict(accounts)
        self._sessions: dict[str, str] = {}
        self._style = (folder / "style.css").read_text("utf-8")
        loaders = [FileSystemLoader(folder / "templates"), FileSystemLoader(Path(__file__).parent / "templates")]
        self._templates = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(shown_time=lists.shown_time, status_class=lists.status_class)
        self._templates.globals.update(site=name, rows_per_page=lists.ROWS_PER_PAGE, specs=specs, menu=menu)
        self.routes: list[Route] = [
            Route("/login", self._login_page),
            Route("/login", self._login, methods=["POST"]),
            Route("/style.css", self._stylesheet),
        ]
        self.add_form("/logout", self._logout)
        for spec in specs:
            self.routes.append(Route(f"{spec.path}.csv", self.page(self._export_of(spec))))
            self.routes.append(Route(spec.path, self.page(self._list_of(spec))))
        self.routes.append(Route("/", self.page(lambda _: RedirectResponse(home or specs[0].path))))

    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=self.routes, exception_handlers={HTTPException: self._failed})

    def add(self, path: str, handler: Handler) -> None:
        """Add a page behind the log-in. Handlers are plain functions and run in a thread of their own."""
        self.routes.append(Route(path, self.page(handler)))

    def add_form(self, path: str, handler: Callable[[Request, forms.Answer], Response]) -> None:
        """Add what a form is sent to: behind the log-in, with the form's token checked."""

        async def answer(request: Request) -> Response:
            if self.user(request) is None:
                return self._to_login(request)
            sent = await forms.read(await request.form(max_files=5, max_fields=60))
            if not hmac.compare_digest(sent.values.get("form_token", ""), self._form_token(request)):
                return self.show(
                    request, "message.html", HTTPStatus.FORBIDDEN, text="The form has expired: open it again."
                )
            return handler(request, sent)

        self.routes.append(Route(path, answer, methods=["POST"]))

    def page(self, handler: Handler) -> Handler:
        """A handler that sends whoever is not logged in to the log-in page."""

        def guarded(request: Request) -> Response:
            return handler(request) if self.user(request) is not None else self._to_login(request)

        return guarded

    def user(self, request: Request) -> str | None:
        """Who is logged in."""
        return self._sessions.get(request.cookies.get(_COOKIE, ""))

    def show(self, request: Request, template: str, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
        """Render a page of the product."""
        filled = {
            "user": self.user(request),
            "form_token": self._form_token(request),
            "here": request.url.path,
            "complaints": (),
            "values": {},
            **context,
        }
        page = self._templates.get_template(template).render(filled)
        return HTMLResponse(LOOK.get().page(page), status, {"Cache-Control": "no-store"})

    def missing(self, request: Request, what: str) -> HTMLResponse:
        """The page for something that is not there."""
        return self.show(request, "message.html", HTTPStatus.NOT_FOUND, text=f"{what} is not known here.")

    def _list_of(self, spec: ListSpec) -> Handler:
        return lambda request: self.show(
            request, "list.html", view=lists.view(self.store, LOOK.get().spec(spec), request.query_params)
        )

    def _export_of(self, spec: ListSpec) -> Handler:
        def export(request: Request) -> Response:
            text = lists.export(self.store, LOOK.get().spec(spec), request.query_params)
            name = f"{spec.table}.csv"
            headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
            return PlainTextResponse(text, headers=headers, media_type="text/csv")

        return export

    def _form_token(self, request: Request) -> str:
        return hashlib.sha256(f"form:{request.cookies.get(_COOKIE, '')}".encode()).hexdigest()

    def _to_login(self, request: Request) -> RedirectResponse:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", HTTPStatus.SEE_OTHER)

    def _login_page(self, request: Request) -> Response:
        return self.show(request, "login.html", next=request.query_params.get("next", "/"))

    async def _login(self, request: Request) -> Response:
        sent = await forms.read(await request.form())
        user, password = sent.values.get("user", ""), sent.values.get("password", "")
        wanted = sent.values.get("next", "/")
        known = self._accounts.get(user)
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            complaints = ("User name or password is wrong.",)
            return self.show(request, "login.html", HTTPStatus.UNAUTHORIZED, next=wanted, complaints=complaints)
        token = secrets.token_urlsafe(24)
        self._sessions[token] = user
        inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        response = RedirectResponse(wanted if inside else "/", HTTPStatus.SEE_OTHER)
        response.set_cookie(_COOKIE, token, httponly=True, samesite="lax")
        return response

    def _logout(self, request: Request, answer: forms.Answer) -> Response:
        del answer
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        response.delete_cookie(_COOKIE)
        return response

    def _stylesheet(self, request: Request) -> Response:
        del request
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    def _failed(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
        if status == HTTPStatus.NOT_FOUND:
            return self.missing(request, f"The page {request.url.path}")
        return self.show(request, "message.html", status, text=f"{HTTPStatus(status).phrase}: go back and try again.")
