"""A warm browser: started once a worker, one context per bot account, a fresh page for every item.

Playwright's sync API belongs to the thread that started it: the worker's main thread.
"""

import getpass
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from keywords import recording
from keywords.browser_finder import BrowserProgram
from keywords.browser_user import NoSuchUser, browser_user, folder_for, is_root, launcher
from keywords.failures import ApplicationError, first_sentence
from keywords.gate import Gate, Note, close_side_doors
from keywords.page_tools import page_tools
from keywords.transport import Transport, Trust

QUIET_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # They send requests that no interception sees (`keywords/gate.py`).
    "--disable-blink-features=FetchLaterAPI,SharedWorker",
)
BROWSER_GONE = "BROWSER_GONE"
"""Code of an item's failure when the driver of the browser has died: the worker is started anew."""
ACTION_MS = 10_000


@dataclass(frozen=True)
class BrowserOptions:
    """How to show the browser: visible or not, by how many milliseconds each action is slowed down, and whether what
    an item does is recorded into its evidence."""

    headed: bool = False
    slow_ms: int = 0
    record: bool = False


def launch_flags() -> list[str]:
    """Flags of a browser that is started by hand: quiet on a closed network; no sandbox only where root has none."""
    return [*QUIET_FLAGS, *(["--no-sandbox"] if is_root() else [])]


