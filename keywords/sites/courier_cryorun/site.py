"""How a bot works in CryoRun."""

from datetime import datetime

from keywords.failures import ApplicationError, BusinessError
from keywords.sites.ports import Booking, BookingRequest, ReadBack, Slot
from keywords.sites.site_page import ReadPage, SitePage, parse_number, parse_time

_FORM_TIME = "%Y-%m-%dT%H:%M"


class CryoRun:
    """The courier port on CryoRun's slot search and booking form."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which a booking either shows or never will."""
        return self._page.locators.settle_s

    def search_slots(self, pickup_site: str, destination: str, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Slots on offer with a pick-up between `start` and `end`."""
        table = self._page.read_list(
            "slots",
            picture="courier slots",
            pickup_site=pickup_site,
            destination=destination,
            start=start.strftime(_FORM_TIME),
            end=end.strftime(_FORM_TIME),
        )
        if not table.complete:
            raise ApplicationError(
                "LIST_INCOMPLETE", "CryoRun did not show all slots that it counts; the search is tried again."
            )
        return tuple(_slot(row) for row in table.rows)

    def find_bookings(self, customer_reference: str) -> ReadBack:
        """Bookings under our reference."""
        return self._page.read_back("bookings", "customer_reference", customer_reference, "reference")

    def booking(self, customer_reference: str) -> Booking:
        """The one booking under our reference, with the times that the courier promises."""
        table = self._page.read_list("bookings", picture="courier booking", customer_reference=customer_reference)
        rows = [row for row in table.rows if row["customer_reference"] == customer_reference]
        if len(rows) != 1:
            raise ApplicationError(
                "BOOKING_NOT_ONE", f"CryoRun shows {len(rows)} bookings under '{customer_reference}' instead of one."
            )
        row = rows[0]
        return Booking(
            reference=row["reference"],
            customer_reference=customer_reference,
            slot_id=row["slot"],
            service=row["service"],
            pickup_at=parse_time(row["pickup"], "pick-up"),
            delivery_at=parse_time(row["delivery"], "delivery"),
            status=row["status"],
        )

    def book(self, request: BookingRequest) -> str:
        """Book a slot: search it again, follow its own link, fill the form; the booking reference."""
        self._page.open_list(
            "slots",
            pickup_site=request.pickup_site,
            destination=request.destination,
            start=request.pickup_from.strftime(_FORM_TIME),
            end=request.pickup_to.strftime(_FORM_TIME),
        )
        words = self._page.locators.lists["slots"]
        self._page.go(_book_link(self._page.read_page(words), request.slot_id, words.link or ""))
        return self._page.send_form(
            "booking",
            {
                "customer_reference": request.customer_reference,
                "contents": request.contents,
                "shipper_id": request.shipper_id,
                "contact": request.contact,
            },
            picture="courier booking",
        )


def _book_link(shown: ReadPage, slot_id: str, text: str) -> str:
    for row, links in zip(shown.rows, shown.links, strict=True):
        if row["slot"] == slot_id and text in links:
            return links[text]
    raise BusinessError(
        "SLOT_GONE", f"Slot {slot_id} can no longer be booked in CryoRun; start the item again to choose another."
    )


def _slot(row: dict[str, str]) -> Slot:
    what = f"slot {row['slot']}"
    return Slot(
        slot_id=row["slot"],
        service=row["service"],
        pickup_at=parse_time(row["pickup"], f"pick-up of {what}"),
        delivery_at=parse_time(row["delivery"], f"delivery of {what}"),
        hold_time_h=parse_number(row["hold_time_h"], f"hold time of {what}"),
        transit_risk=parse_number(row["transit_risk"], f"transit risk of {what}"),
        price=parse_number(row["price"], f"price of {what}"),
    )


def open_site(page: SitePage) -> CryoRun:
    """The port on a page."""
    return CryoRun(page)
