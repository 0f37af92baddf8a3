"""How a bot works in Stockroom."""

from collections.abc import Collection
from dataclasses import replace

from keywords.sites.ports import ReadBack, ShipmentPosting, Table
from keywords.sites.site_page import SitePage


class Stockroom:
    """The stock and posting port on Stockroom's lists and its shipment form."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which a posting either shows or never will."""
        return self._page.locators.settle_s

    def consumption(self, batch_id: str) -> Table:
        """All consumption posted on a batch."""
        table = self._page.read_list("consumption", picture="erp consumption", batch=batch_id)
        return replace(table, rows=tuple(row for row in table.rows if row["batch"] == batch_id))

    def stock(self, lots: Collection[str]) -> Table:
        """The stock rows of the given lots, out of the whole list: one read instead of one for every lot."""
        table = self._page.read_list("stock", picture="erp stock")
        return replace(table, rows=tuple(row for row in table.rows if row["lot"] in lots))

    def find_shipments(self, our_reference: str) -> ReadBack:
        """Shipment postings under our reference."""
        return self._page.read_back("shipments", "our_reference", our_reference, "posting")

    def post_shipment(self, posting: ShipmentPosting) -> str:
        """Post a shipment; the posting number."""
        return self._page.send_form(
            "shipment",
            {
                "batch": posting.batch_id,
                "ship_to": posting.ship_to,
                "booking_reference": posting.booking_reference,
                "our_reference": posting.our_reference,
                "quantity": posting.quantity,
                "unit": posting.unit,
            },
            files={"packing_list": posting.packing_list} if posting.packing_list else {},
            picture="erp shipment",
        )


def open_site(page: SitePage) -> Stockroom:
    """The port on a page."""
    return Stockroom(page)
