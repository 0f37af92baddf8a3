"""How a bot works in Meridian Freight: the search is the first page of an order that need not be placed."""

from collections.abc import Mapping
from datetime import datetime

from keywords.failures import ApplicationError
from keywords.sites.courier_cryorun.site import slot_of, tracked
from keywords.sites.ports import BookingRequest, ReadBack, Slot, TrackedEvent
from keywords.sites.site_page import SitePage

_FORM_TIME = "%Y-%m-%dT%H:%M"
_EVENTS = {
    "Collected": "picked_up",
    "Left": "departed",
    "Reached": "arrived",
    "Held up": "delayed",
    "Cleared for export": "export_cleared",
    "Cleared for import": "import_cleared",
    "Handed over": "delivered",
}
_STATED_BY = {"The container is cold": "container_cold"}


class MeridianFreight:
    """The courier port on Meridian Freight's wizard and its list of transport orders."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which an order either shows or never will."""
        return self._page.locators.settle_s

    def search_slots(self, pickup_site: str, destination: str, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Offers that leave between `start` and `end`."""
        self._page.fill_steps("booking", _route(pickup_site, destination, start, end), steps=1)
        shown = self._page.read_page(self._page.locators.lists["slots"])
        self._page.picture("courier offers")
        if shown.total != len(shown.rows):
            raise ApplicationError("LIST_INCOMPLETE", "Meridian Freight did not show all offers; it is tried again.")
        return tuple(slot_of(row, self._page.numbers_of("slots")) for row in shown.rows)

    def find_bookings(self, customer_reference: str) -> ReadBack:
        """Transport orders under our reference."""
        return self._page.read_back("bookings", "customer_reference", customer_reference, "reference")

    def book(self, request: BookingRequest) -> str:
        """Order a transport: route, offer, consignment, check."""
        return self._page.send_form("booking", _values(request), picture="courier order")

    def cancel(self, reference: str, our_reference: str) -> str:
        """Cancel a booking, by its reference and under our key."""
        values = {"booking": reference, "our_reference": our_reference}
        return self._page.send_form("cancellation", values, picture="courier cancellation")

    def find_cancellations(self, our_reference: str) -> ReadBack:
        """Cancellations under our key."""
        return self._page.read_back("cancellations", "our_reference", our_reference, "number")

    def label(self, reference: str) -> bytes | None:
        """Meridian Freight's driver brings the label along."""
        del reference
        return None

    def tracking(self, reference: str) -> tuple[TrackedEvent, ...]:
        """What the tracking of a booking shows."""
        return tracked(self._page, reference, _EVENTS)

    def prepare(self, request: BookingRequest) -> None:
        """Fill in the order for a person, without a declaration, and send nothing but our own draft."""
        self._page.prepare_form("booking", _values(request), picture="courier order prepared")

    @property
    def declarations(self) -> Mapping[str, str]:
        """What the form makes us declare, and the fact of the packing that says so."""
        return {text: _STATED_BY.get(text, "") for text in self._page.locators.forms["booking"].checks}


def _values(request: BookingRequest) -> dict[str, str]:
    return {
        **_route(request.pickup_site, request.destination, request.pickup_from, request.pickup_to),
        "slot": request.slot_id,
        "shipper_id": request.shipper_id,
        "contents": request.contents,
        "customer_reference": request.customer_reference,
        "contact": request.contact,
    }


def _route(pickup_site: str, destination: str, start: datetime, end: datetime) -> dict[str, str]:
    span = {"start": start.strftime(_FORM_TIME), "end": end.strftime(_FORM_TIME)}
    return {"destination": destination, "pickup_site": pickup_site, **span}


def open_site(page: SitePage) -> MeridianFreight:
    """The port on a page."""
    return MeridianFreight(page)
