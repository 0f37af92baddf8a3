"""Meridian Lab: one searches an order first, then reads its specimens and determinations."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from twin.sites._kit import lists
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.look import LOOK
from twin.sites._kit.site import Clock
from twin.sites._kit.store import Row, Store
from twin.sites.meridian.suite import suite_site

_TABLES = {
    "samples": ("sample_id", "batch", "patient_code", "donation_number", "type", "received_at", "status"),
    "results": (
        *("result_id", "sample_id", "batch", "test", "result", "unit", "lower", "upper"),
        *("tested_at", "analyst", "reviewed_by", "status", "method", "occasion", "investigation", "reported"),
    ),
}
_ORDER = Column("Production order", "batch")
_SPECIMEN = Column("Specimen", "sample_id")
_STATE = Column("State", "status", "status")
SPECIMENS = ListSpec(
    "specimens",
    "samples",
    "Specimens",
    (
        _STATE,
        _SPECIMEN,
        Column("Kind", "type"),
        _ORDER,
        Column("Donation", "donation_number"),
        Column("Patient", "patient_code"),
        Column("Arrived", "received_at", "time"),
    ),
)
DETERMINATIONS = ListSpec(
    "determinations",
    "results",
    "Determinations",
    (
        _SPECIMEN,
        Column("Method", "test"),
        Column("Spec. min", "lower", "number"),
        Column("Value", "result", "number"),
        Column("Spec. max", "upper", "number"),
        Column("Unit of measure", "unit"),
        _STATE,
        Column("Measured", "tested_at", "time"),
        Column("Performed by", "analyst"),
        Column("Verified by", "reviewed_by"),
        Column("Determination", "result_id"),
        _ORDER,
        Column("Procedure", "method"),
        Column("Occasion", "occasion"),
        Column("Investigation", "investigation"),
        Column("Reported", "reported"),
    ),
)


def seed(
    store_path: Path, *, samples: Iterable[Mapping[str, Any]] = (), results: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put samples and results into the store."""
    store = Store(store_path, _TABLES)
    store.add("samples", samples)
    store.add("results", results)


def results(store_path: Path) -> list[Row]:
    """What the laboratory holds."""
    return Store(store_path, _TABLES).find("results")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Meridian Lab as an ASGI application."""
    site = suite_site(
        "Meridian Lab", Store(store_path, _TABLES), (), clock, accounts, (("Find an order", "/find"),), home="/find"
    )

    def find(request: Request) -> Response:
        order = request.query_params.get("order", "").strip()
        if not order:
            return site.show(request, "find.html")
        if not site.store.count("samples", batch=order) and not site.store.count("results", batch=order):
            complaints = (f"There is no order {order}.",)
            return site.show(request, "find.html", HTTPStatus.NOT_FOUND, complaints=complaints, values={"order": order})
        return RedirectResponse(f"/orders/{quote(order)}/{SPECIMENS.path}", HTTPStatus.SEE_OTHER)

    def _about(request: Request) -> tuple[ListSpec, str]:
        order, name = request.path_params["order"], request.path_params["list"]
        spec = SPECIMENS if name == SPECIMENS.path else DETERMINATIONS
        return replace(LOOK.get().spec(spec), path=f"/orders/{quote(order)}/{spec.path}"), order

    def listed(request: Request) -> Response:
        spec, order = _about(request)
        only = replace(spec, filters=(_ORDER,))
        view = replace(lists.view(site.store, only, {**request.query_params, "batch": order}), spec=spec, filters={})
        tabs = [(each.caption, f"/orders/{quote(order)}/{each.path}") for each in (SPECIMENS, DETERMINATIONS)]
        return site.show(request, "order.html", view=view, order=order, tabs=tabs)

    def export(request: Request) -> Response:
        spec, order = _about(request)
        text = lists.export(site.store, replace(spec, filters=(_ORDER,)), {"batch": order})
        return PlainTextResponse(text, media_type="text/csv", headers={"Cache-Control": "no-store"})

    site.add("/find", find)
    site.add("/orders/{order}/{list}.csv", export)
    site.add("/orders/{order}/{list}", listed)
    return site.app()
