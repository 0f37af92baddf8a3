"""Log-in and log-out; after a session that ended, what was typed comes back."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.domain.errors import DomainError
from mes_core.web.console import kept, session, show
from mes_core.web.console.session import SignerDep
from mes_core.web.port import MesDep, address_of

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
LogIn = Annotated[str, Form(max_length=200)]
Packed = Annotated[str, Form(max_length=40_000)]


def log_in_first(request: Request) -> Response:
    """Nobody is logged in (any more): the log-in, which keeps the way back and what was typed."""
    packed = kept.keep(request)
    if packed:
        refused = "Your session had ended. Log in again: what you typed is kept, and nothing was done yet."
        return show.page(request, "login.html", {"refused": refused, "kept": packed}, HTTPStatus.UNAUTHORIZED)
    path = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
    back = kept.way_back(path) if request.method == "GET" else "/"
    return RedirectResponse("/login" if back == "/" else f"/login?next={quote(back)}", HTTPStatus.SEE_OTHER)


@router.get("/login")
def login_page(request: Request, next: str = "") -> HTMLResponse:  # noqa: A002 - the name in the address
    """The log-in form."""
    return show.page(request, "login.html", {"back": kept.way_back(next) if next else ""})


@router.post("/login")
def login(
    request: Request, mes: MesDep, user: Text = "", password: LogIn = "", back: Text = "", keep: Packed = ""
) -> Response:
    """Log in; a wrong password shows the form again with the reason."""
    form = {"user": user, "back": kept.way_back(back) if back else "", "kept": keep}
    try:
        device = session.device_of(request)
        opened = mes.login(user, password, session.audience(request), where=address_of(request), device=device)
    except DomainError as error:
        return show.page(request, "login.html", {"refused": str(error), **form}, HTTPStatus.UNAUTHORIZED)
    if opened.principal.kind != "person":
        refused = "A bot cannot use the console: log in as a person."
        return show.page(request, "login.html", {"refused": refused, **form}, HTTPStatus.FORBIDDEN)
    to = "/resume" if keep and kept.read(request, keep) else kept.way_back(back)
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    session.set_cookie(request, response, opened.token)
    session.remember(request, response, mes.known_device(opened.token))
    if to == "/resume":
        kept.put(request, response, keep)
    return response


@router.get("/resume")
def resume(request: Request, mes: MesDep) -> Response:
    """What was typed before the session ended, to be looked at and sent now."""
    who = session.person(request, mes)
    form = kept.read(request, kept.put_aside(request))
    if form is None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return show.page(request, "resume.html", {"who": who, "form": form})


@router.post("/logout")
def logout(request: Request, mes: MesDep, who: SignerDep) -> Response:
    """End the session, here and on the server."""
    del who
    mes.logout(session.token_of(request))
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    session.forget(request, response)
    return response
