"""Meridian Freight: a transport is ordered by a wizard: route, offer, consignment, check."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twin.sites._kit.forms import Answer, Upload
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store
from twin.sites._kit.wizard import Field, Offers, Step, Wizard, add_wizard
from twin.sites.meridian.suite import done, one, suite_site

_TABLES = {
    "slots": (
        *("slot", "service", "pickup_site", "destination", "pickup_at", "delivery_at"),
        *("hold_time_h", "transit_risk_pct", "price_eur", "capacity"),
    ),
    "bookings": (
        *("reference", "customer_reference", "slot", "service", "pickup_at", "delivery_at", "contents"),
        *("shipper_id", "contact", "status", "booked_at", "booked_by"),
    ),
    "tracking": ("booking", "event", "place", "at", "expected"),
    "withdrawals": ("number", "customer_reference", "booking", "cancelled_at", "cancelled_by"),
}
_WAY = (Column("Arrives", "delivery_at", "time"), Column("Leaves", "pickup_at", "time"))
ORDERS = ListSpec(
    "/transports",
    "bookings",
    "Transport orders",
    (
        Column("State", "status", "status"),
        Column("Your reference", "customer_reference"),
        Column("Transport order", "reference", link="/transports"),
        Column("Offer", "slot"),
        Column("Tariff", "service"),
        *_WAY,
        Column("Ordered", "booked_at", "time"),
    ),
    (Column("Your reference", "customer_reference"),),
)
WITHDRAWALS = ListSpec(
    "/withdrawals",
    "withdrawals",
    "Withdrawn orders",
    (
        Column("Withdrawn", "cancelled_at", "time"),
        Column("Your reference", "customer_reference"),
        Column("Transport order", "booking", link="/transports"),
        Column("Withdrawal", "number"),
    ),
    (Column("Your reference", "customer_reference"),),
)
MOVEMENTS = ListSpec(
    "/movements",
    "tracking",
    "Movements",
    (
        Column("When", "at", "time"),
        Column("Movement", "event"),
        Column("Where", "place"),
        Column("Due", "expected", "time"),
        Column("Transport order", "booking", link="/transports"),
    ),
    (Column("Transport order", "booking"),),
)
OFFERS = ListSpec(
    "/order",
    "slots",
    "Offers",
    (
        Column("Offer", "slot"),
        *_WAY,
        Column("Loss of cold chain (%)", "transit_risk_pct", "number"),
        Column("Stays cold (h)", "hold_time_h", "number"),
        Column("Charge (EUR)", "price_eur", "number"),
        Column("Tariff", "service"),
    ),
)


def seed(store_path: Path, *, slots: Iterable[Mapping[str, Any]] = ()) -> None:
    """Put offers into the store."""
    Store(store_path, _TABLES).add("slots", slots)


def bookings(store_path: Path) -> list[Row]:
    """Transport orders as placed."""
    return Store(store_path, _TABLES).find("bookings")


def cancellations(store_path: Path) -> list[Row]:
    """Orders that were withdrawn."""
    return Store(store_path, _TABLES).find("withdrawals")


def track(store_path: Path, events: Iterable[Mapping[str, Any]]) -> None:
    """Add events to the tracking: `booking`, `event`, `place`, `at`, and `expected` where there is a new delivery."""
    Store(store_path, _TABLES).add("tracking", events)


def _span(answer: Answer) -> None:
    ends = [_time(answer, key, label) for key, label in (("start", "Leaves after"), ("end", "Leaves before"))]
    if ends[0] and ends[1] and ends[1] <= ends[0]:
        answer.complaints.append("Leaves before must lie after Leaves after.")


def _time(answer: Answer, key: str, label: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(answer.values[key])
    except ValueError:
        answer.complaints.append(f"{label} must be a date and time.")
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _steps(offers: Callable[[Mapping[str, str]], list[Row]]) -> tuple[Step, ...]:
    """From route to consignment."""
    return (
        Step(
            "Route",
            (
                Field("destination", "To"),
                Field("pickup_site", "From"),
                Field("start", "Leaves after (UTC)", "datetime-local"),
                Field("end", "Leaves before (UTC)", "datetime-local"),
            ),
            check=_span,
        ),
        Step("Offer", offers=Offers(OFFERS, "slot", offers)),
        Step(
            "Consignment",
            (
                Field("shipper_id", "Container"),
                Field("contents", "Goods"),
                Field("customer_reference", "Your reference"),
                Field("contact", "Who to call"),
                Field("charged", "The container is cold", "check"),
            ),
        ),
    )


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Meridian Freight as an ASGI application."""
    menu = (
        ("Transport orders", "/transports"),
        ("Withdrawn orders", "/withdrawals"),
        ("Movements", "/movements"),
        ("Order a transport", "/order"),
    )
    site = suite_site(
        "Meridian Freight", Store(store_path, _TABLES), (ORDERS, WITHDRAWALS, MOVEMENTS), clock, accounts, menu
    )

    def offers(values: Mapping[str, str]) -> list[Row]:
        start, end = (datetime.fromisoformat(values[key]).replace(tzinfo=UTC) for key in ("start", "end"))
        found = site.store.find("slots", {"pickup_site": values["pickup_site"], "destination": values["destination"]})
        inside = [row for row in found if start <= datetime.fromisoformat(row["pickup_at"]) <= end]
        return [row for row in inside if datetime.fromisoformat(row["pickup_at"]) > clock()]

    def place(request: Request, values: dict[str, str], uploads: dict[str, Upload]) -> str:
        del uploads
        row = one(site, "slots", "slot", values["slot"]) or {}
        reference = f"TO-{secrets.token_hex(4).upper()}"
        more = {"status": "Ordered", "booked_at": clock().isoformat(timespec="seconds")}
        site.store.add(
            "bookings", [{**row, **values, **more, "reference": reference, "booked_by": site.user(request) or ""}]
        )
        return f"/transports/{reference}?new=1"

    def transport(request: Request) -> Response:
        row = one(site, "bookings", "reference", request.path_params["reference"])
        if row is None:
            return site.missing(request, "This transport order")
        title = "Your transport is ordered" if request.query_params.get("new") else "Transport order"
        facts = {"Transport order number": row["reference"], "Your reference": row["customer_reference"]}
        return done(site, request, title, {**facts, "Offer": row["slot"], "Tariff": row["service"]})

    add_wizard(site, Wizard("/order", "Order a transport", _steps(offers), "Place order", place))
    site.add("/transports/{reference}", transport)
    _add_withdrawing(site, clock)
    return site.app()


