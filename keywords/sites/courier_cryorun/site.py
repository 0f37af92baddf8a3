"""How a bot works in CryoRun."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from keywords.failures import ApplicationError, BusinessError
from keywords.sites.ports import BookingRequest, ReadBack, Slot, TrackedEvent
from keywords.sites.site_page import SitePage
from keywords.sites.values import parse_number, parse_time
from keywords.sites.words.cells import NumberWords

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


class CryoRun:
    """The courier port on CryoRun's slot search and booking form."""

    def __init__(self, page: SitePage) -> None:
        self._page = page
        self._links: dict[str, str] = {}

    @property
    def settle_s(self) -> float:
        """Seconds after which a booking either shows or never will."""
        return self._page.locators.settle_s

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

    def find_bookings(self, customer_reference: str) -> ReadBack:
        """Bookings under our reference."""
        return self._page.read_back("bookings", "customer_reference", customer_reference, "reference")

    @property
    def declarations(self) -> Mapping[str, str]:
        """What the form makes us declare, and the fact of the packing that says so."""
        return {text: _STATED_BY.get(text, "") for text in self._page.locators.forms["booking"].checks}

    def book(self, request: BookingRequest) -> str:
        """Book a slot: follow the link of its row, searched again when no search of this item showed it."""
        self._open(request)
        return self._page.send_form("booking", _values(request), picture="courier booking")

    def cancel(self, reference: str, our_reference: str) -> str:
        """Cancel a booking, by its reference and under our key."""
        values = {"booking": reference, "our_reference": our_reference}
        return self._page.send_form("cancellation", values, picture="courier cancellation")

    def find_cancellations(self, our_reference: str) -> ReadBack:
        """Cancellations under our key."""
        return self._page.read_back("cancellations", "our_reference", our_reference, "number")

    def label(self, reference: str) -> bytes | None:
        """The label that CryoRun prints for a booking."""
        return self._page.fetch(f"/bookings/{quote(reference, safe='')}/label")

    def tracking(self, reference: str) -> tuple[TrackedEvent, ...]:
        """What the tracking of a booking shows."""
        return tracked(self._page, reference, _EVENTS)

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


def slot_of(row: dict[str, str], numbers: Mapping[str, NumberWords | None] | None = None) -> Slot:
    """A row of a slot list under our keys as a slot.

    Args:
        row: As the page shows it.
        numbers: How the numbers of each column are written; where nobody says so, only what can't be misread is read.
    """
    what, how = f"slot {row['slot']}", numbers or {}
    return Slot(
        slot_id=row["slot"],
        service=row["service"],
        pickup_at=parse_time(row["pickup"], f"pick-up of {what}"),
        delivery_at=parse_time(row["delivery"], f"delivery of {what}"),
        price=parse_number(row["price"], f"price of {what}", how.get("price")),
    )


def tracked(page: SitePage, reference: str, words: Mapping[str, str]) -> tuple[TrackedEvent, ...]:
    """Every event that a tracking list shows of a booking.

    Args:
        page: The site.
        reference: The site's reference of the booking.
        words: What the site's words for events mean.

    Raises:
        ApplicationError: The list could not be read whole.
    """
    shown = page.read_list("tracking", picture="courier tracking", booking=reference)
    if not shown.complete:
        raise ApplicationError("LIST_INCOMPLETE", f"The tracking of {reference} was not read whole: {shown.why}.")
    return tuple(
        TrackedEvent(
            what=words.get(row["event"], ""),
            text=row["event"],
            at=parse_time(row["at"], f"time of '{row['event']}' in the tracking of {reference}"),
            place=row["place"],
            expected_at=parse_time(row["expected"], f"delivery expected for {reference}") if row["expected"] else None,
        )
        for row in shown.rows
        if row["booking"] == reference
    )


def open_site(page: SitePage) -> CryoRun:
    """The port on a page."""
    return CryoRun(page)
