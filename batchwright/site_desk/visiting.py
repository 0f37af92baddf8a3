"""A visit to a site of the settings, or of the practice plant, with a browser of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from batchwright.support.errors import Refused
from keywords.browser import BrowserOptions, WarmBrowser
from keywords.browser_finder import find_browser, need_a_screen
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ItemError
from keywords.settings import SettingsError, load_secrets, load_settings
from keywords.site_folders.visit import Visit, folder_of, system_of


@contextmanager
def visiting(
    product: str, settings: Path | None, secrets: Path | None, practice: Path | None, pictures: Path
) -> Iterator[Visit]:
    """A visit to a site.

    Args:
        product: Of the site, or the site's name in the settings.
        settings: A worker's settings; those of the environment by default.
        secrets: A worker's secrets; those of the environment by default.
        practice: A folder of bots whose practice plant is meant instead.
        pictures: Folder below which the pictures of this visit go.

    Raises:
        Refused: The settings do not name the site, or the browser does not start.
    """
    with _files(settings, secrets, practice) as (own_settings, own_secrets), browser_of() as browser:
        try:
            found = load_settings(own_settings)
            system = system_of(found, product)
            folder = folder_of(found, system)
            kept = load_secrets(own_secrets)
            kept.get(system)
            evidence = EvidenceFolder(pictures / f"{folder.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}")
            yield Visit(found, system, folder, browser, evidence, kept)
        except SettingsError as error:
            raise Refused(str(error)) from None


@contextmanager
def browser_of(*, headed: bool = False) -> Iterator[WarmBrowser]:
    """A browser, ended afterwards.

    Raises:
        Refused: There is none, or it does not start.
    """
    if headed:
        need_a_screen()
    browser = WarmBrowser(find_browser(headed=headed), BrowserOptions(headed=headed))
    try:
        browser.start()
        yield browser
    except ItemError as error:
        raise Refused(error.sentence) from None
    finally:
        browser.stop()


@contextmanager
def _files(
    settings: Path | None, secrets: Path | None, practice: Path | None
) -> Iterator[tuple[Path | None, Path | None]]:
    """Settings and secrets: those that were named, or those of the practice plant while it is served."""
    if practice is None:
        yield settings, secrets
        return
    from batchwright.practice.places import read_settings
    from batchwright.practice.staying import at_practice

    folder = practice.absolute()
    with at_practice(folder, read_settings(folder / "settings.json"), stay=False) as plant:
        path = plant.home.folder / "site-settings.json"
        path.write_text(json.dumps({**plant.settings, "folders": [str(folder)]}, indent=1), encoding="utf-8")
        yield path, plant.home.folder / "worker-secrets.json"
