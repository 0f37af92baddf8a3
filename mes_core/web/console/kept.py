"""A session that ends under somebody's hands: what was typed comes back after the log-in, and so does the page."""

import base64
import hashlib
import hmac
import json
import time
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from fastapi import Request

from mes_core.messages.signatures import SECRET_FIELDS
from mes_core.services import Mes
from mes_core.web.console import session

_SECONDS = 15 * 60
_LONGEST = 60_000
_INNER = frozenset({"form_token", "verdict_id", "record_hash", "seen"})
_ON_THEIR_PAGE = (["disposition"], ["conditional"])


class Form(NamedTuple):
    """A form that was sent after the session had ended: by whom, where to, with what, and whether it was signed."""

    user: str
    action: str
    fields: tuple[tuple[str, str], ...]
    signed: bool
    named: bool

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What a person reads in it."""
        return [(name.replace("_", " "), value) for name, value in self.fields if name not in _INNER and value]

    @property
    def page(self) -> str:
        """The page of the batch that it is about; empty where it is about none."""
        parts = self.action.split("/")
        return "/".join(parts[:3]) if parts[1:2] == ["batches"] and parts[3:] else ""

    @property
    def there_only(self) -> bool:
        """Whether it is filled in again there: a certification is signed beside what it rests on, nowhere else."""
        return self.action.split("/")[3:4] in _ON_THEIR_PAGE


def keep(request: Request, mes: Mes) -> str:
    """What was sent, packed for the log-in page; empty where it came from no page of a session that there was.

    Passwords are left out. Seal and name keep everybody else from handing somebody a form that they never filled in,
    and from reading what another has typed.
    """
    fields: list[tuple[str, str]] = getattr(request.state, "sent", [])
    if sum(len(name) + len(value) for name, value in fields) > _LONGEST:
        return ""
    if not session.page_of(request, dict(fields).get("form_token", "")):
        return ""
    user = mes.user_of_session(session.token_of(request), session.audience(request))
    if not user:
        return ""
    names = {name for name, _ in fields}
    left = [one for one in fields if one[0] not in SECRET_FIELDS | {"form_token"}]
    told = {
        "to": quote(request.scope["path"]),
        "fields": left,
        "signed": "password" in names,
        "named": "user_name" in names,
    }
    whole = json.dumps({**told, "user": user, "until": time.time() + _SECONDS}, ensure_ascii=False)
    text = base64.urlsafe_b64encode(zlib.compress(whole.encode(errors="replace"))).decode()
    return f"{text}.{_seal(request, text)}"


def read(request: Request, packed: str) -> Form | None:
    """The form again; None where it is not as this server packed it, or older than a quarter of an hour."""
    text, _, seal = packed.partition(".")
    if not text or not hmac.compare_digest(seal.encode(errors="replace"), _seal(request, text).encode()):
        return None
    told: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(text)))
    if told["until"] < time.time():
        return None
    fields = tuple((str(name), str(value)) for name, value in told["fields"] if name != "user_name")
    return Form(told["user"], told["to"], fields, told["signed"], told["named"])


def way_back(to: str) -> str:
    """A page of this console to go to after the log-in; the first one where an address leads anywhere else."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    here = to.startswith("/") and not to.startswith("//") and not parts.netloc and "\\" not in to and to.isprintable()
    return to if here and not to.startswith(("/login", "/logout", "/api/", "/static/")) else "/"


def _seal(request: Request, text: str) -> str:
    secret: bytes = request.app.state.frame_secret
    return hmac.new(secret, f"kept:{text}".encode(), hashlib.sha256).hexdigest()
