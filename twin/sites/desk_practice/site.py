"""Deskline's pages and store: a list of requests, and a form that makes one."""

import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twin.sites._kit.forms import Answer
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store

_TABLES = {
    "requests": ("number", "our_reference", "batch", "service", "note", "status", "requested_at", "requested_by"),
}
_REFERENCE = Column("Our reference", "our_reference")
_BATCH = Column("Batch", "batch")
REQUESTS = ListSpec(
    "/requests",
    "requests",
    "Requests",
    (
        Column("Request number", "number", link="/requests"),
        _REFERENCE,
        _BATCH,
        Column("Service", "service"),
        Column("Status", "status", "status"),
        Column("Requested at", "requested_at", "time"),
    ),
    (_REFERENCE, _BATCH),
)
_LABELS = {"our_reference": "Our reference", "batch": "Batch", "service": "Service", "note": "Note"}
_SURE = "The batch number was checked"


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(store_path: Path, *, requests: Iterable[Mapping[str, Any]] = ()) -> None:
    """Put requests into the store; none makes an empty desk."""
    _store(store_path).add("requests", requests)


def requests(store_path: Path) -> list[Row]:
    """Requests as made, for tests."""
    return _store(store_path).find("requests")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Deskline as an ASGI application. It takes the same request twice without a word, as real desks do."""
    menu = (("Requests", "/requests"), ("New request", "/requests/new"))
    site = Site("Deskline", Path(__file__).parent, _store(store_path), (REQUESTS,), clock, accounts, menu=menu)

    def new(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        return site.show(request, "new.html", status, labels=_LABELS, sure=_SURE, **more)

    def make(request: Request, answer: Answer) -> Response:
        answer.need(_LABELS)
        answer.need_check("sure", _SURE)
        if answer.complaints:
            return new(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        number = f"DL-{secrets.token_hex(3).upper()}"
        row = {key: answer.values[key] for key in _LABELS} | {
            "number": number,
            "status": "Open",
            "requested_at": clock().isoformat(timespec="seconds"),
            "requested_by": site.user(request) or "",
        }
        site.store.add("requests", [row])
        return RedirectResponse(f"/requests/{number}?new=1", HTTPStatus.SEE_OTHER)

    def one(request: Request) -> Response:
        number = request.path_params["number"]
        found = site.store.find("requests", number=number, limit=1)
        if not found:
            return site.missing(request, f"Request {number}")
        return site.show(request, "request.html", one=found[0], new=request.query_params.get("new") == "1")

    site.add("/requests/new", new)
    site.add_form("/requests/new", make)
    site.add("/requests/{number}", one)
    return site.app()
