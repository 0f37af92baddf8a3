"""A session that ends under somebody's hands: what was typed comes back after the log-in, and so does the page."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from mes_core.messages.signatures import SECRET_FIELDS
from mes_core.web.console import session

_SECONDS = 15 * 60
_LONGEST = 4_000
_PART, _PARTS = 3_000, 4
_INNER = frozenset({"form_token", "verdict_id", "record_hash"})


class Form(NamedTuple):
    """A form that was sent after the session had ended: where to, with what, and whether it asked for a password."""

    action: str
    fields: tuple[tuple[str, str], ...]
    signed: bool
    named: bool

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What a person reads in it."""
        return [(name.replace("_", " "), value) for name, value in self.fields if name not in _INNER and value]


def keep(request: Request) -> str:
    """What was sent, packed for the log-in page; empty where it came from no page of the session that ended.

    Passwords are left out. The seal keeps others from handing somebody a form that they never filled in.
    """
    fields: list[tuple[str, str]] = getattr(request.state, "sent", [])
    if sum(len(name) + len(value) for name, value in fields) > _LONGEST:
        return ""
    if not session.page_of(request, dict(fields).get("form_token", "")):
        return ""
    names = {name for name, _ in fields}
    left = [one for one in fields if one[0] not in SECRET_FIELDS | {"form_token"}]
    told = {"to": request.scope["path"], "fields": left, "signed": "password" in names, "named": "user_name" in names}
    text = base64.urlsafe_b64encode(json.dumps({**told, "until": time.time() + _SECONDS}).encode()).decode()
    return f"{text}.{_seal(request, text)}"


def read(request: Request, packed: str) -> Form | None:
    """The form again; None where it is not as this server packed it, or older than a quarter of an hour."""
    text, _, seal = packed.partition(".")
    if not text or not hmac.compare_digest(seal.encode(errors="replace"), _seal(request, text).encode()):
        return None
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
    if told["until"] < time.time():
        return None
    fields = tuple((str(name), str(value)) for name, value in told["fields"] if name != "user_name")
    return Form(told["to"], fields, told["signed"], told["named"])


def put(request: Request, response: Response, packed: str) -> None:
    """Hand the form over the log-in to the page that shows it: in parts, as cookies are short."""
    parts = [packed[start : start + _PART] for start in range(0, len(packed), _PART)]
    for place, part in enumerate(parts[:_PARTS]):
        _cookie(request, response, place, part)


def put_aside(request: Request) -> str:
    """The form that was handed over."""
    return "".join(request.cookies.get(_name(request, place), "") for place in range(_PARTS))


def _cookie(request: Request, response: Response, place: int, part: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(
        _name(request, place), part, max_age=60, httponly=True, samesite="strict", secure=secure, path="/"
    )


def _name(request: Request, place: int) -> str:
    return f"{session.cookie_name(request)}_kept{place}"


def way_back(to: str) -> str:
    """A page of this console to go to after the log-in; the first one where an address leads anywhere else."""
    parts = urlsplit(to)
    here = to.startswith("/") and not to.startswith("//") and not parts.netloc and "\\" not in to and to.isprintable()
    return to if here and not to.startswith(("/login", "/logout", "/api/", "/static/")) else "/"


def _seal(request: Request, text: str) -> str:
    secret: bytes = request.app.state.frame_secret
    return hmac.new(secret, f"kept:{text}".encode(), hashlib.sha256).hexdigest()
