"""The gate in the browser: no request that changes a site leaves unless an effect is being brought about under a valid
lease.

It lies under every page of a worker's browser, so that a suite cannot get round it by clicking on its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Error, Route

from keywords.failures import BusinessError, ItemError

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Permission = Callable[[], None]


def _closed() -> None:
    raise BusinessError(
        "CHANGE_OUTSIDE_EFFECT",
        "The suite tried to change a site outside an effect, and nothing was sent; use a keyword that does it once.",
    )


def _freely() -> None:
    """No permission needed."""


class Gate:
    """Asks for permission before every request that changes something.

    Attributes:
        refused: why a request was held back, the first time; None while all went through.
        passed: how many requests that needed permission went through since the item began.
    """

    def __init__(self) -> None:
        self._ask: Permission = _closed
        self.refused: ItemError | None = None
        self.passed = 0

    def begin_item(self) -> None:
        """Forget what the item before did."""
        self.refused, self.passed, self._ask = None, 0, _closed

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
            if route.request.method not in _SAFE:
                self._ask()
                self.passed += self._ask is not _freely
            route.continue_()
        except ItemError as refusal:
            self.refused = self.refused or refusal
            route.abort("blockedbyclient")
        except Error as error:
            # The page was closed while its request was held: there is nothing left to let go.
            if "closed" not in error.message:
                raise
