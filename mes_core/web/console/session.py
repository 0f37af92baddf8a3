"""Log-in of people: a cookie that scripts can't read, and a token in every form that other sites can't know."""

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from mes_core.domain.errors import Forbidden, Unauthenticated
from mes_core.domain.principals import PersonPrincipal
from mes_core.web.port import MesDep

COOKIE = "batchwright_session"


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Keep the token of a log-in in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


def form_token(request: Request) -> str:
    """What a form must send back; it follows from the session, so it can't outlive it."""
    token = request.cookies.get(COOKIE, "")
    return hashlib.sha256(f"form:{token}".encode()).hexdigest()


def person(request: Request, mes: MesDep) -> PersonPrincipal:
    """The person whose browser this is.

    Raises:
        Unauthenticated: nobody is logged in, or the session is over.
        Forbidden: it is a bot's token.
    """
    token = request.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("Log in first.")
    who = mes.authenticate(token)
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
    if not hmac.compare_digest(form.encode(errors="replace"), form_token(request).encode()):
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
