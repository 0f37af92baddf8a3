"""What a page says after an action: in a cookie of the session, signed, shown once; never in an address."""

import base64
import hashlib
import hmac

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from mes_core.web.console import session

_LONGEST = 600
_SECONDS = 120
_HEADER = "x-batchwright-said"


def back(to: str, said: str) -> RedirectResponse:
    """Go to a page, which says something once: what is said leaves in a header that ends in the session's cookie."""
    return RedirectResponse(to, 303, {_HEADER: _packed(said[:_LONGEST])})


def taken_out(answer: Response) -> str:
    """What an answer wants said on the next page; the header goes no further."""
    packed = answer.headers.get(_HEADER, "")
    if packed:
        del answer.headers[_HEADER]
    return _unpacked(packed)


def leave(request: Request, response: Response, said: str) -> None:
    """Let the next page say something."""
    text = _packed(said)
    secure = request.url.scheme == "https"
    value = f"{text}.{_mac(request, text)}"
    response.set_cookie(
        _name(request), value, max_age=_SECONDS, httponly=True, samesite="strict", secure=secure, path="/"
    )


def take(request: Request) -> str:
    """What this page is to say; empty where nothing was left, or somebody else left it."""
    text, _, mac = request.cookies.get(_name(request), "").partition(".")
    if not text or not hmac.compare_digest(mac.encode(errors="replace"), _mac(request, text).encode()):
        return ""
    return _unpacked(text)


def shown(request: Request, response: Response) -> None:
    """Forget what was said."""
    if _name(request) in request.cookies:
        secure = request.url.scheme == "https"
        response.delete_cookie(_name(request), path="/", secure=secure, httponly=True, samesite="strict")


def _unpacked(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text).decode()
    except ValueError:
        return ""


def _packed(said: str) -> str:
    return base64.urlsafe_b64encode(said.encode()).decode()


def _name(request: Request) -> str:
    return f"{session.cookie_name(request)}_said"


def _mac(request: Request, text: str) -> str:
    return hmac.new(session.token_of(request).encode(), text.encode(), hashlib.sha256).hexdigest()
