"""How a bot works in Meridian Lab."""

from dataclasses import replace

from keywords.failures import BusinessError
from keywords.sites.ports import Table
from keywords.sites.site_page import SitePage


class MeridianLab:
    """The laboratory port on Meridian Lab: find the order, then open the tab with what is wanted."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    def results(self, batch_id: str) -> Table:
        """All determinations of an order, whatever method."""
        return self._of_order("results", batch_id)

    def samples(self, batch_id: str) -> Table:
        """All specimens of an order."""
        return self._of_order("samples", batch_id)

    def _of_order(self, name: str, batch_id: str) -> Table:
        page, find = self._page, self._page.locators.lists["find"]
        caption = page.locators.lists[name].caption
        page.go(find.path)
        with page.doing(f"open the order {batch_id}"):
            page.page.get_by_label(find.filters["batch"], exact=True).fill(batch_id)
            with page.page.expect_event("domcontentloaded"):
                page.page.get_by_role("button", name=find.button, exact=True).click()
            unknown = page.page.get_by_role("alert").all_inner_texts()
            if unknown:
                raise BusinessError("BATCH_NOT_IN_LIMS", f"{page.locators.product}: {' '.join(unknown)}")
            with page.page.expect_event("domcontentloaded"):
                page.page.get_by_role("link", name=caption, exact=True).click()
        table = page.read_open_list(name, picture=f"lims {name}")
        return replace(table, rows=tuple(row for row in table.rows if row["batch"] == batch_id))


def open_site(page: SitePage) -> MeridianLab:
    """The port on a page."""
    return MeridianLab(page)
