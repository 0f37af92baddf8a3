"""A bot's one page on a site: open it, log in, go somewhere, take its picture; errors become one sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error, Page
from playwright.sync_api import TimeoutError as PageTimeoutError
from robot.api.types import Secret

from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ApplicationError, BusinessError, first_sentence
from keywords.settings import SiteAccess
from keywords.sites.locators import Locators
from mes_core.messages.views import SITE_UNREACHABLE

_NOT_THERE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_NAME_NOT_RESOLVED",
    "ERR_ADDRESS_UNREACHABLE",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION_TIMED_OUT",
)
"""Chromium's words for a server to which not even a connection came about: nothing can have been changed there."""


class PageCore:
    """A bot's one page on one site, opened at first use.

    Args:
        system: Our name of the system, such as `lims`.
        access: Address and account.
        password: Password of the account.
        locators: The words of the product's pages.
        browser: The warm browser.
        evidence: Where pictures go.
        clock: The bots' clock.
    """

    def __init__(
        self,
        *,
        system: str,
        access: SiteAccess,
        password: Secret,
        locators: Locators,
        browser: WarmBrowser,
        evidence: EvidenceFolder,
        clock: Callable[[], datetime],
    ) -> None:
        self.locators = locators
        self._system = system
        self._access = access
        self._password = password
        self._browser = browser
        self._evidence = evidence
        self._clock = clock
        self._page: Page | None = None
        self._account = access.account

    @property
    def page(self) -> Page:
        """The item's page in the context of the account, opened at first use."""
        if self._page is None:
            self._browser.gate.changed_by_link(self._account, self.locators.changed_by_link)
            self._page = self._browser.open_page(self._account)
            self._close_notices(self._page)
        return self._page

    def picture(self, name: str, *, whole: bool = False) -> str:
        """Take a picture of the page as it is now; its file name in the evidence, empty when nothing is open."""
        if self._page is None:
            return ""
        return self._evidence.picture(self._page, name, self.locators.identity, whole=whole)

    def go(self, path: str) -> None:
        """Open a page of the site, logging in first where the site asks for it."""
        address = urljoin(self._access.url.rstrip("/") + "/", path)
        with self.doing(f"open {path}"):
            self._goto(address)
            if self._at_login():
                self._log_in()
                if self.page.url != address:
                    self._goto(address)

    def fetch(self, path: str) -> bytes:
        """Fetch a file of the site with the session of the page."""
        if self._page is None:
            self.go("/")
        address = urljoin(self.page.url, path)
        with self.doing(f"fetch {path}"):
            answer = self.page.context.request.get(address)
            if not answer.ok:
                raise ApplicationError("FILE_NOT_GIVEN", f"{address} answered {answer.status} instead of the file.")
            return answer.body()

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Turn a browser's error into one sentence that says what was being done and where."""
        try:
            yield
        except PageTimeoutError as error:
            raise ApplicationError(
                "SITE_NO_ANSWER", f"{self._where()}: it took too long to {what}; see whether the site is well."
            ) from error
        except Error as error:
            if any(sign in error.message for sign in _NOT_THERE):
                raise ApplicationError(
                    SITE_UNREACHABLE,
                    f"{self._where()} can't be reached ({first_sentence(error.message)}); it is tried again for more"
                    " than an hour: see whether the site is up and the network lets us through.",
                ) from error
            raise ApplicationError(
                "SITE_FAILED", f"{self._where()}: could not {what} ({first_sentence(error.message)})."
            ) from error

    def _goto(self, address: str) -> None:
        answer = self.page.goto(address, wait_until="domcontentloaded")
        if answer is not None and answer.status >= 500:
            raise ApplicationError("SITE_ERROR", f"{self._where()} answered {answer.status}; it is tried again.")
        if answer is not None and answer.status in (403, 404):
            raise BusinessError(
                "PAGE_NOT_GIVEN", f"{self._where()} answered {answer.status}; see whether it is there for our account."
            )

    def _at_login(self) -> bool:
        return urlsplit(self.page.url).path.rstrip("/") == self.locators.login.path.rstrip("/")

    def _log_in(self) -> None:
        words = self.locators.login
        self.page.get_by_label(words.user, exact=True).fill(self._access.user)
        if words.next:
            self.page.get_by_role("button", name=words.next, exact=True).click()
        self.page.get_by_label(words.password, exact=True).fill(self._password.value)
        with self._browser.gate.logging_in(self._account), self.page.expect_event("domcontentloaded"):
            self.page.get_by_role("button", name=words.button, exact=True).click()
        if self._at_login():
            if not self.page.get_by_role("alert").count():  # nobody complains of the password: the session is gone
                raise ApplicationError(
                    "SESSION_EXPIRED",
                    f"{self.locators.product} asks to log in again right after it; it is tried again.",
                )
            raise BusinessError(
                "LOG_IN_REFUSED",
                f"{self.locators.product} refuses the account '{self._access.user}'; correct its password in the"
                " secrets file.",
            )

    def _close_notices(self, page: Page) -> None:
        """Close the site's known notice whenever it lies over what is wanted; any other dialog stops the bot."""
        words = self.locators.notice
        if words:
            notice = page.get_by_role("dialog", name=words.dialog, exact=True)
            button = notice.get_by_role("button", name=words.button, exact=True)
            page.add_locator_handler(notice, lambda: button.click())

    def _where(self) -> str:
        address = self._page.url if self._page is not None else ""
        if not address.startswith("http"):  # the browser's own page of an error
            address = self._access.url
        return f"{self.locators.product} ({address.split('?')[0]})"
