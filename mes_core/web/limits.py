"""How much one account, one address, and one address that logs in may ask for; and how a request's body may arrive.

Each has a bucket of as many requests as it may send in a minute, which fills up evenly. Buckets live in the process:
several processes behind one address count each on its own. Changes and log-ins have so many places at once, so that
those who wait for the store's one writer never take the threads that readers need.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from math import ceil

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mes_core.domain.errors import DomainError
from mes_core.services import Mes
from mes_core.web.bodies import Bodies, Refused
from mes_core.web.console import session
from mes_core.web.port import address_of

Refuse = Callable[[Request, HTTPStatus, str], Response]
LOG_INS = frozenset({"/login", "/password", "/api/login", "/api/password"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_KEYS = 20_000
_MOST_WAITING = 200
_LONGEST_WAIT_S = 30.0


@dataclass(frozen=True)
class Limits:
    """Requests per minute; 0 sets no limit. And how long bodies may be, in bytes, and take to arrive, in seconds.

    The defaults are several times what the bots of a plant send, and log-ins cost 30 ms of processor time each. What
    nobody is logged in for is short: log-ins, and requests that are refused anyway.
    """

    per_account: int = 6000
    per_address: int = 12_000
    log_ins_per_address: int = 300
    longest_body: int = 16 * 1024 * 1024
    longest_of_strangers: int = 64 * 1024
    most_held: int = 64 * 1024 * 1024
    most_held_of_strangers: int = 4 * 1024 * 1024
    part_s: float = 10.0
    body_s: float = 30.0
    changes_at_once: int = 8
    log_ins_at_once: int = 4


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


class Places:
    """So many requests of a kind at once; the others wait without a thread, and not for ever."""

    def __init__(self, at_once: int) -> None:
        """Let so many in at once."""
        self._places, self._waiting = asyncio.Semaphore(at_once), 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, once there is one.

        Raises:
            Refused: too many wait already, or it took too long.
        """
        if self._waiting >= _MOST_WAITING:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many changes wait already: send this one again.")
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), _LONGEST_WAIT_S)
        except TimeoutError:
            busy = f"Other changes took longer than {_LONGEST_WAIT_S:.0f} s: nothing was done, send this one again."
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, busy) from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


class Guard:
    """Refuses requests that are too many (429), too long (413) or too slow (408) before anything looks at them."""

    def __init__(self, app: ASGIApp, *, mes: Mes, limits: Limits, refuse: Refuse) -> None:
        """Stand before an application."""
        self._app, self._mes, self._refuse, self._limits = app, mes, refuse, limits
        self._accounts, self._addresses = Buckets(limits.per_account), Buckets(limits.per_address)
        self._log_ins = Buckets(limits.log_ins_per_address)
        self._users: OrderedDict[str, str] = OrderedDict()
        times = (limits.part_s, limits.body_s)
        self._known = Bodies(limits.longest_body, limits.most_held, *times, "send less at once")
        longest = min(limits.longest_body, limits.longest_of_strangers)
        advice = "log in first, or send less at once"
        self._strangers = Bodies(longest, limits.most_held_of_strangers, *times, advice)
        self._changing, self._logging_in = Places(limits.changes_at_once), Places(limits.log_ins_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            user = await self._let_in(request)
            if request.method in _READS:
                await self._app(scope, receive, send)
                return
            bodies = self._known if user else self._strangers
            places = self._logging_in if request.scope["path"] in LOG_INS else self._changing
            async with bodies.whole(request, receive) as body, places.one():
                await self._app(scope, _again(body, receive), send)
        except ClientDisconnect:
            return  # there is nobody to answer
        except Refused as refused:
            answer = self._refuse(request, refused.status, refused.detail)
            answer.headers.update(refused.headers)
            await answer(scope, receive, send)

    async def _let_in(self, request: Request) -> str:
        """Count a request; returns whose it is, empty when it is nobody's.

        Raises:
            Refused: there were too many.
        """
        address = address_of(request)
        wait, whose, user = self._addresses.take(address), "address", ""
        if wait == 0 and request.method == "POST" and request.scope["path"] in LOG_INS:
            wait = self._log_ins.take(address)
        if wait == 0:
            user = await self._user(request)
            wait, whose = (self._accounts.take(user) if user else 0.0), "account"
        if wait > 0:
            seconds = str(max(1, ceil(wait)))
            detail = f"Too many requests from this {whose}: send the next one in {seconds} s."
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, detail, {"Retry-After": seconds})
        return user

    async def _user(self, request: Request) -> str:
        """Whose token came along; a token is looked up once, and one that is nobody's counts for its address only."""
        sent, audience = request.headers.get("authorization", "").partition(" ")[2], ""
        if not sent:
            sent, audience = session.token_of(request), session.audience(request)
        if not sent:
            return ""
        name = sha256(f"{audience} {sent}".encode()).hexdigest()
        if name not in self._users:
            try:
                self._users[name] = (await run_in_threadpool(self._mes.authenticate, sent, audience)).user
            except DomainError:  # whatever it is, the endpoint says it
                return ""
            while len(self._users) > _MOST_KEYS:
                self._users.popitem(last=False)
        return self._users[name]


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands on a body that was received already; after it, what comes (that the client has gone)."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return parts.pop() if parts else await receive()

    return again
