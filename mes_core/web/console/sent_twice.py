"""A form that is sent twice, by a double click or by going back, is carried out once and answered twice."""

import asyncio
import hashlib
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from mes_core.domain.errors import Conflict, DomainError
from mes_core.messages.signatures import SECRET_FIELDS
from mes_core.services import Mes
from mes_core.services.requests import Asked, Once, asking
from mes_core.web.console import notes, session
from mes_core.web.once import Next, Refuse

_APART = frozenset({"/login", "/logout", "/password", "/resume"})
"""Forms about sessions: what they send is kept nowhere."""
_WAITS, _WAIT_S = 40, 0.25
_OVER = "This form was carried out already: open the page again to see what it did."


async def carry_out(request: Request, call_next: Next, mes: Mes, refuse: Refuse) -> Response:
    """Pass a request of the console on; the same form again gets its answer again, and so does what it said."""
    answer, told = await _carried(request, call_next, mes, refuse)
    said = told or notes.taken_out(answer)
    if said:
        notes.leave(request, answer, said)
    return answer


async def _carried(request: Request, call_next: Next, mes: Mes, refuse: Refuse) -> tuple[Response, str]:
    if request.method != "POST" or request.scope["path"] in _APART:
        return await call_next(request), ""
    once, password = await _once(request, mes)
    if once is None:
        return await call_next(request), ""
    before = await run_in_threadpool(_answered, mes, once)
    if before is not None:
        return await _again(request, mes, once, before, password, refuse)
    asked = Asked(once=once)
    with asking(asked):
        answer = await call_next(request)
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        if asked.noted:
            said = notes.taken_out(answer)
            kept = json.dumps({"to": answer.headers.get("location", ""), "said": said})
            await run_in_threadpool(mes.keep_answer, once, answer.status_code, kept)
            return answer, said
        return answer, ""
    if asked.noted:
        await run_in_threadpool(mes.forget, once)
        return answer, ""
    there = await _other_half(mes, once) if answer.status_code == HTTPStatus.CONFLICT else None
    return (answer, "") if there is None else await _again(request, mes, once, there, password, refuse)


async def _once(request: Request, mes: Mes) -> tuple[Once | None, str]:
    """What names this form and what it says, and the password in it; None where it belongs to nobody's page."""
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    except ValueError:
        return None, ""
    request.state.sent = fields  # for the log-in, should the session have ended: a body is read once
    told = dict(fields)
    page = session.page_of(request, told.get("form_token", ""))
    if not page:
        return None, ""
    try:
        user = (await run_in_threadpool(mes.authenticate, session.token_of(request), session.audience(request))).user
    except DomainError:
        return None, ""
    public = sorted((name, value) for name, value in fields if name not in SECRET_FIELDS | {"form_token"})
    content = hashlib.sha256(json.dumps([request.scope["path"], public]).encode(errors="replace")).hexdigest()
    return Once(user, f"form {page} {content[:32]}", content, mes.now()), told.get("password", "")


def _answered(mes: Mes, once: Once) -> tuple[int, str] | None:
    try:
        return mes.answered(once)
    except Conflict:
        return None  # it is being carried out: the transaction says so, and then its answer is waited for


async def _other_half(mes: Mes, once: Once) -> tuple[int, str] | None:
    """The answer to the same form that came first; None where this one was refused for another reason."""
    for _ in range(_WAITS):
        try:
            return await run_in_threadpool(mes.answered, once)
        except Conflict:
            await asyncio.sleep(_WAIT_S)
    return None


async def _again(
    request: Request, mes: Mes, once: Once, before: tuple[int, str], password: str, refuse: Refuse
) -> tuple[Response, str]:
    if password:
        try:
            await run_in_threadpool(mes.confirm_password, once.user, password)
        except DomainError as refused:
            return refuse(request, refused), ""
    told: dict[str, Any] = json.loads(before[1])
    if not told.get("to"):
        return refuse(request, Conflict(_OVER)), ""
    return RedirectResponse(told["to"], HTTPStatus.SEE_OTHER), told["said"]
