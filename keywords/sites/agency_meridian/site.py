"""How a bot works in Meridian Filing: RegGate's port, with a form in pages and another address for receipts."""

from keywords.sites.agency_reggate.site import RegGate
from keywords.sites.site_page import SitePage


class MeridianFiling(RegGate):
    """The authority's port on Meridian Filing."""

    def acknowledgement(self, number: str) -> bytes:
        """The receipt of a report."""
        return self._page.fetch(f"/reports/{number}/receipt")


def open_site(page: SitePage) -> MeridianFiling:
    """The port on a page."""
    return MeridianFiling(page)
