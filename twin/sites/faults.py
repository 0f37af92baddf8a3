"""Hostile sites: a seeded plan of what goes wrong, laid around a site as ASGI middleware.

What a request meets is a function of the plan's seed and of how many requests came before it, so that a run can be
repeated. The plan keeps a diary; tests count from the sites' own stores and use the diary only to say what was met.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from twin.sites._kit.kinds import Kind, KindOf, plain_kind
from twin.sites._kit.look import LOOK, Look
from twin.sites._kit.store import LAG_S

Scope = dict[str, Any]
Message = dict[str, Any]
App = Callable[[Scope, Callable[[], Any], Callable[[Message], Any]], Any]
_LOOKS = (".css", ".js")
_WHO = (b"cookie", b"authorization")


class Fault(StrEnum):
    """What a request can meet."""

    SLOW = "slow"
    HANG = "hang"
    ERROR_500 = "error 500"
    ERROR_502 = "error 502"
    ERROR_503 = "error 503"
    RESET_BEFORE = "connection reset before the commit"
    RESET_AFTER = "connection reset after the commit"
    LATE_COMMIT = "commit seconds after the request"
    LOST_ANSWER = "gateway time-out at once, commit seconds later"
    DOUBLED = "one request committed twice"
    SESSION_EXPIRED = "session expired"
    STALE_LIST = "stale list"
    COLUMNS_MOVED = "columns in another order"
    COLUMN_RENAMED = "a column renamed"
    IDS_CHANGED = "other element ids"
    MODAL = "a notice over the page"


ONLY_CHANGES = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.LATE_COMMIT, Fault.LOST_ANSWER, Fault.DOUBLED})
"""Faults that only a request meets that changes the site."""

_ONLY_PAGES = frozenset({Fault.STALE_LIST, Fault.COLUMNS_MOVED, Fault.COLUMN_RENAMED, Fault.IDS_CHANGED, Fault.MODAL})
_ERRORS = {Fault.ERROR_500: 500, Fault.ERROR_502: 502, Fault.ERROR_503: 503}


@dataclass(frozen=True)
class FaultPlan:
    """What goes wrong and how often.

    Attributes:
        seed: the same seed and the same requests meet the same faults.
        rates: probability by fault, for each request that can meet it.
        script: faults of the first requests that change the site, one for each, before the rates apply; None is none.
        slow_s: seconds that a slow answer takes.
        hang_s: seconds that a hanging answer takes.
        late_s: seconds from a request to its late commit.
        lag_s: seconds that a stale list is behind.
        maintenance: spans of seconds since the start during which the site answers 503.
        clock_off_s: seconds that the site's clock is ahead (negative: behind).
    """

    seed: int = 0
    rates: Mapping[Fault, float] = field(default_factory=dict)
    script: Sequence[Fault | None] = ()
    slow_s: float = 0.8
    hang_s: float = 15.0
    late_s: float = 1.5
    lag_s: float = 1.0
    maintenance: Sequence[tuple[float, float]] = ()
    clock_off_s: float = 0.0

    def clock(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        """The site's clock: wrong by `clock_off_s`."""
        return lambda: clock() + timedelta(seconds=self.clock_off_s)


def full_plan(seed: int, rate: float = 0.02, **more: Any) -> FaultPlan:
    """Every fault, each with this probability, three seconds of maintenance every two minutes, a clock seven minutes
    ahead; `more` overrides the plan's fields."""
    windows = tuple((20.0 + start, 23.0 + start) for start in range(0, 7200, 120))
    plan: dict[str, Any] = {"rates": dict.fromkeys(Fault, rate), "maintenance": windows, "clock_off_s": 420.0}
    return FaultPlan(seed=seed, **{**plan, **more})


