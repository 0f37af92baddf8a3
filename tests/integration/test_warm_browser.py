"""Pages of a warm browser: fresh for every item, and nobody else's."""

import os
import pwd
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page

from keywords.browser import BrowserOptions, WarmBrowser
from keywords.browser_finder import find_browser
from keywords.browser_user import is_root
from keywords.transport import forget_the_store


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


@pytest.mark.skipif(not is_root(), reason="only root can start a browser as another user")
def test_where_a_worker_is_root_its_browser_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever breaks out of a page is an account that owns nothing here, and finds no address of the store there."""
    monkeypatch.setenv("BATCHWRIGHT_BROWSER_USER", "nobody")
    monkeypatch.setenv("BATCHWRIGHT_STORE", "postgresql://owner:canary-77@host/mes")
    forget_the_store()
    with ThreadPoolExecutor(1) as other:  # the file's own browser has this thread's loop
        owners, told = other.submit(_own_user).result()
    assert owners == {pwd.getpwnam("nobody").pw_uid}
    assert not told


def _own_user() -> tuple[set[int], bool]:
    """Whose the processes of a browser are, and whether one of them knows the store's address."""
    before = set(_children(os.getpid()))
    browser = WarmBrowser(find_browser(), BrowserOptions())
    try:
        browser.start()
        assert browser.runs_as == "nobody"
        browser.open_page("desk", None).set_content("<p>x</p>")
        new = [one for one in _children(os.getpid()) if one not in before]
        ours = [one for one in new if "--headless" in one.joinpath("cmdline").read_text()]
        told = any(b"canary-77" in one.joinpath("environ").read_bytes() for one in ours)
        return {one.stat().st_uid for one in ours}, told
    finally:
        browser.stop()


def _children(of: int) -> list[Path]:
    """Processes below a process, as they stand under /proc."""
    below: dict[int, list[Path]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # ended while we looked
            continue
        below.setdefault(parent, []).append(stat.parent)
    found, left = [], [of]
    while left:
        for one in below.get(left.pop(), []):
            found.append(one)
            left.append(int(one.name))
    return found
