"""CryoRun's pages and store."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twin.sites._kit.forms import Answer
from twin.sites._kit.lists import Column, ListSpec, ListView
from twin.sites._kit.look import LOOK
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store
from twin.sites.courier_cryorun.label import label_of

_TABLES = {
    "slots": (
        "slot",
        "service",
        "pickup_site",
        "destination",
        "pickup_at",
        "delivery_at",
        "hold_time_h",
        "transit_risk_pct",
        "price_eur",
        "capacity",
    ),
    "bookings": (
        "reference",
        "customer_reference",
        "slot",
        "service",
        "pickup_at",
        "delivery_at",
        "contents",
        "shipper_id",
        "contact",
        "declaration",
        "label_text",
        "status",
        "booked_at",
        "booked_by",
    ),
    "cancellations": ("number", "customer_reference", "booking", "cancelled_at", "cancelled_by"),
    "tracking": ("booking", "event", "place", "at", "expected"),
    "diary": ("what", "reference", "contents", "at"),
}
_WAY = (Column("Pick-up", "pickup_at", "time"), Column("Delivery", "delivery_at", "time"))
_CUSTOMER_REFERENCE = Column("Customer reference", "customer_reference")
BOOKINGS = ListSpec(
    "/bookings",
    "bookings",
    "Bookings",
    (
        Column("Booking reference", "reference", link="/bookings"),
        _CUSTOMER_REFERENCE,
        Column("Slot", "slot"),
        Column("Service", "service"),
        *_WAY,
        Column("Status", "status", "status"),
        Column("Booked at", "booked_at", "time"),
    ),
    (_CUSTOMER_REFERENCE,),
)
CANCELLATIONS = ListSpec(
    "/cancellations",
    "cancellations",
    "Cancellations",
    (
        Column("Cancellation number", "number"),
        _CUSTOMER_REFERENCE,
        Column("Booking reference", "booking", link="/bookings"),
        Column("Cancelled at", "cancelled_at", "time"),
    ),
    (_CUSTOMER_REFERENCE,),
)
_BOOKING = Column("Booking reference", "booking")
TRACKING = ListSpec(
    "/tracking",
    "tracking",
    "Tracking",
    (
        _BOOKING,
        Column("Event", "event"),
        Column("Place", "place"),
        Column("At", "at", "time"),
        Column("Expected delivery", "expected", "time"),
    ),
    (_BOOKING,),
)
SLOTS = ListSpec(
    "/slots",
    "slots",
    "Available slots",
    (
        Column("Slot", "slot"),
        Column("Service", "service"),
        *_WAY,
        Column("Shipper hold time (h)", "hold_time_h", "number"),
        Column("Transit risk (%)", "transit_risk_pct", "number"),
        Column("Price (EUR)", "price_eur", "number"),
    ),
)
_LABELS = {
    "customer_reference": "Customer reference",
    "contents": "Contents",
    "shipper_id": "Shipper ID",
    "contact": "Contact",
}
_CHARGED = "The shipper is charged and validated"
_MOST_SLOTS = 500


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(
    store_path: Path, *, slots: Iterable[Mapping[str, Any]] = (), bookings: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put slots and bookings into the store; a slot without `capacity` takes any number of bookings."""
    store = _store(store_path)
    store.add("slots", slots)
    for one in bookings:
        store.add("bookings", [one])
        _write_down(store, "booked", one, datetime.fromisoformat(one["booked_at"]))


def bookings(store_path: Path) -> list[Row]:
    """Bookings as made, for tests and summaries."""
    return _store(store_path).find("bookings")


def cancellations(store_path: Path) -> list[Row]:
    """Cancellations as made."""
    return _store(store_path).find("cancellations")


def track(store_path: Path, events: Iterable[Mapping[str, Any]]) -> None:
    """Add events to the tracking: `booking`, `event`, `place`, `at`, and `expected` where there is a new delivery."""
    _store(store_path).add("tracking", events)


def most_live_at_once(store_path: Path) -> dict[str, int]:
    """How many bookings of the same contents stood at once at most, by the site's own diary of what it committed."""
    live: dict[str, set[str]] = {}
    most: dict[str, int] = {}
    for entry in _store(store_path).find("diary"):
        standing = live.setdefault(entry["contents"], set())
        if entry["what"] == "booked":
            standing.add(entry["reference"])
        else:
            standing.discard(entry["reference"])
        most[entry["contents"]] = max(most.get(entry["contents"], 0), len(standing))
    return most


def _parse(text: str, label: str, complaints: list[str]) -> datetime | None:
    if not text:
        complaints.append(f"{label} is required.")
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        complaints.append(f"{label} must be a date and time.")
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _free(site: Site, slot: Row, now: datetime) -> bool:
    """A slot is offered until its pick-up, and until its capacity (when it has one) is used."""
    if datetime.fromisoformat(slot["pickup_at"]) <= now:
        return False
    if not slot["capacity"]:
        return True
    return site.store.count("bookings", slot=slot["slot"], status="Confirmed") < int(slot["capacity"])


def _search(site: Site, query: Mapping[str, str], now: datetime, complaints: list[str]) -> list[Row]:
    """Free slots that were asked for, by pick-up; what is wrong with the question is added to the complaints."""
    start = _parse(query.get("from", ""), "From", complaints)
    end = _parse(query.get("to", ""), "To", complaints)
    if start and end and end <= start:
        complaints.append("To must lie after From.")
    if complaints or start is None or end is None:
        return []
    contains = {key: text for key in ("pickup_site", "destination") if (text := query.get(key, "").strip())}
    found = site.store.find("slots", contains)
    inside = [row for row in found if start <= datetime.fromisoformat(row["pickup_at"]) <= end]
    return sorted(
        (row for row in inside if _free(site, row, now)), key=lambda row: datetime.fromisoformat(row["pickup_at"])
    )


