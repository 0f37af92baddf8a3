"""How a bot works in CryoRun."""

from datetime import datetime
from urllib.parse import quote

from keywords.failures import ApplicationError, BusinessError
from keywords.sites.ports import BookingRequest, Slot
from keywords.sites.site_page import SitePage
from keywords.sites.transports import TransportPages, slot_of

_FORM_TIME = "%Y-%m-%dT%H:%M"
_EVENTS = {
    "Picked up": "picked_up",
    "Departed": "departed",
    "Arrived at hub": "arrived",
    "Delayed": "delayed",
    "Export cleared": "export_cleared",
    "Import cleared": "import_cleared",
    "Delivered": "delivered",
}
_STATED_BY = {"The shipper is charged and validated": "shipper_charged_and_qualified"}


class CryoRun(TransportPages):
    """The courier port on CryoRun's slot search and booking form."""

    words_of_events = _EVENTS
    stated_by = _STATED_BY

    def __init__(self, page: SitePage) -> None:
        """Take the page; links of slots come with a search."""
        super().__init__(page)
        self._links: dict[str, str] = {}

    def search_slots(self, pickup_site: str, destination: str, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Slots on offer with a pick-up between `start` and `end`."""
        self._page.open_list(
            "slots",
            pickup_site=pickup_site,
            destination=destination,
            start=start.strftime(_FORM_TIME),
            end=end.strftime(_FORM_TIME),
        )
        words = self._page.locators.lists["slots"]
        shown = self._page.read_page(words)
        self._page.picture("courier slots")
        self._page.unless_held_back()
        if shown.next or shown.next_button or shown.total != len(shown.rows):
            raise ApplicationError(
                "LIST_INCOMPLETE", "CryoRun did not show all slots that it counts; the search is tried again."
            )
        for row, links in zip(shown.rows, shown.links, strict=True):
            if words.link in links:
                self._links[row["slot"]] = links[words.link]
        return tuple(slot_of(row, self._page.numbers_of("slots")) for row in shown.rows)

    def book(self, request: BookingRequest) -> str:
        """Book a slot: follow the link of its row, searched again when no search of this item showed it."""
        self._open(request)
        return self._page.send_form("booking", _values(request), picture="courier booking")

    def label(self, reference: str) -> bytes | None:
        """The label that CryoRun prints for a booking."""
        return self._page.fetch(f"/bookings/{quote(reference, safe='')}/label")

    def prepare(self, request: BookingRequest) -> None:
        """Fill in the booking for a person, without a declaration, and send nothing."""
        self._open(request)
        self._page.prepare_form("booking", _values(request), picture="courier booking prepared")

    def _open(self, request: BookingRequest) -> None:
        if request.slot_id not in self._links:
            self.search_slots(request.pickup_site, request.destination, request.pickup_from, request.pickup_to)
        if request.slot_id not in self._links:
            raise BusinessError(
                "SLOT_GONE",
                f"Slot {request.slot_id} can no longer be booked in CryoRun; start the item again to choose another.",
            )
        self._page.go(self._links[request.slot_id])


def _values(request: BookingRequest) -> dict[str, str]:
    return {
        "customer_reference": request.customer_reference,
        "contents": request.contents,
        "shipper_id": request.shipper_id,
        "contact": request.contact,
        **({"label_text": request.label_text} if request.label_text else {}),
    }


def open_site(page: SitePage) -> CryoRun:
    """The port on a page."""
    return CryoRun(page)
