"""The confirmation dialog of each site in a real browser: what it asks, what Cancel and Confirm do."""

from pathlib import Path

import pytest
from bots_fakes import PASSWORD
from playwright.sync_api import Page
from sites_support import CASES, Case, app_of, seed, stored

from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser

pytestmark = pytest.mark.browser
WORDS = {
    "lims": ("Request retest", "Request this retest?"),
    "erp": ("Post shipment", "Post this shipment?"),
    "courier": ("Book", "Book this slot?"),
    "agency": ("Submit", "Submit this form?"),
}


def _fill(page: Page, browser: WarmBrowser, case: Case, folder: Path) -> None:
    for key, value in case.values.items():
        field = page.locator(f"[name={key}]")
        if field.get_attribute("type") == "checkbox":
            field.check()
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    for key, (name, content) in case.files.items():
        (folder / name).write_bytes(content)
        browser.gate.attach(folder / name)
        page.locator(f"[name={key}]").set_input_files(folder / name)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nothing_is_sent_before_it_is_confirmed(case: Case, tmp_path: Path, browser: WarmBrowser) -> None:
    seed(tmp_path)
    button, question = WORDS[case.name]
    # The site's own dialog is looked at here, not an effect: whatever the page sends may leave.
    with Server(app_of(case, tmp_path), bind()) as server, browser.gate.opened(lambda: None):
        page = browser.open_page(f"dialog@{server.url}")
        page.goto(f"{server.url}{case.form.removesuffix('/retest')}")
        page.get_by_label("User name").fill("bot")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        before = len(stored(case, tmp_path))
        ask = page.get_by_role("button", name=button, exact=True)
        dialog = page.get_by_role("dialog").filter(has_text=question)
        ask.click()
        assert not dialog.is_visible(), "an empty form is not asked about"
        _fill(page, browser, case, tmp_path)
        ask.click()
        dialog.wait_for()
        for value in case.values.values():
            assert value in dialog.inner_text()
        dialog.get_by_role("button", name="Cancel").click()
        dialog.wait_for(state="hidden")
        assert len(stored(case, tmp_path)) == before
        ask.click()
        with page.expect_event("domcontentloaded"):
            dialog.get_by_role("button", name="Confirm").click()
        assert len(stored(case, tmp_path)) == before + 1
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off"
        browser.end_item(failed=True)
