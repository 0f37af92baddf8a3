"""Ways by which a page could change a site past the gate: each is tried on a site that only counts what arrives."""

import base64
import hashlib
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from keywords.browser import WarmBrowser
from keywords.browser_finder import find_browser
from keywords.gate import Hosts, RequestWords, SiteRequests, SiteRules

pytestmark = pytest.mark.browser
_WEB_SOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ON_LEAVING = "addEventListener('{0}', () => navigator.sendBeacon('/{0}', '1')); location = '/away'"
_POST = "fetch('{0}', {{method: 'POST', body: 'x'}})"
PAGES = {
    "/frame": f"<script>{_POST.format('/from-frame')}</script>",
    "/worker.js": _POST.format("/from-worker"),
    "/shared.js": _POST.format("/from-shared"),
}
WAYS = {
    "fetch": _POST.format("/fetch"),
    "request": "const one = new XMLHttpRequest(); one.open('PUT', '/request'); one.send('1')",
    "beacon": "navigator.sendBeacon('/beacon', 'x')",
    "keepalive, then away": "fetch('/keepalive', {method: 'POST', keepalive: true}); location = '/away'",
    "form in a new tab": "document.body.innerHTML = '<form method=post target=_blank rel=noopener action=/tab></form>';"
    " document.forms[0].submit()",
    "form in a frame": "document.body.innerHTML = '<iframe name=q></iframe><form method=post target=q action=/inner>"
    "</form>'; document.forms[0].submit()",
    "frame": "document.body.innerHTML = '<iframe src=/frame></iframe>'",
    "frame of another host": "document.body.innerHTML = `<iframe src=http://localhost:${location.port}/frame></iframe>`",
    "popup": "open('/frame')",
    "popup without opener": "open('/frame', '_blank', 'noopener')",
    "link with ping": "document.body.innerHTML = '<a href=/away ping=/ping>x</a>'; document.links[0].click()",
    "worker": "new Worker('/worker.js')",
    "shared worker": "new SharedWorker('/shared.js')",
    "service worker": "navigator.serviceWorker.register('/worker.js').catch(() => null)",
    "put off": "fetchLater('/later', {method: 'POST', body: 'x', activateAfter: 0})",
    "web socket": "const one = new WebSocket(`ws://${location.host}/socket`); one.onopen = () => one.send('x')",
    "page hidden": _ON_LEAVING.format("pagehide"),
    "page unloaded": _ON_LEAVING.format("unload"),
    "page invisible": _ON_LEAVING.format("visibilitychange"),
    "before unload": _ON_LEAVING.format("beforeunload"),
    "frame removed": "document.body.innerHTML = '<iframe src=/away></iframe>';"
    " const one = document.querySelector('iframe'); one.onload = () => {"
    " one.contentWindow.addEventListener('pagehide', () =>"
    " one.contentWindow.navigator.sendBeacon('/removed', '1')); setTimeout(() => one.remove(), 20) }",
}


class Site(ThreadingHTTPServer):
    """Counts what changes it; `/307/N` sends on N times, `/302` once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.changes: list[str] = []


class _Answers(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *_parts: object) -> None:
        """Keep quiet."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("upgrade"):
            self._speak()
            return
        if self.command not in ("GET", "OPTIONS") or self.path.startswith("/delete"):
            self.server.changes.append(f"{self.command} {self.path}")
        kind, _, left = self.path[1:].partition("/")
        body = PAGES.get(self.path, "<h1>here</h1>").encode()
        self.send_response(int(kind) if kind in ("302", "307") else 200)
        if kind == "307":
            on = f"/307/{int(left) - 1}" if left.isdecimal() and int(left) > 1 else "/done"
            self.send_header("location", left if left.startswith("http") else on)
        elif kind == "302":
            self.send_header("location", left if left.startswith("http") else "/done")
        self.send_header("access-control-allow-origin", "*")
        self.send_header("content-type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _speak(self) -> None:
        key = hashlib.sha1(self.headers["sec-websocket-key"].encode() + _WEB_SOCKET).digest()  # noqa: S324 - RFC 6455
        self.send_response(101)
        self.send_header("upgrade", "websocket")
        self.send_header("connection", "Upgrade")
        self.send_header("sec-websocket-accept", base64.b64encode(key).decode())
        self.end_headers()
        if self.rfile.read(2):
            self.server.changes.append(f"MESSAGE {self.path}")
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - names that http.server calls


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmBrowser]:
    browser = WarmBrowser(find_browser())
    yield browser
    browser.stop()


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser(warm: WarmBrowser) -> Iterator[WarmBrowser]:
    warm.gate.begin_item()
    yield warm
    warm.end_item(failed=True)


def opened(browser: WarmBrowser, site: Site, account: str = "bot") -> Page:
    page = browser.open_page(account)
    page.goto(f"{site.url}/")
    return page


def post(page: Page, path: str, method: str = "POST") -> str:
    """Send a change from script; the text of the answer, or how it failed."""
    return str(
        page.evaluate(
            "([path, method]) => fetch(path, {method, body: 'x'}).then(one => one.url + ' ' + one.status, String)",
            [path, method],
        )
    )


@pytest.mark.parametrize("way", WAYS)
def test_no_page_changes_a_site_past_the_gate(way: str, site: Site, browser: WarmBrowser) -> None:
    page = opened(browser, site)
    page.evaluate(
        f"() => {{ try {{ {WAYS[way]} }} catch (error) {{ if (error.name != 'ReferenceError') throw error }} }}"
    )
    page.wait_for_timeout(150)
    browser.end_item(failed=False)
    browser.open_page("bot").wait_for_timeout(100)  # only now the page before is closed
    assert site.changes == []