class WarmBrowser:
    """One browser process, restarted when it died, with one context per bot account and a fresh page for every item.

    Log-in state lives in the browser's memory only.

    Args:
        program: The browser to start.
        options: Visible or not, slowed down or not.

    Attributes:
        gate: Holds back requests that change a site, unless an effect is being brought about.
        version: Of the browser that was started last, empty before.
        runs_as: The account that the browser runs as, and whether without its sandbox; empty before it was started.
        asked_to_wait: Until when (monotonic seconds) a site wants to be left alone, by account.
        codes_used: Windows of one-time codes that were used up, by account.
        learned: Field names of filter forms by account and list, as pages showed them during this worker's life.
        identity: CSS selectors of elements that show who the patient is, by account; black in a recording.
        notes: requests that are no data, by account; read when its context is made.
        recorded_in: Folder of the evidence that a recording goes to.
    """

    def __init__(self, program: BrowserProgram, options: BrowserOptions | None = None) -> None:
        self._program = program
        self._options = options or BrowserOptions()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._contexts: dict[str, BrowserContext] = {}
        self._trust = Trust()
        self._left_open: dict[str, list[Page]] = {}
        self.version = ""
        self.runs_as = ""
        self._own: Path | None = None
        self.asked_to_wait: dict[str, float] = {}
        self.codes_used: dict[str, set[int]] = {}
        self.gate = Gate()
        self.learned: dict[tuple[str, str], dict[str, str]] = {}
        self.identity: dict[str, str] = {}
        self.notes: dict[str, tuple[Note, ...]] = {}
        self.recorded_in: Path | None = None

    def start(self) -> str:
        """Start the browser if it does not run; its version, such as `Chromium 130.0`."""
        if self._browser is None or not self._browser.is_connected():
            if self._playwright is None:
                with self._trust.for_the_gate():
                    self._playwright = sync_playwright().start()
            try:
                self._browser = self._launch(self._playwright)
            except Error as error:
                if "connection closed" in error.message.lower():
                    raise
                raise ApplicationError(
                    "BROWSER_DID_NOT_START",
                    f"The browser {self._program.path} did not start ({first_sentence(error.message)}); start it by"
                    " hand once, or set BATCHWRIGHT_BROWSER to another one.",
                ) from error
        self.version = f"Chromium {self._browser.version}"
        return self.version

    def _launch(self, playwright: Playwright) -> Browser:
        """Start the browser: as root as an account of its own where there is one, in its sandbox where that works."""
        try:
            account = browser_user()
        except NoSuchUser as error:
            raise ApplicationError("BROWSER_DID_NOT_START", str(error)) from error
        program, environment = self._program.path, self._trust.browser_environment()
        downloads: dict[str, str] = {}
        if account:
            self._own = self._own or folder_for(account)
            program = launcher(account, program, self._trust.folder())
            environment["HOME"] = self._trust.home_for(account, environment)
            downloads = {"downloads_path": str(self._own)}
        options: dict[str, Any] = {
            **downloads,
            "executable_path": str(program),
            "env": dict(environment),
            "args": list(QUIET_FLAGS),
            "headless": not self._options.headed,
            "slow_mo": self._options.slow_ms or None,
            "handle_sigint": False,
            "handle_sigterm": False,
        }
        self.runs_as = account or ("root" if is_root() else getpass.getuser())
        if account or not is_root():
            try:
                return playwright.chromium.launch(chromium_sandbox=True, **options)
            except Error as error:
                if "connection closed" in error.message.lower():
                    raise
        # Root has no sandbox, nor has a container that lets nobody make namespaces.
        self.runs_as += ", without the browser's sandbox"
        return playwright.chromium.launch(chromium_sandbox=False, **options)

    def open_page(self, account: str, transport: Transport | None = None) -> Page:
        """A fresh page in the context of one bot account on one site; the context stays, so the log-in is reused.

        Args:
            account: The account and its site.
            transport: How the site is reached, where that is not as every other.

        Raises:
            ApplicationError: `BROWSER_GONE` when the driver has died, which no other browser can mend.
        """
        self._know_authorities(transport)
        try:
            return self._open_page(account, transport)
        except Error as error:
            if "closed" not in error.message.lower():
                raise
        self.discard()  # a browser that died is started anew; where its driver died, that fails
        try:
            return self._open_page(account, transport)
        except Error as error:
            raise ApplicationError(
                BROWSER_GONE, "The browser's driver has died; the worker is started again and the item tried again."
            ) from error

    def trust(self, authorities: Iterable[Path]) -> None:
        """Trust these authorities (PEM files), as of the browser's next start."""
        self._trust.files.update(authorities)

    def _know_authorities(self, transport: Transport | None) -> None:
        """Trust a plant's own authority; browser and driver learn of it when they start."""
        if transport is None or transport.authorities is None or transport.authorities in self._trust.files:
            return
        self._trust.files.add(transport.authorities)
        if self._playwright is not None:
            self.stop()

    def _open_page(self, account: str, transport: Transport | None) -> Page:
        self.start()
        if self._browser is None:
            raise ApplicationError(BROWSER_GONE, "The browser is not running; the item is tried again.")
        context = self._contexts.get(account)
        if context is None:
            shown = transport or Transport("")
            context = self._browser.new_context(service_workers="block", **shown.context_options())
            context.set_default_timeout(transport.timeout_ms if transport else ACTION_MS)
            context.set_default_navigation_timeout(transport.timeout_ms if transport else ACTION_MS)
            close_side_doors(context, lambda socket: self.gate.handle_socket(socket, account))
            context.add_init_script(page_tools(self.notes.get(account, ())))
            context.route("**/*", lambda route: self.gate.handle(route, account))
            context.on("request", lambda request: self.gate.see(request, account))
            if self._options.record:
                recording.begin(context, self.identity.get(account, ""))
            self._contexts[account] = context
        page = context.new_page()
        for earlier in self._left_open.pop(account, []):
            # Closed only now: a page opened beside one of the same site shares its process and opens twice as fast.
            earlier.close()
        return page

    def end_item(self, *, failed: bool) -> None:
        """Leave the item's pages behind; after a failure the contexts too, so that the next item starts from nothing,
        and where it was recorded, so that the next one is recorded by itself.

        A browser that fails at it is thrown away.
        """
        if self._options.record and self.recorded_in is not None:
            self._hear_requests()
            recording.keep(self._contexts, self.recorded_in)
        elif not failed:
            self._hear_requests()
            self._left_open = {account: context.pages for account, context in self._contexts.items()}
            self.gate.leave(frozenset(page for pages in self._left_open.values() for page in pages))
            return
        contexts, self._contexts, self._left_open = list(self._contexts.values()), {}, {}
        try:
            for context in contexts:
                context.close()
        except Error:
            self.discard()

    def idle(self, seconds: float) -> None:
        """Let open pages live for a while, for a person who looks on."""
        pages = [page for context in self._contexts.values() for page in context.pages]
        if pages:
            with _already_gone():
                pages[-1].wait_for_timeout(seconds * 1000)
        else:
            time.sleep(seconds)

    def _hear_requests(self) -> None:
        """Let the gate see what pages have sent up to now: a click that is an item's last step is refused in time."""
        with _already_gone():
            for context in self._contexts.values():
                context.cookies("http://localhost")

    def discard(self) -> None:
        """Throw the browser away, for instance after an interrupted action; the next item starts a new one."""
        browser, self._browser = self._browser, None
        self._contexts, self._left_open = {}, {}
        with _already_gone():
            if browser is not None:
                browser.close()

    def stop(self) -> None:
        """End the browser and Playwright's driver."""
        self.discard()
        playwright, self._playwright = self._playwright, None
        with _already_gone():
            if playwright is not None:
                playwright.stop()
        self._trust.forget()
        own, self._own = self._own, None
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


@contextmanager
def _already_gone() -> Iterator[None]:
    """Closing what has died by itself is no failure."""
    try:
        yield
    except Error as error:
        if "closed" not in error.message and "Connection" not in error.message:
            raise ApplicationError(
                "BROWSER_NOT_CLOSED",
                f"The browser did not close: {first_sentence(error.message)}",
            ) from error
