"""Log-in of people: a cookie that scripts can't read, and a token in every form that other sites can't know."""

import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from mes_core.domain.errors import Forbidden, Unauthenticated
from mes_core.domain.principals import PersonPrincipal
from mes_core.web.port import MesDep

_COOKIE = "batchwright_session"
_PAGE_BYTES = 12


def cookie_name(request: Request) -> str:
    """What the session's cookie is called.

    Over https `__Host-` keeps every other host, and whoever writes cookies without encryption, from setting it. Without
    encryption browsers hand cookies to every port of a host: the port in the name keeps two consoles apart.
    """
    if request.url.scheme == "https":
        return f"__Host-{_COOKIE}"
    return f"{_COOKIE}_{request.url.port}" if request.url.port else _COOKIE


def audience(request: Request) -> str:
    """What a session of this console is for: this host and port, no other console and not the API."""
    return f"console {request.url.scheme}://{request.url.netloc}"[:200]


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Keep the token of a log-in in the browser, out of reach of scripts and of other sites."""
    secure = request.url.scheme == "https"
    response.set_cookie(cookie_name(request), token, httponly=True, samesite="strict", secure=secure, path="/")


def remember(request: Request, response: Response, word: str) -> None:
    """Keep in the browser that somebody logged in from it, for a year; it opens nothing."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        _device_name(request), word, max_age=365 * 86_400, httponly=True, samesite="strict", secure=secure, path="/"
    )


def device_of(request: Request) -> str:
    """What an earlier log-in left in this browser; empty when there was none."""
    return request.cookies.get(_device_name(request), "")


def _device_name(request: Request) -> str:
    return f"{cookie_name(request)}_device"


def token_of(request: Request) -> str:
    """The token that the browser sent; empty when there is none."""
    return request.cookies.get(cookie_name(request), "")


def forget(request: Request, response: Response) -> None:
    """Take the cookie out of the browser again."""
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="strict")


def form_token(request: Request) -> str:
    """What the forms of a page must send back: a number of that page, and what follows from it and the session.

    So it can't outlive the session, and a form that is sent twice is known as the same.
    """
    page = secrets.token_hex(_PAGE_BYTES)
    return page + _form_mac(request, page)


def page_of(request: Request, sent: str) -> str:
    """The number of the page that a form was on; empty where it is on none of this session, ended or not."""
    page, mac = sent[: 2 * _PAGE_BYTES], sent[2 * _PAGE_BYTES :]
    fits = hmac.compare_digest(mac.encode(errors="replace"), _form_mac(request, page).encode())
    return page if fits and token_of(request) else ""


def _form_mac(request: Request, page: str) -> str:
    return hashlib.sha256(f"form:{page}:{token_of(request)}".encode(errors="replace")).hexdigest()


def person(request: Request, mes: MesDep) -> PersonPrincipal:
    """The person whose browser this is.

    Raises:
        Unauthenticated: nobody is logged in, or the session is over.
        Forbidden: it is a bot's token.
    """
    token = token_of(request)
    if not token:
        raise Unauthenticated("Log in first.")
    who = mes.authenticate(token, audience(request))
    if not isinstance(who, PersonPrincipal):
        raise Forbidden("A bot cannot use the console: log in as a person.")
    return who


def checked_person(
    request: Request, mes: MesDep, form: Annotated[str, Form(alias="form_token", max_length=100)] = ""
) -> PersonPrincipal:
    """The person, for a form that changes something.

    Raises:
        Forbidden: the form does not come from a page of this session.
    """
    who = person(request, mes)
    if not page_of(request, form):
        raise Forbidden("This form does not belong to your session: open the page again and send it once more.")
    return who


def signature_fields(
    password: Annotated[str, Form(max_length=200)], user_name: Annotated[str | None, Form(max_length=80)] = None
) -> dict[str, str | None]:
    """What a form asks at a signature, as a message takes it."""
    return {"password": password, "user_name": user_name or None}


SignatureDep = Annotated[dict[str, str | None], Depends(signature_fields)]
PersonDep = Annotated[PersonPrincipal, Depends(person)]
SignerDep = Annotated[PersonPrincipal, Depends(checked_person)]
