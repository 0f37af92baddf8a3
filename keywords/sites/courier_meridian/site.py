"""How a bot works in Meridian Freight: the search is the first page of an order that need not be placed."""

from datetime import datetime

from keywords.failures import ApplicationError
from keywords.sites.ports import BookingRequest, Slot
from keywords.sites.site_page import SitePage
from keywords.sites.transports import TransportPages, slot_of

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


class MeridianFreight(TransportPages):
    """The courier port on Meridian Freight's wizard and its list of transport orders."""

    words_of_events = _EVENTS
    stated_by = _STATED_BY

    def search_slots(self, pickup_site: str, destination: str, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Offers that leave between `start` and `end`."""
        self._page.fill_steps("booking", _route(pickup_site, destination, start, end), steps=1)
        shown = self._page.read_page(self._page.locators.lists["slots"])
        self._page.picture("courier offers")
        if shown.total != len(shown.rows):
            raise ApplicationError("LIST_INCOMPLETE", "Meridian Freight did not show all offers; it is tried again.")
        return tuple(slot_of(row, self._page.numbers_of("slots")) for row in shown.rows)

    def book(self, request: BookingRequest) -> str:
        """Order a transport: route, offer, consignment, check."""
        return self._page.send_form("booking", _values(request), picture="courier order")

    def label(self, reference: str) -> bytes | None:
        """Meridian Freight's driver brings the label along."""
        del reference
        return None

    def prepare(self, request: BookingRequest) -> None:
        """Fill in the order for a person, without a declaration, and send nothing but our own draft."""
        self._page.prepare_form("booking", _values(request), picture="courier order prepared")


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
