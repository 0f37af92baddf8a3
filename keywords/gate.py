"""The gate in the browser: no request that changes a site leaves unless an effect is being brought about under a valid
lease, and none leaves twice.

It lies under every page of a worker's browser, so that a suite cannot get round it by clicking on its own. What changes
a site is not sent by the browser itself: a browser whose kept connection is cut before the answer came sends the
request again without telling anybody, also a POST (measured: two bookings from one click). The gate sends it once and
hands the answer to the page.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error, Request, Route

from keywords.failures import BusinessError, ItemError
from keywords.uploads import whole_body

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PERMISSION_S = 2.0
"""Seconds after which a permission that was asked for is not acted upon any more."""
Permission = Callable[[], None]


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
        self._attached: dict[str, Path] = {}
        self.refused: ItemError | None = None
        self.passed = 0

    def begin_item(self) -> None:
        """Forget what the item before did."""
        self.refused, self.passed, self._ask = None, 0, _closed
        self._attached.clear()

    def attach(self, path: Path) -> None:
        """Know a file that a form of this item carries."""
        self._attached[path.name] = path

    @contextmanager
    def opened(self, ask: Permission) -> Iterator[None]:
        """Let changing requests out while `ask` does not raise; it is called for each of them."""
        before, self._ask = self._ask, ask
        try:
            yield
        finally:
            self._ask = before

    @contextmanager
    def logging_in(self) -> Iterator[None]:
        """Let the requests of a log-in out: they change nothing that has to happen once."""
        with self.opened(_freely):
            yield

    @contextmanager
    def drafting(self) -> Iterator[None]:
        """Let the requests of a form's earlier pages out, where the product's locators say that they only draft."""
        with self.opened(_freely):
            yield

    def handle(self, route: Route) -> None:
        """Let a request go on, or hold it back; made for `BrowserContext.route`."""
        try:
            if route.request.method in _SAFE:
                route.continue_()
            else:
                self._send_once(route, self._body(route.request))
        except ItemError as refusal:
            self.refused = self.refused or refusal
            route.abort("blockedbyclient")
        except Error as error:
            # The page was closed while its request was held: there is nothing left to let go.
            if "closed" not in error.message:
                route.abort("connectionreset")

    def _send_once(self, route: Route, body: bytes | None) -> None:
        self._ask_now()
        self.passed += self._ask is not _freely
        answer = route.fetch(post_data=body, max_redirects=0, max_retries=0, timeout=self._timeout_ms)
        route.fulfill(response=answer)

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
