"""The gate in the browser: no request that changes a site leaves unless an effect is being brought about under a valid
lease, and none leaves twice.

It lies under every page of a worker's browser, so that a suite cannot get round it by clicking on its own. What changes
a site is not sent by the browser itself: a browser whose kept connection is cut before the answer came sends the
request again without telling anybody, also a POST (measured: two bookings from one click). The gate sends it once and
hands the answer to the page. A redirect that would repeat the change is followed by the gate, not by the browser,
because a browser shows nobody what it sends on.

What a browser sends past every interception is taken away from the pages (`close_side_doors`): requests of a page that
is being left, shared workers, requests put off for later, web sockets.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIResponse, BrowserContext, Error, Page, Request, Route

from keywords.failures import BusinessError, ItemError
from keywords.uploads import whole_body

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PERMISSION_S = 2.0
"""Seconds after which a permission that was asked for is not acted upon any more."""
MOST_REDIRECTS = 5
Permission = Callable[[], None]
SIDE_DOORS = """
    for (const moment of ["pagehide", "unload", "freeze"])
        addEventListener(moment, event => event.stopImmediatePropagation(), true);
    addEventListener("visibilitychange", event => {
        if (document.visibilityState === "hidden") event.stopImmediatePropagation();
    }, true);
    delete window.SharedWorker;
    delete window.fetchLater;
"""
"""Runs before every script of every frame. What a page sends while it is being left (`sendBeacon`, `keepalive`) is not
intercepted any more, so scripts are not told that it is; a shared worker belongs to no page that could be watched."""


def close_side_doors(context: BrowserContext) -> None:
    """Take away from the pages of a context what sends requests that no interception sees."""
    context.add_init_script(SIDE_DOORS)
    context.route_web_socket("**/*", lambda socket: socket.close())


def _closed() -> None:
    raise BusinessError(
        "CHANGE_OUTSIDE_EFFECT",
        "The suite tried to change a site outside an effect, and nothing was sent; use a keyword that does it once.",
    )


def _freely() -> None:
    """No permission needed."""


class Gate:
    """Asks for permission before every request that changes something, and sends it exactly once.

    Args:
        timeout_ms: How long to wait for the answer of a changing request.
        monotonic: Seconds, to know how old a permission is.

    Attributes:
        refused: why a request was held back, the first time; None while all went through.
        passed: how many requests that needed permission went through since the item began.
    """

    def __init__(self, timeout_ms: float = 10_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._timeout_ms = timeout_ms
        self._monotonic = monotonic
        self._ask: Permission = _closed
        self._account: str | None = None
        self._left: frozenset[Page] = frozenset()
        self._by_link: dict[str, tuple[str, ...]] = {}
        self._attached: dict[str, Path] = {}
        self.refused: ItemError | None = None
        self.passed = 0

    def begin_item(self) -> None:
        """Forget what the item before did."""
        self.refused, self.passed, self._ask, self._account = None, 0, _closed, None
        self._attached.clear()

    def attach(self, path: Path) -> None:
        """Know a file that a form of this item carries."""
        self._attached[path.name] = path

    def changed_by_link(self, account: str, paths: tuple[str, ...]) -> None:
        """Take the opening of these pages (paths with `*`) for a change of the account's site, as that of a link."""
        self._by_link[account] = paths

    def leave(self, pages: frozenset[Page]) -> None:
        """Hold back whatever these pages of an item that is over still send, without blaming the item in hand."""
        self._left = pages

    @contextmanager
    def opened(self, ask: Permission, account: str | None = None) -> Iterator[None]:
        """Let changing requests out while `ask` does not raise; it is called for each of them.

        Args:
            ask: Raises when a request must not leave.
            account: The only account whose pages may send; None for any.
        """
        before = self._ask, self._account
        self._ask, self._account = ask, account
        try:
            yield
        finally:
            self._ask, self._account = before

    @contextmanager
    def logging_in(self, account: str | None = None) -> Iterator[None]:
        """Let the requests of a log-in out: they change nothing that has to happen once."""
        with self.opened(_freely, account):
            yield

    @contextmanager
    def drafting(self, account: str | None = None) -> Iterator[None]:
        """Let the requests of a form's earlier pages out, where the product's locators say that they only draft."""
        with self.opened(_freely, account):
            yield

    def handle(self, route: Route, account: str | None = None) -> None:
        """Let a request of an account's page go on, or hold it back; made for `BrowserContext.route`."""
        try:
            if not self._changes(route.request.method, route.request.url, account):
                route.continue_()
            elif self._left and _page_of(route.request) in self._left:
                route.abort("blockedbyclient")
            else:
                self._unless_of_another(account)
                self._send_once(route, self._body(route.request), account)
        except ItemError as refusal:
            self.refused = self.refused or refusal
            route.abort("blockedbyclient")
        except Error as error:
            # The page was closed while its request was held: there is nothing left to let go.
            if "closed" not in error.message:
                route.abort("connectionreset")

    def _changes(self, method: str, address: str, account: str | None) -> bool:
        if method not in _SAFE:
            return True
        path = urlsplit(address).path
        return any(fnmatchcase(path, one) for one in self._by_link.get(account or "", ()))

    def _send_once(self, route: Route, body: bytes | None, account: str | None) -> None:
        address, headers = None, None
        for _ in range(MOST_REDIRECTS):
            self._ask_now()
            self.passed += self._ask is not _freely
            answer = route.fetch(url=address, post_data=body, max_redirects=0, max_retries=0, timeout=self._timeout_ms)
            here = address or route.request.url
            address = urljoin(here, answer.headers.get("location", ""))
            method = _method_after(route.request.method, answer)
            if method is None or not self._changes(method, address, account):
                if headers is not None and "location" in answer.headers:
                    headers = answer.headers | {"location": address}
                route.fulfill(response=answer, headers=headers)
                return
            if urlsplit(here)[:2] != urlsplit(address)[:2]:
                raise _sent_on(here, f"to {urlsplit(address).scheme}://{urlsplit(address).netloc}")
            headers = answer.headers
        raise _sent_on(here, f"more than {MOST_REDIRECTS} times")

    def _unless_of_another(self, account: str | None) -> None:
        """The permission for an effect on one site lets nothing out of the page of another."""
        if self._account is not None and account is not None and account != self._account:
            _closed()

    def _body(self, request: Request) -> bytes | None:
        body = request.post_data_buffer
        return body and whole_body(request.headers.get("content-type", ""), body, self._attached)

    def _ask_now(self) -> None:
        """Ask until the answer is fresh: the permission of a process that was stopped meanwhile is worth nothing."""
        while True:
            asked = self._monotonic()
            self._ask()
            if self._monotonic() - asked < PERMISSION_S:
                return


def _method_after(method: str, answer: APIResponse) -> str | None:
    """The method with which a browser would follow a redirect; None where the answer is none."""
    if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
        return None
    becomes_get = answer.status == 303 or (answer.status in (301, 302) and method == "POST")
    return "GET" if becomes_get else method


def _sent_on(address: str, where: str) -> BusinessError:
    return BusinessError(
        "CHANGE_SENT_ON",
        f"{address.split('?')[0]} sends the change on {where}, where nothing was sent; correct the site's address in"
        " the settings.",
    )


def _page_of(request: Request) -> Page | None:
    """The page that sends a request; None where the browser knows of none (yet)."""
    try:
        return request.frame.page
    except Error:
        return None
