"""`If-Match` and `Idempotency-Key`: read from a request, and handed to the transaction that carries it out."""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from mes_core.domain.errors import DomainError, Invalid, Unauthenticated
from mes_core.services import Mes
from mes_core.services.requests import Asked, Expected, Once, asking

Next = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[Request, Exception], Response]
_LONGEST = 200
_OWNERS = {
    "batches": ("batches", "batch_id"),
    "findings": ("findings", "finding_id"),
    "holds": ("holds", "hold_id"),
    "filings": ("filings", "filing_id"),
    "effects": ("effects", "effect_id"),
    "work-items": ("work_items", "item_id"),
}
"""Parts of addresses, and the rows that they name."""


async def hold_to_it(request: Request, call_next: Next, mes: Mes, refuse: Refuse) -> Response:
    """Pass a request on, with its transaction held to its headers; the same one again gets its answer again."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or not request.url.path.startswith("/api/"):
        return await call_next(request)
    try:
        asked = Asked(expected=_expected(request), once=await _once(request, mes))
        before = await run_in_threadpool(mes.answered, asked.once) if asked.once else None
    except DomainError as refused:
        return refuse(request, refused)
    if before is not None:
        headers = {"Idempotency-Replayed": "true"}
        return Response(before[1], before[0], headers, media_type="application/json" if before[1] else None)
    with asking(asked):
        answer = await call_next(request)
    if asked.once is None or not asked.noted or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        await run_in_threadpool(mes.forget, asked.once)
        return answer
    return await _kept(answer, mes, asked.once)


def _expected(request: Request) -> Expected | None:
    wanted = request.headers.get("if-match")
    parts = request.url.path.split("/")  # '', 'api', 'batches', 'B1', ...
    if not wanted or wanted.strip() == "*":
        return None
    if len(parts) < 4 or parts[2] not in _OWNERS:
        raise Invalid("If-Match is for changes of one batch or of what belongs to one: leave it out here.")
    tags = frozenset(one.strip().removeprefix("W/").strip('"') for one in wanted.split(","))
    return Expected(*_OWNERS[parts[2]], request.path_params.get("batch_id") or parts[3], tags)


async def _once(request: Request, mes: Mes) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST:
        raise Invalid(f"The Idempotency-Key has {len(key)} characters: give 1 to {_LONGEST}.")
    token = request.headers.get("authorization", "").partition(" ")[2]
    try:
        user = (await run_in_threadpool(mes.authenticate, token)).user
    except Unauthenticated:
        return None  # the endpoint refuses it, and nothing is changed
    content = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    return Once(user, key, hashlib.sha256(content).hexdigest(), mes.now())


async def _kept(answer: Response, mes: Mes, once: Once) -> Response:
    body = b""
    if isinstance(answer, StreamingResponse) or hasattr(answer, "body_iterator"):
        async for part in answer.body_iterator:
            body += part if isinstance(part, bytes) else bytes(part) if not isinstance(part, str) else part.encode()
    await run_in_threadpool(mes.keep_answer, once, answer.status_code, body.decode())
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    return Response(body, answer.status_code, headers)
