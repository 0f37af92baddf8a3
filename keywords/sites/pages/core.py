"""A bot's one page on a site: open it, wait for it, take its picture; errors become one sentence."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Frame, Page, Request, Response
from playwright.sync_api import TimeoutError as PageTimeoutError
from robot.api import logger
from robot.api.types import Secret

from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ApplicationError, BusinessError, first_sentence
from keywords.gate import Hosts, Note, SiteRules
from keywords.settings import SettingsError, SiteAccess
from keywords.sites.locators import Locators
from keywords.sites.pages.dialogs import Dialogs
from keywords.sites.pages.under_way import asked_again, is_left
from keywords.transport import transport_of
from mes_core.messages.views import SITE_UNREACHABLE

_NOT_THERE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_NAME_NOT_RESOLVED",
    "ERR_ADDRESS_UNREACHABLE",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION_TIMED_OUT",
)
"""Chromium's words for a server to which not even a connection came about: nothing can have been changed there."""
_LEFT = ("Execution context was destroyed", "frame was detached", "Cannot find context", "navigating")
_STREAM = "text/event-stream"
TICK_MS = 10
TIMERS_S = 3.0
"""For so long timers count, and after a press what the page asks for by itself; some pages always have one of them."""
NOTHING_S = 0.8
"""Seconds after which a press that nothing came of has done nothing."""


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
        secrets: Further secrets of the system by what they are: `code`, `certificate`, `proxy`.
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
        secrets: Mapping[str, Secret] | None = None,
    ) -> None:
        self.locators = locators
        self._system = system
        self._access = access
        self._password = password
        self._secrets = secrets or {}
        self._browser = browser
        self._evidence = evidence
        self._clock = clock
        self._page: Page | None = None
        self._account = access.account
        self._hosts = Hosts(access.url, (*access.hosts, *locators.hosts), locators.login.hosts)
        self._dialogs = Dialogs()
        self._moving: dict[Request, float] = {}
        self._moved = 0
        self._script_errors: list[str] = []
        self._under_way: set[Request] = set()
        self._notes: tuple[Note, ...] = ()
        self._answered: set[str] = set()
        self._asked_for_some = False

    @property
    def page(self) -> Page:
        """The item's page in the context of the account, opened at first use."""
        if self._page is None:
            words = self.locators
            rules = SiteRules(
                words.product,
                self._hosts,
                words.requests,
                words.changed_by_link,
                most_bytes=int(self._access.most_mb * 1e6),
                answer_ms=self._access.timeout_s * 1000,
            )
            self._browser.gate.know(self._account, rules)
            self._browser.gate.changed_by_link(self._account, words.changed_by_link)
            self._browser.identity[self._account] = words.identity
            self._notes = words.requests.notes_by_path(self._hosts)
            self._browser.notes[self._account] = self._notes
            try:
                basic = self._password if words.login.basic else None
                self._page = self._browser.open_page(self._account, transport_of(self._access, self._secrets, basic))
            except SettingsError as error:
                raise BusinessError("SITE_NOT_SET", str(error)) from error
            self._watch(self._page)
            self._close_notices(self._page)
        return self._page

    def picture(self, name: str, *, whole: bool = False) -> str:
        """Take a picture of the page as it is now; its file name in the evidence, empty when nothing is open."""
        if self._page is None:
            return ""
        return self._evidence.picture(self._page, name, self.locators.identity, whole=whole)

    def frame(self, name: str = "") -> Frame:
        """The frame of that title or name; the page's own document where none is named.

        Raises:
            BusinessError: There is none, there are several, or it shows pages of another host.
        """
        name = name or self.locators.frame
        if not name:
            return self.page.main_frame
        with self.doing(f"find the frame '{name}'"):
            found = self._frames(name)
            waited = time.monotonic() + 5
            while not found and time.monotonic() < waited:
                self.page.wait_for_timeout(50)
                found = self._frames(name)
        if len(found) != 1:
            raise self._no_frame(name, len(found))
        frame = found[0]
        if frame.url.startswith("http") and not self._hosts.ours(frame.url):
            raise self.other_host(frame.url)
        return frame

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Turn a browser's error into one sentence that says what was being done and where."""
        try:
            yield
        except PageTimeoutError as error:
            _keep_call_log(what, error)
            raise ApplicationError(
                "SITE_NO_ANSWER",
                f"{self._where()}: it took too long to {what}; see whether the site is well{self._held_back()}.",
            ) from error
        except Error as error:
            _keep_call_log(what, error)
            raise self._browser_error(what, error) from error

    def tools(self, call: str, *given: Any, frame: Frame | None = None) -> Any:
        """Call one of the tools that lie in every page (`keywords/page_tools`), once more where the page is"
        " just left."""
        where = frame or self.page.main_frame
        for _ in range(40):
            try:
                return where.evaluate(f"given => window.__batchwright.{call}(...given)", list(given))
            except Error as error:
                if self._browser.gate.refused is not None and "__batchwright" in error.message:
                    raise self._browser.gate.refused from error  # a page that was not let go is an empty one
                if isinstance(error, PageTimeoutError) or not any(one in error.message for one in _LEFT):
                    raise
                self.page.wait_for_timeout(25)
        raise ApplicationError(
            "PAGE_NEVER_STAYS", f"{self._where()} goes on from page to page by itself, so that nothing can be read."
        )

    def pressed(self, press: Callable[[], None], what: str, frame: Frame | None = None, limit_s: float = 0.0) -> bool:
        """Press something, and wait until what it brings about is over: a page, an answer, a change in the page.

        Args:
            press: Does it.
            what: What it is, to follow "could not".
            frame: Where it happens.
            limit_s: How long to wait; the site's own limit by default.

        Returns:
            Whether anything came of it.
        """
        limit = time.monotonic() + (limit_s or self._access.timeout_s)
        with self.doing(what):
            where = frame or self.page.main_frame
            moved, stamp = self._moved, self.tools("quiet", frame=where)["stamp"]
            press()
            began = time.monotonic()
            now: dict[str, Any] = {}
            while time.monotonic() < limit:
                if self._still_moving(limit):
                    continue
                now = self.tools("quiet", soon := time.monotonic() - began < TIMERS_S, frame=where)
                came = self._moved != moved or now["stamp"] != stamp
                if now["quiet"] and not (soon and self._waits_for()) and (came or time.monotonic() - began > NOTHING_S):
                    return came
                self.page.wait_for_timeout(TICK_MS)
        raise ApplicationError(
            "SITE_NO_ANSWER",
            f"{self._where()}: it took too long to {what}{asked_again(now)}; see whether the site is well"
            f"{self._held_back()}.",
        )

    def rest(self, frame: Frame | None = None, limit_s: float = 5.0) -> None:
        """Wait until the page's own scripts are done, for as long as they may take."""
        began = time.monotonic()
        with self.doing("wait for the page's scripts"):
            while time.monotonic() - began < limit_s:
                if not self._still_moving(began + limit_s):
                    soon = time.monotonic() - began < TIMERS_S
                    if self.tools("quiet", soon, frame=frame)["quiet"] and not (soon and self._waits_for()):
                        return
                    self.page.wait_for_timeout(TICK_MS)

    def other_host(self, address: str) -> BusinessError:
        """Why pages of another host are neither read nor typed into."""
        parts = urlsplit(address)
        return BusinessError(
            "OTHER_HOST",
            f"{self.locators.product} leads to another host, {parts.scheme}://{parts.netloc}{parts.path}, where nothing"
            " was read or typed; if it belongs to the site, name it under 'hosts' in the settings or the locators (for"
            " its log-in: under 'login')",
        )

    def _waits_for(self) -> str:
        """What some script, frame or worker of the page asked for that has not come whole; empty where nothing is.

        A page's tools see what its own scripts wait for, not a body that is read piece by piece, a module, or what
        a frame asks; the browser hears it all.
        """
        self._under_way = {one for one in self._under_way if not is_left(one)}
        for one in self._under_way:
            if not any(note.matches(one.method, one.url) for note in self._notes):
                return f"{one.method} {urlsplit(one.url).path}"
        return ""

    def _may_fill_itself(self) -> bool:
        """Whether something may change the page that its own tools do not see begin or end.

        What a frame, a worker or a module asks for is heard by the browser alone, and heard a moment before or after
        what it brings shows: such a page is looked at twice.
        """
        return self._asked_for_some or len(self.page.frames) > 1

    def _still_moving(self, limit: float) -> bool:
        """Whether the page is on its way to another one, or a change is under way; waits a little where it is."""
        if self._browser.gate.flying:
            self.page.wait_for_timeout(TICK_MS)
            return True
        if not self._moving:
            return False
        left_ms = (limit - time.monotonic()) * 1000
        with suppress(PageTimeoutError):
            self.page.wait_for_event("domcontentloaded", timeout=min(max(left_ms, 1), 1000))
        now = time.monotonic()
        self._moving = {one: until for one, until in self._moving.items() if until > now}
        return True

    def _watch(self, page: Page) -> None:
        """Follow where the page goes, what it asks, and what its scripts fail at."""
        page.on("request", self._goes)
        page.on("response", self._is_answered)
        page.on("requestfinished", self._has_gone)
        page.on("requestfailed", self._has_failed)
        page.on("domcontentloaded", lambda _: self._moving.clear())
        page.on("framenavigated", self._arrived_in)
        page.on("pageerror", lambda error: self._script_errors.append(first_sentence(str(error))))
        self._dialogs.watch(page)

    def _goes(self, request: Request) -> None:
        if request.is_navigation_request():
            self._moving[request] = float("inf")
            self._moved += 1
            if request.frame == self.page.main_frame:
                self._under_way, self._answered, self._asked_for_some = set(), set(), False
        elif request.resource_type in ("fetch", "xhr", "script"):
            self._under_way.add(request)
            self._asked_for_some = True

    def _is_answered(self, response: Response) -> None:
        if response.headers.get("content-type", "").startswith(_STREAM):  # it has no end to wait for
            self._under_way.discard(response.request)

    def _has_failed(self, request: Request) -> None:
        self._moving.pop(request, None)
        self._under_way.discard(request)

    def _has_gone(self, request: Request) -> None:
        if request in self._under_way:
            self._under_way.discard(request)
            self._answered.add(urlsplit(request.url).path)
        if request in self._moving:  # what comes of it is a page at once, or a file and none
            self._moving[request] = time.monotonic() + 1.0

    def _arrived_in(self, frame: Frame) -> None:
        if frame.parent_frame is not None:
            self._moving = {one: until for one, until in self._moving.items() if one.frame != frame}

    def _frames(self, name: str) -> list[Frame]:
        found = []
        for frame in self.page.frames:
            if frame.parent_frame is None or frame.is_detached():
                continue
            element = frame.frame_element()
            named = (element.get_attribute("title"), element.get_attribute("name"), element.get_attribute("aria-label"))
            if name in named and element.is_visible():
                found.append(frame)
        return found

    def _no_frame(self, name: str, count: int) -> BusinessError:
        there = [title or address for title, address in self.tools("said", self.locators.identity)["frames"]]
        shows = f"{count} frames '{name}'" if count else f"no frame '{name}'"
        return BusinessError(
            "FRAME_NOT_ONE",
            f"{self._where()} shows {shows} (it has: {', '.join(there) or 'none'}); correct the locators.",
        )

    def _browser_error(self, what: str, error: Error) -> Exception:
        said = first_sentence(error.message)
        if any(sign in error.message for sign in _NOT_THERE):
            return ApplicationError(
                SITE_UNREACHABLE,
                f"{self._where()} can't be reached ({said}); it is tried again for more than an hour: see whether the"
                " site is up and the network lets us through.",
            )
        if "ERR_INVALID_AUTH_CREDENTIALS" in error.message:
            return self._refused_by_http()
        if "ERR_CERT_" in error.message:
            return BusinessError(
                "CERTIFICATE_NOT_TRUSTED",
                f"{self._where()} proves itself by a certificate that isn't trusted ({said}); where it is the plant's"
                " own authority, name its file as 'ca_file' of the site in the settings.",
            )
        return ApplicationError("SITE_FAILED", f"{self._where()}: could not {what} ({said}{self._held_back()}).")

    def _refused_by_http(self) -> BusinessError:
        if self.locators.login.basic:
            return BusinessError(
                "LOG_IN_REFUSED",
                f"{self.locators.product} refuses the account '{self._access.user}'; correct its password in the"
                " secrets file.",
            )
        return BusinessError(
            "LOG_IN_BY_HTTP",
            f"{self._where()} asks for a log-in by HTTP itself (401); if that is its way in, say 'basic: true' under"
            " 'login' in the locators.",
        )

    def _held_back(self) -> str:
        """What was kept from the page, for a sentence about what it does not show."""
        kept = [
            one for one in self._browser.gate.diary if one["fate"].startswith(("held back", "closed", "message held"))
        ]
        said = sorted({f"{'web socket' if one['method'] == 'SOCKET' else one['method']} {one['path']}" for one in kept})
        wants = {"SharedWorker": "a shared worker", "fetchLater": "fetchLater"}
        said += [name for sign, name in wants.items() if any(sign in error for error in self._script_errors)]
        if not said:
            return ""
        return f"; kept from its pages, as docs/bots.md says: {', '.join(said[:4])}"

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


def _keep_call_log(what: str, error: Error) -> None:
    """What the browser's driver did and waited for, into the log of the attempt."""
    logger.info(f"What the browser did to {what}:\n{without_content(error.message)}")


def without_content(call_log: str) -> str:
    """A driver's call log without what stood on the page or was typed: names of patients, and passwords."""
    no_typed = re.sub(r"\b(fill|type|press|insertText|selectOption|setInputFiles)\(.*\)", r"\1(...)", call_log)
    return re.sub(r"<(\w+)\b[^>\n]*>(?:[^\n]*</\1>)?", r"<\1 ...>", no_typed)
