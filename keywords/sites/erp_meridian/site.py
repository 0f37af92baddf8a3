"""How a bot works in Meridian Stock: the same port as Stockroom's; the wizard is described by its locators."""

from keywords.sites.erp_stockroom.site import Stockroom
from keywords.sites.site_page import SitePage


def open_site(page: SitePage) -> Stockroom:
    """The port on a page."""
    return Stockroom(page)