def _booking(slot: Row, answer: Answer, now: datetime, user: str) -> dict[str, str]:
    """The row of a booking, with a number of its own."""
    declaration = answer.uploads.get("declaration")
    return {key: answer.values[key] for key in _LABELS} | {
        **{key: slot[key] for key in ("slot", "service", "pickup_at", "delivery_at")},
        "reference": f"CR-{secrets.token_hex(4).upper()}",
        "declaration": declaration.name if declaration else "",
        "label_text": answer.values.get("label_text", ""),
        "status": "Confirmed",
        "booked_at": now.isoformat(timespec="seconds"),
        "booked_by": user,
    }


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """CryoRun as an ASGI application."""
    site = Site(
        "CryoRun", Path(__file__).parent, _store(store_path), (BOOKINGS, CANCELLATIONS, TRACKING), clock, accounts
    )

    site.add("/slots", lambda request: _slots(site, request, clock()))

    def book_page(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        number = request.path_params["slot"]
        found = site.store.find("slots", slot=number, limit=1)
        if not found:
            return site.missing(request, f"Slot {number}")
        return site.show(request, "book.html", status, slot=found[0], charged=_CHARGED, **more)

    def book(request: Request, answer: Answer) -> Response:
        found = site.store.find("slots", slot=request.path_params["slot"], limit=1)
        answer.need(_LABELS)
        answer.need_check("charged", _CHARGED)
        answer.allow_upload("declaration", "Declaration", (".pdf", ".txt", ".xlsx"))
        if not found or not _free(site, found[0], clock()):
            answer.complaints.append("This slot is no longer free: search again.")
        if answer.complaints:
            return book_page(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        row = _booking(found[0], answer, clock(), site.user(request) or "")
        site.store.add("bookings", [row])
        _write_down(site.store, "booked", row, clock())
        return RedirectResponse(f"/bookings/{row['reference']}?new=1", HTTPStatus.SEE_OTHER)

    def booking(request: Request) -> Response:
        reference = request.path_params["reference"]
        found = site.store.find("bookings", reference=reference, limit=1)
        if not found:
            return site.missing(request, f"Booking {reference}")
        return site.show(request, "booking.html", booking=found[0], new=request.query_params.get("new") == "1")

    _add_cancelling(site, clock)
    site.add("/book/{slot}", book_page)
    site.add_form("/book/{slot}", book)
    site.add("/bookings/{reference}", booking)
    site.add("/bookings/{reference}/label", lambda request: _label(site, request))
    return site.app()


def _write_down(store: Store, what: str, booking: Mapping[str, Any], now: datetime) -> None:
    """The site's diary: what it committed, in that order."""
    entry = {"what": what, "reference": booking["reference"], "contents": booking["contents"]}
    store.add("diary", [{**entry, "at": now.isoformat()}])


def _add_cancelling(site: Site, clock: Clock) -> None:
    """The page that cancels a booking until its pick-up; what is sent twice is cancelled twice."""

    def cancel_page(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        asked = {"booking": request.query_params.get("booking", "")}
        return site.show(request, "cancel.html", status, **{"values": asked, **more})

    def cancel(request: Request, answer: Answer) -> Response:
        answer.need({"booking": "Booking reference", "customer_reference": "Customer reference"})
        found = site.store.find("bookings", reference=answer.values.get("booking", ""), limit=1)
        if not found or datetime.fromisoformat(found[0]["pickup_at"]) <= clock():
            answer.complaints.append("This booking is on its way and can't be cancelled any more.")
        if answer.complaints:
            return cancel_page(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        booking, at = found[0], clock().isoformat(timespec="seconds")
        number = f"CX-{secrets.token_hex(4).upper()}"
        row = {"number": number, "customer_reference": answer.values["customer_reference"], "cancelled_at": at}
        site.store.add(
            "cancellations", [{**row, "booking": booking["reference"], "cancelled_by": site.user(request) or ""}]
        )
        site.store.change("bookings", booking["seq"], {"status": "Cancelled"})
        _write_down(site.store, "cancelled", booking, clock())
        return RedirectResponse(f"/cancelled/{number}", HTTPStatus.SEE_OTHER)

    def cancelled(request: Request) -> Response:
        found = site.store.find("cancellations", number=request.path_params["number"], limit=1)
        if not found:
            return site.missing(request, "This cancellation")
        return site.show(request, "cancelled.html", cancellation=found[0])

    site.add("/cancel", cancel_page)
    site.add_form("/cancel", cancel)
    site.add("/cancelled/{number}", cancelled)


def _label(site: Site, request: Request) -> Response:
    """The label of a booking, to be printed and put on the shipper."""
    reference = request.path_params["reference"]
    found = site.store.find("bookings", reference=reference, limit=1)
    if not found:
        return site.missing(request, f"Booking {reference}")
    headers = {"Content-Disposition": f'attachment; filename="{reference}.pdf"', "Cache-Control": "no-store"}
    return Response(label_of(found[0]), media_type="application/pdf", headers=headers)


def _slots(site: Site, request: Request, now: datetime) -> Response:
    query = request.query_params
    searched = "from" in query or "to" in query
    complaints: list[str] = []
    rows = _search(site, query, now, complaints) if searched else []
    view = ListView(LOOK.get().spec(SLOTS), tuple(rows[:_MOST_SLOTS]), len(rows), 1, 1, _MOST_SLOTS, {})
    places = site.store.find("slots")
    return site.show(
        request,
        "slots.html",
        HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        view=view,
        searched=searched and not complaints,
        complaints=complaints,
        values=dict(query),
        pickup_sites=sorted({row["pickup_site"] for row in places}),
        destinations=sorted({row["destination"] for row in places}),
    )