def test_a_link_that_changes_the_site_needs_an_effect(site: Site, browser: WarmBrowser) -> None:
    browser.gate.changed_by_link("bot", ("/delete/*",))
    page = opened(browser, site)
    with page.expect_event("requestfailed"):
        page.evaluate("() => { document.body.innerHTML = '<a href=/delete/7>x</a>'; document.links[0].click() }")
    assert browser.gate.refused is not None
    assert site.changes == []
    other = opened(browser, site)  # the first page is still on its way to the browser's own page about the failure
    with browser.gate.opened(lambda: None, "bot"):
        other.goto(f"{site.url}/delete/7?why=x")
    assert (site.changes, browser.gate.passed) == (["GET /delete/7?why=x"], 1)


def test_what_a_page_sends_in_an_effect_arrives(site: Site, browser: WarmBrowser) -> None:
    page = opened(browser, site)
    with browser.gate.opened(lambda: None, "bot"):
        assert post(page, "/fetch").endswith("/fetch 200")
    assert (site.changes, browser.gate.passed) == (["POST /fetch"], 1)


@pytest.mark.parametrize(("path", "method"), [("/307/2", "POST"), ("/302", "DELETE")])
def test_a_change_that_is_sent_on_needs_permission_each_time(
    path: str, method: str, site: Site, browser: WarmBrowser
) -> None:
    page, asked = opened(browser, site), []
    with browser.gate.opened(lambda: asked.append(len(site.changes)), "bot"):
        assert post(page, path, method).endswith(" 200")
    assert site.changes[-1] == f"{method} /done"
    assert asked == list(range(len(site.changes))), "asked before each of them"


def test_a_change_is_not_sent_on_to_another_host_nor_in_circles(site: Site, browser: WarmBrowser) -> None:
    page = opened(browser, site)
    with browser.gate.opened(lambda: None, "bot"):
        assert "TypeError" in post(page, f"/302/http://localhost:{site.server_port}/elsewhere", "PUT")
        assert len(site.changes) == 1
        assert browser.gate.refused is not None
        assert browser.gate.refused.code == "CHANGE_SENT_ON"
        assert "TypeError" in post(page, "/307/9")
    assert len(site.changes) == 6


@pytest.mark.parametrize("kind", ["session", "draft"])
def test_what_needs_no_effect_is_not_sent_on_to_another_host_either(
    kind: str, site: Site, browser: WarmBrowser
) -> None:
    """A browser would send its body on by itself, and show nobody that it did."""
    words = RequestWords(method="POST", path="/307/*", why="renews the session")
    browser.gate.know(kind, SiteRules("x", Hosts(site.url), SiteRequests(**{kind: (words,)})))
    page = opened(browser, site, kind)
    assert post(page, "/307/2").endswith("/307/2 200")
    assert site.changes == ["POST /307/2", "POST /307/1", "POST /done"]
    assert browser.gate.refused is None
    elsewhere = Site()
    Thread(target=elsewhere.serve_forever, args=(0.01,), daemon=True).start()
    assert "TypeError" in post(page, f"/307/{elsewhere.url}/taken")
    elsewhere.shutdown()
    elsewhere.server_close()
    assert elsewhere.changes == []
    assert browser.gate.refused is not None
    assert browser.gate.refused.code == "CHANGE_SENT_ON"
    assert browser.gate.passed == 0


def test_a_read_that_is_sent_on_is_told_of(site: Site, browser: WarmBrowser) -> None:
    """The browser follows by itself; an item whose question was answered elsewhere is not done."""
    words = RequestWords(method="POST", path="/307/*", why="searches")
    browser.gate.know("reading", SiteRules("x", Hosts(site.url), SiteRequests(read=(words,))))
    page = opened(browser, site, "reading")
    post(page, "/307/2")
    page.wait_for_timeout(50)
    assert browser.gate.refused is not None
    assert browser.gate.refused.code == "READ_SENT_ON"
    assert "as POST /done" in browser.gate.refused.sentence


def test_nothing_leaves_a_worker_that_stops(site: Site, browser: WarmBrowser) -> None:
    """Not what renews a session either."""
    words = RequestWords(method="POST", path="/renew", why="renews the session")
    browser.gate.know("renewing", SiteRules("x", Hosts(site.url), SiteRequests(session=(words,))))
    page = opened(browser, site, "renewing")
    browser.gate.stop()
    try:
        assert "TypeError" in post(page, "/renew")
    finally:
        browser.gate.stopped = False
    assert site.changes == []


def test_a_page_of_another_account_does_not_use_the_permission(site: Site, browser: WarmBrowser) -> None:
    page, other = opened(browser, site), opened(browser, site, "other")
    with browser.gate.opened(lambda: None, "bot"):
        post(other, "/other")
        post(page, "/mine")
    assert site.changes == ["POST /mine"]
    assert browser.gate.refused is not None


def test_a_page_left_behind_neither_changes_a_site_nor_fails_the_next_item(site: Site, browser: WarmBrowser) -> None:
    page = opened(browser, site)
    page.evaluate(f"() => {{ setInterval(() => {_POST.format('/again')}, 20) }}")
    browser.gate.begin_item()  # the page's first requests belong to the item before
    browser.end_item(failed=False)
    browser.gate.begin_item()
    other = opened(browser, site, "other")
    with browser.gate.opened(lambda: None):
        other.wait_for_timeout(150)
    assert (site.changes, browser.gate.refused) == ([], None)


def test_a_change_that_is_the_last_step_of_an_item_is_refused_before_the_item_is_done(
    site: Site, browser: WarmBrowser
) -> None:
    opened(browser, site).evaluate(f"() => {{ {_POST.format('/last')} }}")
    time.sleep(0.5)  # the page sends it, and nobody listens
    browser.end_item(failed=False)
    assert browser.gate.refused is not None
    assert site.changes == []