class Hostile:
    """A site with a fault plan around it.

    Args:
        app: the site.
        plan: what goes wrong.
        monotonic: seconds, for maintenance windows.
        kind_of: what a request is to the site.

    Attributes:
        met: how often each fault was met.
        in_maintenance: how many requests came while the site was down for maintenance.
    """

    def __init__(
        self,
        app: App,
        plan: FaultPlan,
        monotonic: Callable[[], float] = time.monotonic,
        kind_of: KindOf = plain_kind,
    ) -> None:
        self._app = app
        self._monotonic = monotonic
        self._kind_of = kind_of
        self._late: set[asyncio.Task[None]] = set()
        self.follow(plan)

    def follow(self, plan: FaultPlan) -> None:
        """From now on follow this plan, from its beginning."""
        self._plan = plan
        self._began = self._monotonic()
        self._requests = 0
        self._script = list(plan.script)
        self.met: Counter[Fault] = Counter()
        self.in_maintenance = 0

    def clock(self, clock: Callable[[], datetime]) -> datetime:
        """What time it is on the site, by the plan that it follows now."""
        return self._plan.clock(clock)()

    async def __call__(self, scope: Scope, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
        """Answer one request, with the faults that the plan has for it."""
        if scope["type"] != "http" or scope["path"].endswith(_LOOKS):
            await self._app(scope, receive, send)
            return
        since = self._monotonic() - self._began
        if any(start <= since < end for start, end in self._plan.maintenance):
            self.in_maintenance += 1
            await _answer(send, 503, "Down for maintenance: come back in a few minutes.")
            return
        body, receive = await peeked(scope, receive)
        faults = self._draw(self._kind_of(scope["method"], scope["path"], body))
        self.met.update(faults)
        await self._answer_with(faults, scope, receive, send)

    def _draw(self, kind: Kind) -> frozenset[Fault]:
        self._requests += 1
        changes = kind is Kind.CHANGE
        if changes and self._script:
            one = self._script.pop(0)
            return frozenset({one} if one else ())
        dice = random.Random(f"{self._plan.seed}:{self._requests}")  # noqa: S311 - repeatable, not secret
        drawn = {fault for fault in Fault if dice.random() < self._plan.rates.get(fault, 0.0)}
        drawn -= frozenset() if changes else ONLY_CHANGES
        drawn -= frozenset() if kind in (Kind.PAGE, Kind.LIST) else _ONLY_PAGES
        drawn -= frozenset() if kind is Kind.LIST else {Fault.STALE_LIST}
        if changes:  # one at a time decides about the commit
            decisive = sorted(drawn & (ONLY_CHANGES | set(_ERRORS) | {Fault.SESSION_EXPIRED}))
            drawn -= set(decisive[1:])
        return frozenset(drawn)

    async def _answer_with(
        self, faults: frozenset[Fault], scope: Scope, receive: Callable[[], Any], send: Callable[[Message], Any]
    ) -> None:
        if Fault.SLOW in faults:
            await asyncio.sleep(self._plan.slow_s)
        for fault, status in _ERRORS.items():
            if fault in faults:
                await _answer(send, status, "The server is not well: try again later.")
                return
        if Fault.SESSION_EXPIRED in faults:
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] not in _WHO]}
        if faults & ONLY_CHANGES:
            await self._change_with(faults, scope, receive, send)
            return
        if Fault.HANG in faults:
            replay, sink = _Replay(await _body(receive)), _Kept()
            await self._app(scope, replay, sink)  # what it does is done; only the answer hangs
            await asyncio.sleep(self._plan.hang_s)
            await sink.pass_on(send)
            return
        with _conditions(self._plan, faults, f"{self._plan.seed}:{self._requests}"):
            await self._app(scope, receive, send)

    async def _change_with(
        self, faults: frozenset[Fault], scope: Scope, receive: Callable[[], Any], send: Callable[[Message], Any]
    ) -> None:
        body, kept = await _body(receive), _Kept()
        if Fault.RESET_BEFORE in faults:
            await _reset(receive, send)
            return
        if Fault.DOUBLED in faults:
            await self._app(scope, _Replay(body), _Kept())
        if faults & {Fault.LATE_COMMIT, Fault.LOST_ANSWER}:
            late = asyncio.create_task(self._commit_late(scope, body, kept))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            if Fault.LOST_ANSWER in faults:
                await _answer(send, 504, "The gateway gave up waiting.")
                return
            await asyncio.shield(late)
        else:
            await self._app(scope, _Replay(body), kept)
        if Fault.RESET_AFTER in faults:
            await _reset(receive, send)
            return
        await kept.pass_on(send)

    async def _commit_late(self, scope: Scope, body: bytes, kept: "_Kept") -> None:
        await asyncio.sleep(self._plan.late_s)
        await self._app(scope, _Replay(body), kept)


async def peeked(scope: Scope, receive: Callable[[], Any]) -> tuple[bytes, Callable[[], Any]]:
    """The body of a request that may change something, and what gives it to the application all the same."""
    if scope["method"] in ("GET", "HEAD"):
        return b"", receive
    body = await _body(receive)
    return body, _Replay(body, receive)


class _Replay:
    """Gives a body that was read already to an application once more, and then what comes `then`."""

    def __init__(self, body: bytes, then: Callable[[], Any] | None = None) -> None:
        self._messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._then = then

    async def __call__(self) -> Message:
        if self._messages:
            return self._messages.pop()
        return dict(await self._then()) if self._then else {"type": "http.disconnect"}


class _Kept:
    """Keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self._messages.append(message)

    async def pass_on(self, send: Callable[[Message], Any]) -> None:
        for message in self._messages:
            await send(message)


class _conditions:  # noqa: N801 - reads as a phrase
    """How pages look and how old lists are while one request is answered."""

    def __init__(self, plan: FaultPlan, faults: frozenset[Fault], dice: str) -> None:
        self._lag = plan.lag_s if Fault.STALE_LIST in faults else 0.0
        self._look = Look(
            dice,
            columns_moved=Fault.COLUMNS_MOVED in faults,
            column_renamed=Fault.COLUMN_RENAMED in faults,
            ids_changed=Fault.IDS_CHANGED in faults,
            notice=Fault.MODAL in faults,
        )

    def __enter__(self) -> None:
        self._tokens = (LAG_S.set(self._lag), LOOK.set(self._look))

    def __exit__(self, *error: object) -> None:
        LAG_S.reset(self._tokens[0])
        LOOK.reset(self._tokens[1])


async def _body(receive: Callable[[], Any]) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _answer(send: Callable[[Message], Any], status: int, text: str) -> None:
    body = f"<!doctype html><title>{status}</title><h1>{status}</h1><p>{text}</p>".encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _reset(receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
    """Cut the connection; where the server does not let us, answer nothing but a broken head."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
