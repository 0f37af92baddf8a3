"""How much one account, one address, and one address that logs in may ask for; and how long a request may be.

Each has a bucket of as many requests as it may send in a minute, which fills up evenly. Buckets live in the process:
several processes behind one address count each on its own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from math import ceil

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mes_core.domain.errors import Unauthenticated
from mes_core.services import Mes

Refuse = Callable[[Request, HTTPStatus, str], Response]
_LOG_INS = frozenset({"/login", "/api/login", "/api/password"})
_MOST_KEYS = 20_000


@dataclass(frozen=True)
class Limits:
    """Requests per minute; 0 sets no limit. And the longest body of a request, in bytes.

    The defaults are several times what the bots of a plant send, and log-ins cost 30 ms of processor time each.
    """

    per_account: int = 6000
    per_address: int = 12_000
    log_ins_per_address: int = 300
    longest_body: int = 16 * 1024 * 1024


NO_LIMITS = Limits(0, 0, 0)
"""As many requests as the machine can carry."""


class Buckets:
    """One bucket for each key that was seen; those that are full again are forgotten."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Let each key have so many requests a minute; 0: no limit. The clock counts seconds."""
        self._most, self._clock = per_minute, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one request from a bucket; returns 0, or in how many seconds there will be one."""
        if self._most <= 0:
            return 0.0
        now, per_second = self._clock(), self._most / 60
        left, at = self._left.pop(key, (float(self._most), now))
        left = min(float(self._most), left + (now - at) * per_second)
        wait = 0.0 if left >= 1 else (1 - left) / per_second
        self._left[key] = (left - 1 if wait == 0 else left, now)
        while self._left and (len(self._left) > _MOST_KEYS or self._is_full(now)):
            self._left.popitem(last=False)
        return wait

    def _is_full(self, now: float) -> bool:
        """Whether the bucket that was longest without a request is full again: it says nothing any more."""
        left, at = next(iter(self._left.values()))
        return left + (now - at) * self._most / 60 >= self._most


class Guard:
    """Refuses requests that are too many (429, with Retry-After) or too long (413) before anything looks at them."""

    def __init__(self, app: ASGIApp, *, mes: Mes, limits: Limits, refuse: Refuse) -> None:
        """Stand before an application."""
        self._app, self._mes, self._refuse, self._limits = app, mes, refuse, limits
        self._accounts, self._addresses = Buckets(limits.per_account), Buckets(limits.per_address)
        self._log_ins = Buckets(limits.log_ins_per_address)
        self._users: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        wait, whose = await self._too_many(request)
        if wait > 0:
            seconds = max(1, ceil(wait))
            detail = f"Too many requests from this {whose}: send the next one in {seconds} s."
            answer = self._refuse(request, HTTPStatus.TOO_MANY_REQUESTS, detail)
            answer.headers["Retry-After"] = str(seconds)
            await answer(scope, receive, send)
            return
        parts = await self._body(receive) if request.method not in ("GET", "HEAD", "OPTIONS") else []
        if parts is None:
            most = self._limits.longest_body // 1024
            detail = f"The request is longer than {most} KiB: send less at once."
            answer = self._refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return

        async def again() -> Message:
            return parts.pop(0) if parts else await receive()

        await self._app(scope, again, send)

    async def _too_many(self, request: Request) -> tuple[float, str]:
        """How long to wait, and whose requests are too many."""
        address = request.client.host if request.client else ""
        wait = self._addresses.take(address)
        if wait == 0 and request.method == "POST" and request.url.path in _LOG_INS:
            wait = self._log_ins.take(address)
        if wait > 0:
            return wait, "address"
        user = await self._user(request)
        return (self._accounts.take(user), "account") if user else (0.0, "")

    async def _user(self, request: Request) -> str:
        """Whose token came along; a token is looked up once, and one that is nobody's counts for its address only."""
        sent = request.headers.get("authorization", "").partition(" ")[2] or request.cookies.get("batchwright_session")
        if not sent:
            return ""
        name = sha256(sent.encode()).hexdigest()
        if name not in self._users:
            try:
                self._users[name] = (await run_in_threadpool(self._mes.authenticate, sent)).user
            except Unauthenticated:
                return ""
            while len(self._users) > _MOST_KEYS:
                self._users.popitem(last=False)
        return self._users[name]

    async def _body(self, receive: Receive) -> list[Message] | None:
        """The whole body, so that nothing downstream meets one that is too long; None: it is."""
        parts: list[Message] = []
        length = 0
        while True:
            part = await receive()
            parts.append(part)
            length += len(part.get("body", b""))
            if length > self._limits.longest_body:
                return None
            if part["type"] != "http.request" or not part.get("more_body"):
                return parts
