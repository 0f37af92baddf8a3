"""How a bot works in Labline."""

from dataclasses import replace

from keywords.sites.ports import Table
from keywords.sites.site_page import SitePage


class Labline:
    """The laboratory port on Labline's lists of samples and results."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    def results(self, batch_id: str) -> Table:
        """All results of a batch, whatever test."""
        return self._of_batch("results", batch_id)

    def samples(self, batch_id: str) -> Table:
        """All samples of a batch."""
        return self._of_batch("samples", batch_id)

    def _of_batch(self, name: str, batch_id: str) -> Table:
        # The filter may match parts of a number (B-1 in B-10): only rows of this very batch count.
        table = self._page.read_list(name, picture=f"lims {name}", batch=batch_id)
        return replace(table, rows=tuple(row for row in table.rows if row["batch"] == batch_id))


def open_site(page: SitePage) -> Labline:
    """The port on a page."""
    return Labline(page)
