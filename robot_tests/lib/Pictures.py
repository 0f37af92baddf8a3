"""Takes a picture of a page that names a patient, as the bots take theirs, and looks at its pixels."""

import base64
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from robot.api.deco import keyword, library

from batchwright.demo.plant import serving
from batchwright.support.wiring import clock
from keywords.browser import launch_flags
from keywords.browser_finder import find_browser
from keywords.evidence_folder import MASK_COLOUR, EvidenceFolder
from keywords.sites.locators import load_locators
from keywords.sites.registry import FOLDER
from twin.sites import lims_labline

_SHARE = """async ([data, wanted, box]) => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + data;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  const cells = context.getImageData(box.x, box.y, box.width, box.height).data;
  let found = 0;
  for (let at = 0; at < cells.length; at += 4)
    if (cells[at] === wanted[0] && cells[at + 1] === wanted[1] && cells[at + 2] === wanted[2]) found += 1;
  return found / (cells.length / 4);
}"""
_COVERED = 0.95


@library(scope="SUITE", auto_keywords=False)
class Pictures:
    """Keywords on pictures of the LIMS page that shows one sample with name and birth date."""

    @keyword
    def name_and_birth_date_should_be_covered(self, demo: dict[str, Any]) -> None:
        """In a picture taken as evidence both places are covered; in one without the mask neither is."""
        sample_id, *identity = _a_sample(Path(demo["home"]))
        locators = load_locators(FOLDER / "lims_labline" / "locators.yaml")
        evidence = EvidenceFolder(Path(demo["home"]) / "masking")
        password = secrets.token_urlsafe(12)
        app = lims_labline.create_app(_store(Path(demo["home"])), clock=clock, accounts={"viewer": password})
        with serving(app) as (url,), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=launch_flags())
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            _show_sample(page, url, sample_id, password)
            masked = evidence.path / evidence.picture(page, "sample", locators.identity)
            bare = evidence.path / evidence.picture(page, "sample without mask", "#there-is-no-such-thing")
            shares = {one: (_share(page, masked, one), _share(page, bare, one)) for one in identity}
            browser.close()
        for one, (with_mask, without) in shares.items():
            assert with_mask >= _COVERED, f"{one!r} is covered to {with_mask:.0%} only."
            assert without < 1 - _COVERED, f"{one!r} is covered without a mask: nothing is shown."


def _store(home: Path) -> Path:
    return home / "sites" / "lims.sqlite"


def _a_sample(home: Path) -> tuple[str, str, str]:
    connection = sqlite3.connect(_store(home))
    try:
        row = connection.execute("SELECT sample_id, patient_name, birth_date FROM samples ORDER BY seq").fetchone()
    finally:
        connection.close()
    assert all(row), f"The first sample names nobody: {row}"
    return str(row[0]), str(row[1]), str(row[2])


def _show_sample(page: Page, url: str, sample_id: str, password: str) -> None:
    page.goto(f"{url}/samples/{sample_id}")
    page.get_by_label("User name").fill("viewer")
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()
    page.goto(f"{url}/samples/{sample_id}")


def _share(page: Page, picture: Path, words: str) -> float:
    """Share of the pixels in the colour of the mask, from 0 to 1, where the page shows the words."""
    box = page.get_by_text(words, exact=True).first.bounding_box()
    assert box is not None, f"The page does not show {words!r}."
    colour = [int(MASK_COLOUR[at : at + 2], 16) for at in (1, 3, 5)]
    data = base64.b64encode(picture.read_bytes()).decode("ascii")
    return float(page.evaluate(_SHARE, [data, colour, box]))
