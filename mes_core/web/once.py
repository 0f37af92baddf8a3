"""`ETag`, `If-Match` and `Idempotency-Key`: read from a request, and handed to the transaction that carries it out."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from mes_core.domain.errors import DomainError, Invalid, Unauthenticated
from mes_core.messages.signatures import SECRET_FIELDS
from mes_core.services import Mes
from mes_core.services.batches.masters import MASTERS
from mes_core.services.models.predictive import MODELS
from mes_core.services.requests import Asked, Expected, Once, asking

Next = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[Request, Exception], Response]
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ABOUT_SESSIONS = frozenset({"/api/login", "/api/logout", "/api/password"})
"""What they answer is kept nowhere, and they change nothing that somebody else could have changed since."""
_LONGEST = 200
_OWNERS = {
    "batches": ("batches", "batch_id"),
    "findings": ("findings", "finding_id"),
    "holds": ("holds", "hold_id"),
    "filings": ("filings", "filing_id"),
    "effects": ("effects", "effect_id"),
    "work-items": ("work_items", "item_id"),
    "predictions": ("predictions", "prediction_id"),
    "models": ("models", "model_id"),
    "drift-checks": ("drift_checks", "check_id"),
    "due-items": ("due_items", "due_id"),
    "accounts": ("accounts", "user"),
    "master-records": ("master_records", "master_id"),
}
"""Parts of addresses, and the rows that they name."""


def tagged(path: str) -> str | None:
    """The chain whose newest entry is the ETag of what a GET of this address answers; None: it has no ETag."""
    parts = path.split("/")  # '', 'api', 'batches', 'B1', ...
    if parts[1:3] == ["api", "batches"] and len(parts) > 3:
        return parts[3]
    if parts[1:3] == ["api", "master-records"]:
        return MASTERS
    return MODELS if path in ("/api/models", "/api/drift-checks") else None


def matched(path: str) -> tuple[str, str, str] | None:
    """The table, the column and the key that an If-Match at this address is about; None: there is none to be about."""
    parts = path.split("/")
    owner = _OWNERS.get(parts[2]) if len(parts) > 3 and parts[3] != "claim" else None
    return (*owner, parts[3]) if owner else None


async def hold_to_it(request: Request, call_next: Next, mes: Mes, refuse: Refuse) -> Response:
    """Pass a request on, with its transaction held to its headers; the same one again gets its answer again."""
    if not request.scope["path"].startswith("/api/"):
        return await call_next(request)
    if request.method not in CHANGES:
        return await _with_tag(request, call_next, mes)
    try:
        asked = await _asked(request, mes)
        if asked.expected:
            await run_in_threadpool(mes.check_tag, asked.expected)
        before = await run_in_threadpool(mes.answered, asked.once) if asked.once else None
    except DomainError as refused:
        return refuse(request, refused)
    if before is not None and asked.once is not None:
        try:
            await _still_theirs(request, mes, asked.once.user)
        except DomainError as refused:
            return refuse(request, refused)
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


async def _with_tag(request: Request, call_next: Next, mes: Mes) -> Response:
    """The answer with its ETag, taken before anything is read: a change in between makes it too old, never too new."""
    chain = tagged(request.scope["path"]) if request.method == "GET" else None
    tag = None
    if chain is not None:
        try:
            tag = await run_in_threadpool(mes.tag, chain)
        except DomainError:
            tag = None  # the endpoint says why, or the register is still empty
    answer = await call_next(request)
    if tag is not None and answer.status_code == HTTPStatus.OK:
        answer.headers["ETag"] = f'"{tag}"'
    return answer


async def _asked(request: Request, mes: Mes) -> Asked:
    """What the headers ask; nothing where nobody is logged in: the endpoint refuses that, and nothing is changed."""
    wanted, key = request.headers.get("if-match"), request.headers.get("idempotency-key")
    if wanted is None and key is None:
        return Asked()
    if request.scope["path"] in ABOUT_SESSIONS:
        raise Invalid("If-Match and Idempotency-Key are not for log-ins, log-outs and passwords: leave them out here.")
    token = request.headers.get("authorization", "").partition(" ")[2]
    try:
        user = (await run_in_threadpool(mes.authenticate, token)).user
    except Unauthenticated:
        return Asked()
    once = None if key is None else await _once(request, user, key, mes)
    return Asked(expected=_expected(request.scope["path"], wanted), once=once)


def _expected(path: str, wanted: str | None) -> Expected | None:
    if not wanted or wanted.strip() == "*":
        return None
    about = matched(path)
    if about is None:
        raise Invalid("If-Match is for changes of something that is there already: leave it out here.")
    return Expected(*about, frozenset(one.strip().removeprefix("W/").strip('"') for one in wanted.split(",")))


async def _once(request: Request, user: str, key: str, mes: Mes) -> Once:
    if not 1 <= len(key) <= _LONGEST:
        raise Invalid(f"The Idempotency-Key has {len(key)} characters: give 1 to {_LONGEST}.")
    body = await request.body()
    try:
        # Of what is secret only the name is hashed: a hash of a password is one that can be guessed at.
        body = json.dumps(_public(json.loads(body)), sort_keys=True).encode() if body else b""
    except (ValueError, RecursionError):
        raise Invalid("The body is no JSON that can be read: send the message that the endpoint describes.") from None
    content = f"{request.method} {request.scope['path']}?{request.url.query}\n".encode() + body
    return Once(user, key, hashlib.sha256(content).hexdigest(), mes.now())


def _public(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: None if name in SECRET_FIELDS else _public(one) for name, one in value.items()}
    return [_public(one) for one in value] if isinstance(value, list) else value


async def _still_theirs(request: Request, mes: Mes, user: str) -> None:
    """A signed request gets its answer again with the right password only, which nothing has kept."""
    body = await request.body()
    sent = json.loads(body) if body else None
    if isinstance(sent, dict) and isinstance(sent.get("password"), str):
        await run_in_threadpool(mes.confirm_password, user, sent["password"])


async def _kept(answer: Response, mes: Mes, once: Once) -> Response:
    body = b""
    if isinstance(answer, StreamingResponse) or hasattr(answer, "body_iterator"):
        async for part in answer.body_iterator:
            body += part if isinstance(part, bytes) else bytes(part) if not isinstance(part, str) else part.encode()
    await run_in_threadpool(mes.keep_answer, once, answer.status_code, body.decode())
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    return Response(body, answer.status_code, headers)
