"""Meridian Stock: stock on hand, goods used, and goods issues released by a wizard."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from twin.sites._kit.forms import Answer, Upload
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock
from twin.sites._kit.store import Row, Store
from twin.sites._kit.wizard import Field, Step, Wizard, add_wizard
from twin.sites.meridian.suite import done, one, suite_site

_TABLES = {
    "stock": ("material", "description", "lot", "quantity", "unit", "expires_on", "status"),
    "consumption": ("posting", "batch", "material", "description", "lot", "quantity", "unit", "posted_at"),
    "shipments": (
        *("posting", "batch", "ship_to", "booking_reference", "our_reference", "quantity", "unit"),
        *("packing_list", "posted_at", "posted_by"),
    ),
}
_ORDER = Column("Production order", "batch")
_GOODS = Column("Item", "material")
_CHARGE = Column("Charge", "lot")
_AMOUNT = (Column("Unit of measure", "unit"), Column("Amount", "quantity", "number"))
_EXTERNAL = Column("External reference", "our_reference")
ON_HAND = ListSpec(
    "/on-hand",
    "stock",
    "Stock on hand",
    (
        _CHARGE,
        _GOODS,
        Column("Text", "description"),
        Column("Use before", "expires_on"),
        *_AMOUNT,
        Column("State", "status", "status"),
    ),
    (_GOODS, _CHARGE),
)
USED = ListSpec(
    "/used",
    "consumption",
    "Goods used",
    (
        _ORDER,
        _GOODS,
        Column("Text", "description"),
        _CHARGE,
        *_AMOUNT,
        Column("Recorded", "posted_at", "time"),
        Column("Document", "posting"),
    ),
    (_ORDER,),
)
ISSUES = ListSpec(
    "/issues",
    "shipments",
    "Goods issues",
    (
        Column("Released", "posted_at", "time"),
        Column("Document", "posting", link="/issues"),
        _EXTERNAL,
        _ORDER,
        Column("Consignee", "ship_to"),
        Column("Carrier booking", "booking_reference"),
        *_AMOUNT,
    ),
    (_ORDER, _EXTERNAL),
)


def seed(
    store_path: Path, *, stock: Iterable[Mapping[str, Any]] = (), consumption: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put stock and consumption into the store."""
    store = Store(store_path, _TABLES)
    store.add("stock", stock)
    store.add("consumption", consumption)


def shipments(store_path: Path) -> list[Row]:
    """Goods issues as released."""
    return Store(store_path, _TABLES).find("shipments")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Meridian Stock as an ASGI application."""
    menu = (*((spec.caption, spec.path) for spec in (ON_HAND, USED, ISSUES)), ("Release goods", "/release"))
    site = suite_site("Meridian Stock", Store(store_path, _TABLES), (ON_HAND, USED, ISSUES), clock, accounts, menu)

    def known(answer: Answer) -> None:
        answer.need_positive("quantity", "Amount")
        if not site.store.count("consumption", batch=answer.values["batch"]):
            answer.complaints.append(f"Production order {answer.values['batch']} is not known.")

    def release(request: Request, values: dict[str, str], uploads: dict[str, Upload]) -> str:
        packing = uploads.get("packing_list")
        row = {
            **values,
            "packing_list": packing.name if packing else "",
            "posted_at": clock().isoformat(timespec="seconds"),
            "posted_by": site.user(request) or "",
        }
        return f"/issues/{site.store.add_numbered('shipments', row, 'posting', lambda seq: f'GI{seq:07d}')}?new=1"

    def issue(request: Request) -> Response:
        row = one(site, "shipments", "posting", request.path_params["posting"])
        if row is None:
            return site.missing(request, "This goods issue")
        title = "Goods issue released" if request.query_params.get("new") else "Goods issue"
        facts = {"Document number": row["posting"], "Consignee": row["ship_to"], "Production order": row["batch"]}
        return done(site, request, title, {**facts, "External reference": row["our_reference"]})

    steps = (
        Step("Consignee", (Field("ship_to", "Consignee"), Field("booking_reference", "Carrier booking"))),
        Step(
            "Goods",
            (Field("batch", "Production order"), Field("quantity", "Amount"), Field("unit", "Unit of measure")),
            check=known,
        ),
        Step(
            "Papers",
            (
                Field("our_reference", "External reference"),
                Field("packing_list", "Delivery note", "file", required=False),
            ),
            check=lambda answer: answer.allow_upload(
                "packing_list", "Delivery note", (".pdf", ".txt", ".csv", ".xlsx")
            ),
        ),
    )
    add_wizard(site, Wizard("/release", "Release goods", steps, "Release goods issue", release))
    site.add("/issues/{posting}", issue)
    return site.app()
