"""What the pages of couriers have in common: bookings under our reference, cancellations, tracking, declarations."""

from collections.abc import Mapping
from typing import ClassVar

from keywords.failures import ApplicationError
from keywords.sites.ports import ReadBack, Slot, TrackedEvent
from keywords.sites.site_page import SitePage
from keywords.sites.values import parse_number, parse_time
from keywords.sites.words.cells import NumberWords


class TransportPages:
    """A courier whose lists and forms its locators describe; how a slot is searched and booked is each product's own.

    Attributes:
        words_of_events: what the site's words for events of its tracking mean.
        stated_by: the fact of the packing that says what a declaration of the booking form says.
    """

    words_of_events: ClassVar[Mapping[str, str]] = {}
    stated_by: ClassVar[Mapping[str, str]] = {}

    def __init__(self, page: SitePage) -> None:
        """Take the page."""
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which a booking either shows or never will."""
        return self._page.locators.settle_s

    @property
    def declarations(self) -> Mapping[str, str]:
        """What the form makes us declare, and the fact of the packing that says so."""
        return {text: self.stated_by.get(text, "") for text in self._page.locators.forms["booking"].checks}

    def find_bookings(self, customer_reference: str) -> ReadBack:
        """Bookings under our reference."""
        return self._page.read_back("bookings", "customer_reference", customer_reference, "reference")

    def cancel(self, reference: str, our_reference: str) -> str:
        """Cancel a booking, by its reference and under our key."""
        values = {"booking": reference, "our_reference": our_reference}
        return self._page.send_form("cancellation", values, picture="courier cancellation")

    def find_cancellations(self, our_reference: str) -> ReadBack:
        """Cancellations under our key."""
        return self._page.read_back("cancellations", "our_reference", our_reference, "number")

    def tracking(self, reference: str) -> tuple[TrackedEvent, ...]:
        """Every event that the tracking shows of a booking.

        Raises:
            ApplicationError: The list could not be read whole.
        """
        shown = self._page.read_list("tracking", picture="courier tracking", booking=reference)
        if not shown.complete:
            raise ApplicationError("LIST_INCOMPLETE", f"The tracking of {reference} was not read whole: {shown.why}.")
        return tuple(self._event(row, reference) for row in shown.rows if row["booking"] == reference)

    def _event(self, row: Mapping[str, str], reference: str) -> TrackedEvent:
        expected = row["expected"]
        return TrackedEvent(
            what=self.words_of_events.get(row["event"], ""),
            text=row["event"],
            at=parse_time(row["at"], f"time of '{row['event']}' in the tracking of {reference}"),
            place=row["place"],
            expected_at=parse_time(expected, f"delivery expected for {reference}") if expected else None,
        )


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
