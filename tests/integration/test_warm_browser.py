"""Pages of a warm browser: fresh for every item, and nobody else's."""

import pytest
from playwright.sync_api import Page

from keywords.browser import WarmBrowser


@pytest.fixture
def warm(browser: WarmBrowser) -> WarmBrowser:
    """The browser of this file, with nothing of the test before."""
    browser.end_item(failed=True)
    return browser


def _remembers(page: Page) -> str:
    """What the page's own window holds."""
    return str(page.evaluate("() => String(window.held)"))


def test_the_next_item_has_a_fresh_page_in_the_same_context(warm: WarmBrowser) -> None:
    first = warm.open_page("ada")
    first.evaluate("() => { window.held = 'a value' }")
    warm.end_item(failed=False)
    second = warm.open_page("ada")
    assert second.url == "about:blank"
    assert second.context is first.context
    assert first.is_closed()
    assert second.context.pages == [second]
    assert _remembers(second) == "undefined"


def test_a_window_that_a_site_opened_is_nobodys_page(warm: WarmBrowser) -> None:
    page = warm.open_page("ada")
    with page.context.expect_page() as opened:
        page.evaluate("() => { window.open('about:blank#1'); window.open('about:blank') }")
    opened.value.evaluate("() => { window.held = 'of the site' }")
    warm.end_item(failed=False)
    following = warm.open_page("ada")
    assert _remembers(following) == "undefined"
    assert following.opener() is None
    assert following.context.pages == [following]


def test_after_a_failure_nothing_of_the_context_is_left(warm: WarmBrowser) -> None:
    first = warm.open_page("ada")
    warm.end_item(failed=False)
    warm.end_item(failed=True)
    second = warm.open_page("ada")
    assert second.context is not first.context
    assert second.context.pages == [second]


def test_a_browser_that_died_at_an_items_end_is_started_anew(warm: WarmBrowser) -> None:
    warm.open_page("ada")
    assert warm._browser is not None
    warm._browser.close()
    warm.end_item(failed=False)
    assert warm.open_page("ada").evaluate("() => 1 + 1") == 2
