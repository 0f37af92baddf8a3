"""From a product name to its folder: the only place that knows how products are found."""

import importlib.util
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from keywords.near import did_you_mean
from keywords.settings import SettingsError
from keywords.sites.form_site import FormSite, LaboratorySite
from keywords.sites.locators import Locators, load_locators
from keywords.sites.site_page import SitePage

FOLDER = Path(__file__).parent
SiteConnector = Callable[[Locators], SitePage]


def products(more: Sequence[Path] = ()) -> dict[str, Path]:
    """Folder of every product: those beside this file, and those in `sites/` of the plant's own folders.

    Raises:
        SettingsError: Two folders hold a product of the same name.
    """
    found: dict[str, Path] = {}
    for root in (FOLDER, *(folder / "sites" for folder in more)):
        for path in sorted(root.glob("*/locators.yaml")):
            name = path.parent.name
            if name in found:
                raise SettingsError(f"There are two site products '{name}' ({found[name]}, {path.parent}); rename one.")
            found[name] = path.parent
    return found


def open_site(product: str, connect: SiteConnector, more: Sequence[Path] = ()) -> Any:
    """Make the port of a product; one without `site.py` is what its locators say.

    Args:
        product: Name of its folder.
        connect: Makes the `SitePage` for the product's locators; called once.
        more: Folders of the plant's own bots.

    Returns:
        An object that has the port of its kind of system.

    Raises:
        SettingsError: There is no such product.
    """
    known = products(more)
    if product not in known:
        there = ", ".join(known)
        raise SettingsError(
            f"There is no site product '{product}' in keywords/sites; there are: {there}{did_you_mean(product, known)}."
        )
    folder = known[product]
    page = connect(load_locators(folder / "locators.yaml"))
    if not (folder / "site.py").is_file():
        return LaboratorySite(page) if LaboratorySite.fits(page) else FormSite(page)
    return _module(product, folder).open_site(page)


def _module(product: str, folder: Path) -> Any:
    if folder.parent == FOLDER:
        return import_module(f"keywords.sites.{product}.site")
    spec = importlib.util.spec_from_file_location(f"plant_site_{product}", folder / "site.py")
    if spec is None or spec.loader is None:
        raise SettingsError(f"The site {folder / 'site.py'} cannot be imported; see whether it is a Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
