"""A work item watched as it runs: a page, and a stream of server-sent events that carries what is new on it.

Each stream ends by itself after a while and the browser opens the next one, as it does with a stream that was lost: it
says what it has seen, and hears of everything that is newer. Nothing is kept for those who look on.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from mes_core.domain.errors import DomainError, Unavailable
from mes_core.messages.work import LiveView
from mes_core.services import Mes
from mes_core.web.console import session, show
from mes_core.web.console.session import PersonDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
_EVERY_S, _LONGEST_S, _AGAIN_MS = 0.5, 20.0, 1000
_MOST_WATCHERS = 60
_ENDED = frozenset({"done", "waiting", "cancelled"})


@router.get("/work-items/{item_id}/live")
def live(request: Request, mes: MesDep, who: PersonDep, item_id: str) -> HTMLResponse:
    """An item as it stands; with a script that follows its stream, and anew every few seconds without one."""
    return show.page(request, "live.html", {"who": who, "live": mes.live(item_id), "ended": _ENDED})


@router.get("/work-items/{item_id}/events")
async def events(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    item_id: str,
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> Response:
    """What is new about an item, as it happens; what was seen already is not sent again."""
    del who
    first = await run_in_threadpool(mes.live, item_id)
    watching = getattr(request.app.state, "watching", 0)
    if watching >= _MOST_WATCHERS:
        raise Unavailable(f"{watching} people watch bots already: the page shows the item anew every few seconds.")
    stream = _stream(request, mes, first, last_event_id)
    headers = {"X-Accel-Buffering": "no"}  # a proxy that waits for more would show it late
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(request: Request, mes: Mes, found: LiveView, seen: str) -> AsyncIterator[str]:
    state, ends = request.app.state, time.monotonic() + _LONGEST_S
    state.watching = getattr(state, "watching", 0) + 1
    try:
        yield f"retry: {_AGAIN_MS}\n\n"
        while True:
            if found.version != seen:
                seen = found.version
                yield _event("item", seen, _fragment(found))
            if found.item.state in _ENDED:
                yield _event("over", seen, found.item.state)
                return
            if time.monotonic() >= ends or await request.is_disconnected():
                return
            await asyncio.sleep(_EVERY_S)
            try:
                await run_in_threadpool(mes.authenticate, session.token_of(request), session.audience(request))
                found = await run_in_threadpool(mes.live, found.item.item_id)
            except DomainError:
                yield _event("over", seen, "logged out")
                return
    finally:
        state.watching -= 1


def _event(name: str, number: str, text: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\nid: {number}\n{lines}\n"


def _fragment(found: LiveView) -> str:
    return show.part("live_parts.html", "item_now", live=found)
