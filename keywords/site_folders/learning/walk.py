"""One walk through a site, recorded: what was done, what each page showed then, and what it sent."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error, Page, Request

from keywords.browser import WarmBrowser
from keywords.failures import BusinessError, first_sentence
from keywords.gate.classes import is_safe
from keywords.transport import Transport

ACCOUNT = "learner"
_STEADY_S = 30.0
_PATIENCE_MS = 60_000
_BETWEEN_MS = 80


@dataclass(frozen=True)
class Done:
    """One thing that was done: a field filled, a button or link pressed; `question` is what its dialog asked."""

    what: str
    path: str
    name: str = ""
    label: str = ""
    kind: str = ""
    value: str = ""
    question: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sent:
    """A request that does not merely read by its method, and after how many things done it left; `kind` is the media
    type of its body."""

    method: str
    path: str
    body: str
    after: int
    address: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Shown:
    """What a page showed after so many things were done: its path, words and facts, and its tables as they are read."""

    path: str
    after: int
    words: Mapping[str, Any]
    facts: Sequence[tuple[str, str]]
    tables: Mapping[str, Mapping[str, Any]]


@dataclass
class Walk:
    """A whole walk, in the order in which things happened; `loads` are the numbers of things done before each page
    that was loaded as a whole."""

    done: list[Done] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    loads: list[int] = field(default_factory=list)
    url: str = ""
    seconds: float = 0.0


class Walker:
    """Records a walk in a browser of the bots, whose gate lets everything out that the walker sends.

    Args:
        browser: The browser.
        url: Address of the site.
    """

    def __init__(self, browser: WarmBrowser, url: str) -> None:
        self._browser, self._url = browser, url
        self.walk = Walk(url=url)
        self._last = ""
        self._began = time.monotonic()

    def begin(self) -> Page:
        """Open the site's first page and listen."""
        page = self._browser.open_page(ACCOUNT, Transport(self._url, timeout_ms=_PATIENCE_MS))
        page.expose_binding("__batchwrightTell", lambda _, told: self._heard(json.loads(told)))
        page.add_init_script((Path(__file__).parent / "recorder.js").read_text("utf-8"))
        page.on("request", self._asked)
        page.goto(self._url, wait_until="domcontentloaded")
        self.look(page)
        return page

    def look(self, page: Page) -> None:
        """Wait until the page rests, and keep what it shows where that is new."""
        until = time.monotonic() + _STEADY_S
        while time.monotonic() < until:
            try:
                page.wait_for_timeout(_BETWEEN_MS)
                if page.evaluate("() => window.__batchwright.quiet().quiet") and not self._browser.gate.flying:
                    self._keep(page)
                    return
            except Error as error:
                if "closed" in error.message:
                    return  # a person closed the window: the walk is over

    def end(self) -> Walk:
        """The walk as it was."""
        self.walk.seconds = time.monotonic() - self._began
        return self.walk

    def _keep(self, page: Page) -> None:
        words = page.evaluate("() => window.__batchwright.words('')")
        facts = page.evaluate("() => window.__batchwright.facts()")
        names = [one["name"] for one in words["tables"] if one["name"]]
        tables = {name: page.evaluate(_READ, name) for name in names}
        path = urlsplit(page.url).path
        now = json.dumps([path, words, facts, tables], sort_keys=True)
        if now != self._last:
            self._last = now
            self.walk.shown.append(Shown(path, len(self.walk.done), words, [tuple(one) for one in facts], tables))

    def _heard(self, told: Mapping[str, Any]) -> None:
        self.walk.done.append(Done(**{**told, "options": tuple(told.get("options", ()))}))

    def _asked(self, request: Request) -> None:
        after = len(self.walk.done)
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.walk.loads.append(after)
        if not is_safe(request.method, request.headers):
            body = (request.post_data_buffer or b"").decode("utf-8", "replace")
            kind = request.headers.get("content-type", "")
            self.walk.sent.append(Sent(request.method, urlsplit(request.url).path, body, after, request.url, kind))


_READ = """name => {
  const asked = { caption: name, identity: "", next: "", export: "", total: "(?!)()", within: "", more: [], busy: "" };
  const read = window.__batchwright.list({ ...asked, timers: false });
  return { headers: read.headers || [], rows: read.rows || [] };
}"""


def follow(walker: Walker, page: Page, url: str, steps: Sequence[Mapping[str, str]], known: Mapping[str, str]) -> None:
    """Go through a site by a script, as a person would by hand.

    Args:
        walker: Who records it.
        page: The open page.
        url: Address of the site.
        steps: One of `open` (a path), `fill` (a label, `with` a value), `tick` (a label) and `press` (a name) each.
        known: Values for `$user`, `$password` and `$key`.

    Raises:
        BusinessError: A step can't be done.
    """
    for number, step in enumerate(steps, start=1):
        try:
            _one(page, url, step, known)
        except (Error, KeyError, AttributeError) as error:
            said = first_sentence(error.message) if isinstance(error, Error) else "the page shows nothing of that name"
            raise BusinessError(
                "WALK_STOPPED", f"Step {number} of the walk ({dict(step)}) can't be done on {page.url}: {said}."
            ) from error
        walker.look(page)


def _one(page: Page, url: str, step: Mapping[str, str], known: Mapping[str, str]) -> None:
    match step:
        case {"open": path}:
            page.goto(urljoin(url, path), wait_until="domcontentloaded")
        case {"fill": label, "with": value}:
            _fill(page, label, known.get(value, value))
        case {"tick": label}:
            _handle(page, "field", label).check()
        case {"press": name}:
            _handle(page, "press", name).click()
        case _:
            raise BusinessError(
                "WALK_UNKNOWN", f"{dict(step)} is no step: say 'open', 'fill' and 'with', 'tick' or 'press'."
            )


def _fill(page: Page, label: str, value: str) -> None:
    handle = _handle(page, "field", label)
    if handle.evaluate("one => one.tagName === 'SELECT'"):
        handle.select_option(label=value)
        return
    if page.evaluate("label => window.__batchwright.fields([label])[0].kind", label) == "combobox":
        handle.click()
        _handle(page, "option", value).click()
        return
    handle.fill(value)
    handle.evaluate("one => one.blur()")


def _handle(page: Page, tool: str, name: str) -> Any:
    """What bears a name, once the page shows it."""
    for _ in range(150):
        found = page.evaluate_handle(
            "([tool, name]) => window.__batchwright[tool](name, null)", [tool, name]
        ).as_element()
        if found is not None:
            return found
        page.wait_for_timeout(100)
    return None


def by_hand(walker: Walker, page: Page, over: Callable[[], bool]) -> None:
    """Record while a person walks, until they say that it is over or close the window."""
    while not over() and not page.is_closed():
        walker.look(page)
