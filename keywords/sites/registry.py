"""From a product name to its folder: the only place that knows how products are found."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from keywords.settings import SettingsError
from keywords.sites.locators import Locators, load_locators
from keywords.sites.site_page import SitePage

FOLDER = Path(__file__).parent
SiteConnector = Callable[[Locators], SitePage]


def products() -> tuple[str, ...]:
    """Names of the products that there are folders for."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/locators.yaml")))


def open_site(product: str, connect: SiteConnector) -> Any:
    """Make the port of a product.

    Args:
        product: Name of a folder beside this file.
        connect: Makes the `SitePage` for the product's locators; called once.

    Returns:
        An object that has the port of its kind of system.

    Raises:
        SettingsError: There is no such product.
    """
    if product not in products():
        known = ", ".join(products())
        raise SettingsError(f"There is no site product '{product}' in keywords/sites; there are: {known}.")
    locators = load_locators(FOLDER / product / "locators.yaml")
    module = import_module(f"keywords.sites.{product}.site")
    return module.open_site(connect(locators))
