"""How a bot works in Tryton."""

from collections.abc import Collection
from dataclasses import replace

from keywords.failures import BusinessError
from keywords.sites.ports import ReadBack, ShipmentPosting, Table
from keywords.sites.site_page import SitePage


class Tryton:
    """The stock and posting port on Tryton's lists and its form of a customer shipment.

    A batch is the reference of its production, and the number of the lot that the production made.
    """

    def __init__(self, page: SitePage) -> None:
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which a shipment either shows or never will."""
        return self._page.locators.settle_s

    def consumption(self, batch_id: str) -> Table:
        """What was consumed by the production that bears the batch; only moves that are done."""
        table = self._page.read_list("consumption", picture="erp consumption", batch=batch_id)
        return replace(table, rows=tuple({**row, "batch": batch_id} for row in table.rows))

    def stock(self, lots: Collection[str]) -> Table:
        """The given lots in the storage zone, out of its whole list: one read instead of one for every lot."""
        table = self._page.read_list("stock", picture="erp stock")
        return replace(table, rows=tuple(row for row in table.rows if row["lot"] in lots))

    def find_shipments(self, our_reference: str) -> ReadBack:
        """Customer shipments under our reference."""
        once = self._page.locators.forms["shipment"].once
        return self._page.read_back("shipments", "our_reference", our_reference, "posting", once)

    def post_shipment(self, posting: ShipmentPosting) -> str:
        """Enter a customer shipment of the batch's own lot; its number.

        Raises:
            BusinessError: There isn't exactly one lot of that number.
        """
        batch = posting.batch_id
        lots = self._page.equal_rows(
            self._page.locators.lists["lots"], self._page.read_list("lots", batch=batch).rows, {"batch": batch}
        )
        if len(lots) != 1:
            raise BusinessError(
                "LOT_NOT_ONE",
                f"Tryton knows {len(lots)} lots of the number '{batch}', so what is shipped can't be told; see to the"
                " lot there; nothing was sent.",
            )
        return self._page.send_form(
            "shipment",
            {
                "ship_to": posting.ship_to,
                "our_reference": posting.our_reference,
                "booking_reference": posting.booking_reference,
                "product": lots[0]["product"],
                "lot": batch,
                "quantity": posting.quantity,
            },
            picture="erp shipment",
        )


def open_site(page: SitePage) -> Tryton:
    """The port on a page."""
    return Tryton(page)
