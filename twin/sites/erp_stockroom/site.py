"""Stockroom's pages and store."""

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
    "stock": ("material", "description", "lot", "quantity", "unit", "expires_on", "status"),
    "consumption": ("posting", "batch", "material", "description", "lot", "quantity", "unit", "posted_at"),
    "shipments": (
        "posting",
        "batch",
        "ship_to",
        "booking_reference",
        "our_reference",
        "quantity",
        "unit",
        "packing_list",
        "posted_at",
        "posted_by",
    ),
}
_BATCH = Column("Batch", "batch", link="/batches")
_MATERIAL = Column("Material", "material")
_LOT = Column("Lot", "lot")
_OUR_REFERENCE = Column("Our reference", "our_reference")
_QUANTITY = (Column("Quantity", "quantity", "number"), Column("Unit", "unit"))
_POSTED = Column("Posted at", "posted_at", "time")
STOCK = ListSpec(
    "/stock",
    "stock",
    "Material stock",
    (
        _MATERIAL,
        Column("Description", "description"),
        _LOT,
        *_QUANTITY,
        Column("Expires on", "expires_on"),
        Column("Status", "status", "status"),
    ),
    (_MATERIAL, _LOT),
)
CONSUMPTION = ListSpec(
    "/consumption",
    "consumption",
    "Consumption",
    (
        Column("Posting", "posting"),
        _BATCH,
        _MATERIAL,
        Column("Description", "description"),
        _LOT,
        *_QUANTITY,
        _POSTED,
    ),
    (_BATCH,),
)
SHIPMENTS = ListSpec(
    "/shipments",
    "shipments",
    "Shipment postings",
    (
        Column("Posting", "posting", link="/shipments"),
        _BATCH,
        Column("Ship to", "ship_to"),
        Column("Booking reference", "booking_reference"),
        _OUR_REFERENCE,
        *_QUANTITY,
        _POSTED,
    ),
    (_OUR_REFERENCE, _BATCH),
)
_LABELS = {
    "batch": "Batch",
    "ship_to": "Ship to",
    "booking_reference": "Booking reference",
    "our_reference": "Our reference",
    "quantity": "Quantity",
    "unit": "Unit",
}


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(
    store_path: Path, *, stock: Iterable[Mapping[str, Any]] = (), consumption: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put stock and consumption into the store."""
    store = _store(store_path)
    store.add("stock", stock)
    store.add("consumption", consumption)


def shipments(store_path: Path) -> list[Row]:
    """Shipments as posted, for tests and summaries."""
    return _store(store_path).find("shipments")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Stockroom as an ASGI application."""
    site = Site(
        "Stockroom", Path(__file__).parent, _store(store_path), (STOCK, CONSUMPTION, SHIPMENTS), clock, accounts
    )

    def new(request: Request) -> Response:
        return site.show(request, "new_shipment.html")

    def post(request: Request, answer: Answer) -> Response:
        answer.need(_LABELS)
        answer.need_positive("quantity", "Quantity")
        answer.allow_upload("packing_list", "Packing list", (".pdf", ".txt", ".csv", ".xlsx"))
        batch = answer.values.get("batch", "")
        if batch and not site.store.count("consumption", batch=batch):
            answer.complaints.append(f"Batch {batch} is not known in Stockroom.")
        if answer.complaints:
            status = HTTPStatus.BAD_REQUEST
            return site.show(request, "new_shipment.html", status, complaints=answer.complaints, values=answer.values)
        packing = answer.uploads.get("packing_list")
        row = {key: answer.values[key] for key in _LABELS} | {
            "packing_list": packing.name if packing else "",
            "posted_at": clock().isoformat(timespec="seconds"),
            "posted_by": site.user(request) or "",
        }
        posting = site.store.add_numbered("shipments", row, "posting", lambda seq: f"49{seq:08d}")
        return RedirectResponse(f"/shipments/{posting}?new=1", HTTPStatus.SEE_OTHER)

    def shipment(request: Request) -> Response:
        posting = request.path_params["posting"]
        found = site.store.find("shipments", posting=posting, limit=1)
        if not found:
            return site.missing(request, f"Posting {posting}")
        return site.show(request, "shipment.html", shipment=found[0], new=request.query_params.get("new") == "1")

    def batch(request: Request) -> Response:
        number = request.path_params["batch"]
        used = site.store.find("consumption", batch=number)
        if not used:
            return site.missing(request, f"Batch {number}")
        return site.show(
            request, "batch.html", batch=number, used=used, sent=site.store.find("shipments", batch=number)
        )

    site.add("/shipments/new", new)
    site.add_form("/shipments/new", post)
    site.add("/shipments/{posting}", shipment)
    site.add("/batches/{batch}", batch)
    return site.app()
