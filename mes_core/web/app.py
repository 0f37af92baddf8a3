"""The application: API, console, problem+json errors, and the headers that a browser should get."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from mes_core.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    Unauthenticated,
    Unavailable,
)
from mes_core.messages.bounds import in_words, place_of
from mes_core.services import Mes
from mes_core.services.ports.vault import Vault
from mes_core.web import (
    accounts_api,
    api,
    bell,
    due_api,
    evidence_api,
    filing_api,
    health,
    journey_api,
    metrics,
    once,
    plant_api,
    predictive_api,
    work_api,
)
from mes_core.web.authorization import authorise
from mes_core.web.console import account_pages as console_accounts
from mes_core.web.console import board_pages as console_boards
from mes_core.web.console import calendar_pages as console_calendar
from mes_core.web.console import cause_pages as console_causes
from mes_core.web.console import due_pages as console_due
from mes_core.web.console import evidence as console_evidence
from mes_core.web.console import filing_pages as console_filings
from mes_core.web.console import live_pages as console_live
from mes_core.web.console import pages as console
from mes_core.web.console import plant_pages as console_plant
from mes_core.web.console import prediction_pages as console_predictions
from mes_core.web.console import role_pages as console_roles
from mes_core.web.console import sent_twice, sessions
from mes_core.web.described import describe
from mes_core.web.limits import Guard, Limits
from mes_core.web.mishaps import Mishaps

_STATUS: tuple[tuple[type[DomainError], HTTPStatus], ...] = (
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Stale, HTTPStatus.PRECONDITION_FAILED),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused: one sentence says why, and what to do.",
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    },
    "500": {
        "description": "Something that nobody foresaw; the number in the sentence stands in the server's log too.",
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    },
    "503": {
        "description": "The store can't be used at present; the same request may be sent again.",
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    },
}
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Requests hold patients' batches and signatures: nothing about them goes anywhere, whatever the surroundings say."""
STATIC = Path(__file__).parent / "console" / "static"


def create_app(
    mes: Mes,
    *,
    evidence: Path | None = None,
    vault: Vault | None = None,
    limits: Limits | None = None,
    frame_key: bytes | None = None,
    metrics_from: Sequence[str] = metrics.HERE,
) -> FastAPI:
    """Make the ASGI application.

    Args:
        mes: the services.
        evidence: folder whose pictures and logs the console may show; None hides them.
        vault: takes capsules from other machines, into that folder or behind it; None: none are taken.
        limits: how much may be asked for; None takes the defaults.
        frame_key: what the addresses of evidence frames are signed with, the same in processes that answer at one
            address; None makes one up.
        metrics_from: networks that /metrics is answered to; this machine alone by default.
    """
    app = FastAPI(
        title="Batchwright MES",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=_REFUSALS,
        telemetry=_NO_TELEMETRY,
    )
    app.state.mes = mes
    app.state.evidence = evidence
    app.state.vault = vault
    app.state.metrics_from = tuple(metrics_from)
    app.state.frame_secret = frame_key or secrets.token_bytes(32)
    _open_rooms(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_hold_to_it)
    app.add_middleware(Guard, mes=mes, limits=limits or Limits(), refuse=_refused)
    app.add_middleware(Mishaps, refuse=_refused)
    app.middleware("http")(_add_headers)
    app.add_exception_handler(DomainError, _refused_request)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # as FastAPI's own manual has it
    return app


def _open_rooms(app: FastAPI) -> None:
    """The API, whose callers are looked at by one table, and the console, which looks at its own."""
    for room in (health, metrics):
        app.include_router(room.router)
    for room in (
        api,
        accounts_api,
        predictive_api,
        due_api,
        plant_api,
        filing_api,
        journey_api,
        bell,
        work_api,
        evidence_api,
    ):
        app.include_router(room.router, dependencies=[Depends(authorise)])
    for room in (
        sessions,
        console_boards,
        console_calendar,
        console_causes,
        console_filings,
        console_roles,
        console_live,
        console,
        console_accounts,
        console_due,
        console_plant,
        console_evidence,
        console_predictions,
    ):
        app.include_router(room.router)


async def _hold_to_it(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if _wants_page(request):
        return await sent_twice.carry_out(request, call_next, request.app.state.mes, _domain_error)
    return await once.hold_to_it(request, call_next, request.app.state.mes, _domain_error)


async def _add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    static = request.url.path.startswith("/static/")
    for name, value in _HEADERS.items():
        if not (static and name == "Cache-Control"):
            response.headers.setdefault(name, value)
    return response


def status_of(error: DomainError) -> HTTPStatus:
    """The HTTP status for a refusal."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def _problem(status: int, detail: str, **more: object) -> JSONResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def _wants_page(request: Request) -> bool:
    return not request.scope["path"].startswith("/api/")


def _refused_request(request: Request, error: Exception) -> Response:
    """A refusal of an endpoint; whoever has to log in first finds again what they typed and where they were."""
    if isinstance(error, Unauthenticated) and _wants_page(request):
        return sessions.log_in_first(request)
    return _domain_error(request, error)


def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this type; for the type checker
    status = status_of(error)
    if _wants_page(request):
        return console.error_page(request, status, str(error))
    return _problem(status, str(error))


def _refused(request: Request, status: HTTPStatus, detail: str) -> Response:
    return console.error_page(request, status, detail) if _wants_page(request) else _problem(status, detail)


def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type; for the type checker
    first = error.errors()[0]
    place = place_of(first)
    detail = f"The request is not valid at {place}: {in_words(first)}."
    if _wants_page(request):
        return console.error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=len(error.errors()))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type; for the type checker
    detail = f"{request.url.path}: {error.detail}."
    if error.status_code == HTTPStatus.NOT_FOUND and _wants_page(request):
        detail = f"There is no page {request.url.path}: check the address, or begin at the list of batches."
    if _wants_page(request):
        return console.error_page(request, HTTPStatus(error.status_code), detail)
    return _problem(error.status_code, detail)