def _add_withdrawing(site: Site, clock: Clock) -> None:
    """The page that withdraws an order until it leaves."""

    def page(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        return site.show(request, "withdraw.html", status, **more)

    def withdraw(request: Request, answer: Answer) -> Response:
        answer.need({"booking": "Transport order", "customer_reference": "Your reference"})
        row = one(site, "bookings", "reference", answer.values.get("booking", "") or "-")
        if row is None or datetime.fromisoformat(row["pickup_at"]) <= clock():
            answer.complaints.append("This transport has left and can't be withdrawn.")
        if row is None or answer.complaints:
            return page(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        made = {**answer.values, "number": f"TW-{secrets.token_hex(4).upper()}"}
        more = {"cancelled_at": clock().isoformat(timespec="seconds"), "cancelled_by": site.user(request) or ""}
        site.store.add("withdrawals", [{**made, **more}])
        site.store.change("bookings", row["seq"], {"status": "Cancelled"})
        return RedirectResponse(f"/withdrawn/{made['number']}", HTTPStatus.SEE_OTHER)

    def withdrawn(request: Request) -> Response:
        row = one(site, "withdrawals", "number", request.path_params["number"])
        if row is None:
            return site.missing(request, "This withdrawal")
        facts = {"Withdrawal number": row["number"], "Your reference": row["customer_reference"]}
        return done(site, request, "The order is withdrawn", {**facts, "Transport order": row["booking"]})

    site.add("/withdraw", page)
    site.add_form("/withdraw", withdraw)
    site.add("/withdrawn/{number}", withdrawn)
