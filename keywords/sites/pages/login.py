"""The way in: pages are opened where they are, and the log-in is gone through where the site asks for it."""

import base64
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIResponse, Frame, Response
from pyotp import TOTP

from keywords.failures import ApplicationError, BusinessError
from keywords.sites.pages.looks import PageLooks, instead, quoted
from keywords.sites.words.login import StepWords, What
from mes_core.messages.views import SITE_UNREACHABLE

LONGEST_PAUSE_S = 30.0
"""Longest time that a site may ask us to wait while the item is in hand."""
MOST_PAUSES = 10
"""So many times a site is waited for while the item is in hand, however short each time is."""
LONGEST_ASKED_S = 86_400.0
"""Longest time that a site is left alone because it asks: a mistyped answer must not end all work there."""
_NOT_NOW = (429, 503)
_CODE_S = 30


class PageLogin(PageLooks):
    """Opens pages, logging in first where the site asks for it."""

    _tried = False
    _paused_s = 0.0
    _pauses = 0

    def go(self, path: str) -> None:
        """Open a page of the site, logging in first where the site asks for it."""
        path = path.replace("{site}", urlsplit(self._access.url).fragment)
        address = urljoin(self._access.url.rstrip("/") + "/", path)
        with self.doing(f"open {path}"):
            self._goto(address)
            self._until_asked()
            if self._at_login():
                self._log_in()
                if self.page.url != address:
                    self._goto(address)
                    self._until_asked()
                    if self._at_login():
                        raise ApplicationError(
                            "SESSION_EXPIRED",
                            f"{self.locators.product} asks to log in again right after it; it is tried again.",
                        )

    def fetch(self, path: str) -> bytes:
        """Fetch a file of the site with the session of the page."""
        if self._page is None:
            self.go("/")
        address = urljoin(self.page.url, path)
        if not self._hosts.ours(address):
            raise self.other_host(address)
        with self.doing(f"fetch {path}"):
            answer = self.asked_for(address)
            if not answer.ok:
                raise ApplicationError("FILE_NOT_GIVEN", f"{address} answered {answer.status} instead of the file.")
            return answer.body()

    def asked_for(self, address: str) -> APIResponse:
        """What a file's address answers in the session of the page, without following where it leads; a site that asks
        to wait is waited for.

        Raises:
            ApplicationError: The site asks for more time than there is.
        """
        while True:
            self._unless_asked_to_wait()
            answer = self.page.context.request.get(address, max_redirects=0)
            if not _asks_to_wait(answer):
                return answer
            self._wait_as_asked(answer)

    def _goto(self, address: str) -> None:
        """Open an address of the site; a site that asks to wait is waited for.

        Raises:
            BusinessError: The address is another host's, or leads there, or the page is not given.
            ApplicationError: The site is not well, or asks for more time than there is.
        """
        if not self._hosts.ours(address):
            raise self.other_host(address)
        while True:
            self._unless_asked_to_wait()
            answer = self.page.goto(address, wait_until="domcontentloaded")
            if answer is None or not _asks_to_wait(answer):
                break
            self._wait_as_asked(answer)
        here = self.page.url
        if here.startswith("http") and not self._hosts.ours(here) and not self._hosts.log_in(here):
            raise self.other_host(here)
        if answer is not None and answer.status >= 400:
            self._unless_well(answer)

    def _unless_well(self, answer: Response) -> None:
        """Say what the site answered instead of the page."""
        if answer.status == 401 and "basic" in answer.headers.get("www-authenticate", "").lower():
            raise self._refused_by_http()
        if answer.status in (401, 403) and self._at_login():
            return
        if answer.status >= 500 or answer.status in (408, 425, 429):
            raise ApplicationError("SITE_ERROR", f"{self._where()} answered {answer.status}; it is tried again.")
        raise BusinessError(
            "PAGE_NOT_GIVEN",
            f"{self._where()} answered {answer.status} ({self.quote()}); see whether it is there for our account.",
        )

    def _wait_as_asked(self, answer: Response | APIResponse) -> None:
        """Wait for as long as the site asks, or give the item back until then."""
        seconds = seconds_asked(answer.headers["retry-after"], self._clock())
        self._browser.asked_to_wait[self._account] = time.monotonic() + seconds
        self._pauses += 1
        if self._paused_s + seconds > LONGEST_PAUSE_S or self._pauses > MOST_PAUSES:
            raise self._not_now(answer.status, seconds)
        self._paused_s += seconds
        self.page.wait_for_timeout(seconds * 1000 + 50)

    def _unless_asked_to_wait(self) -> None:
        """Leave a site alone that asked for time which is not over."""
        left = self._browser.asked_to_wait.get(self._account, 0.0) - time.monotonic()
        if left > 0:
            raise self._not_now(0, left)

    def _not_now(self, status: int, seconds: float) -> ApplicationError:
        what = f"answered {status} and asks" if status else "asked"
        most = " (a day is the longest that is kept to)" if seconds >= LONGEST_ASKED_S else ""
        return ApplicationError(
            SITE_UNREACHABLE,
            f"{self._where()} {what} to be left alone for {seconds:.0f} s{most}; it is tried again later, and not"
            " before.",
        )

    def _until_asked(self) -> None:
        """Wait until a client that asks for the log-in over any page has made up its mind."""
        words = self.locators.login
        limit = time.monotonic() + self._access.timeout_s
        while words.asks and time.monotonic() < limit:
            if self.tools("shows", words.inside) or self.tools("shows", words.asks):
                return
            self.page.wait_for_timeout(50)

    def _at_login(self) -> bool:
        here = self.page.url
        words = self.locators.login
        if words.asks and here.startswith("http"):
            return bool(self.tools("shows", words.asks))
        if not here.startswith("http") or not self._hosts.log_in(here):
            return False
        if not self._hosts.ours(here):
            return True
        if words.path.startswith("#"):
            return f"#{urlsplit(here).fragment}".split("?")[0].rstrip("/") == words.path.rstrip("/")
        return bool(words.path) and urlsplit(here).path.rstrip("/") == urlsplit(words.path).path.rstrip("/")

    def _log_in(self) -> None:
        """Go through the steps, with the gate open for the log-in alone, until the site shows that one is in."""
        if self._tried:
            raise BusinessError("LOG_IN_REFUSED", f"{self.locators.product} asks for the password a second time.")
        self._tried = True
        with self._browser.gate.logging_in(self._account):
            for step in self.locators.login.as_steps():
                self._step(step)
            self._until_in()
        self._tried = False

    def _step(self, step: StepWords) -> None:
        frame = self._login_frame()
        if step.when:
            self.rest(frame)
            if not self.tools("shows", step.when, frame=frame):
                return
        if step.expect:
            self._expect(step.expect, frame)
        elif step.press:
            self._press_login(step.press, frame)
        else:
            self._type(step, frame)

    def _login_frame(self) -> Frame:
        """Where the log-in stands: in the page itself unless its own words name a frame; lists may be in others."""
        return self.frame(self.locators.login.frame) if self.locators.login.frame else self.page.main_frame

    def _type(self, step: StepWords, frame: Frame) -> None:
        """Type into a field of the log-in, on a host where that is allowed."""
        label = step.fill.replace("{user}", self._access.user)
        look = self._await_field(label, frame)
        address = frame.url if frame.url.startswith("http") else self.page.url
        if not self._hosts.log_in(address):
            raise self.other_host(address)
        field = frame.evaluate_handle("label => window.__batchwright.field(label, null)", label).as_element()
        if field is None or look["off"]:
            raise self._unknown_login(f"field '{label}'", frame, label)
        match step.what:
            case What.USER:
                field.fill(self._access.user)
            case What.PASSWORD:
                field.fill(self._password.value)
            case _:
                field.fill(self._one_time_code())

    def _await_field(self, label: str, frame: Frame) -> dict[str, object]:
        """The field of that label, which may come a little after its page."""
        limit = time.monotonic() + self._access.timeout_s
        resting = 0
        while time.monotonic() < limit and resting < 3:
            found: dict[str, object] = self.tools("fields", [label], frame=frame)[0]
            if found["count"] == 1 and found["seen"]:
                return found
            resting = resting + 1 if not self._moving and self.tools("quiet", frame=frame)["quiet"] else 0
            self.page.wait_for_timeout(50)
        raise self._unknown_login(f"field '{label}'", frame, label)

    def _press_login(self, name: str, frame: Frame) -> None:
        button = frame.evaluate_handle("name => window.__batchwright.press(name)", name).as_element()
        if button is None:
            raise self._unknown_login(f"button '{name}'", frame, name)
        self.pressed(button.click, f"press '{name}' of the log-in", frame)

    def _expect(self, text: str, frame: Frame) -> None:
        limit = time.monotonic() + self._access.timeout_s
        while not self.tools("shows", text, frame=frame):
            if time.monotonic() > limit:
                raise self._unknown_login(f"text '{text}'", frame)
            self.page.wait_for_timeout(50)

    def _until_in(self) -> None:
        """Wait until the log-in is over; a page that it ends on and that is not the site's goes to a person."""
        limit = time.monotonic() + self._access.timeout_s
        inside = self.locators.login.inside
        quiet_since = 0.0
        while time.monotonic() < limit:
            if self._still_moving(limit):
                quiet_since = 0.0
                continue
            quiet = self.tools("quiet")["quiet"]
            if not self._at_login() and (self.tools("shows", inside) if inside else quiet):
                return
            quiet_since = (quiet_since or time.monotonic()) if quiet else 0.0
            if quiet_since and time.monotonic() - quiet_since > 0.3:
                break
            self.page.wait_for_timeout(20)
        raise self._why_not_in()

    def _why_not_in(self) -> ApplicationError | BusinessError:
        """What the site says instead of letting us in; the password is not typed again."""
        words, said = self.locators.login, self.said()
        status, location = self._browser.gate.log_in_answer
        taken = status in (302, 303, 307) and urlsplit(location).path.rstrip("/") != words.path.rstrip("/")
        if self._at_login() and taken and said["passwords"] and not said["alerts"]:
            return ApplicationError(
                "SESSION_EXPIRED", f"{self.locators.product} asks to log in again right after it; it is tried again."
            )
        if self._at_login() and said["passwords"]:
            return BusinessError(
                "LOG_IN_REFUSED",
                f"{self.locators.product} refuses the account '{self._access.user}', and shows {quoted(said)}; log in"
                " by hand once, and correct its password in the secrets file if it is wrong. It was typed once.",
            )
        return self._unknown_login("page behind the log-in", self.page.main_frame)

    def _unknown_login(self, what: str, frame: Frame, wanted: str = "") -> BusinessError:
        kept = instead(self.said(frame), what, wanted) + self._held_back()
        return BusinessError(
            "LOG_IN_UNKNOWN",
            f"{self._where()} shows no {what} in its log-in, but {self.quote(frame)}{kept}; say its steps under 'login'"
            " in the locators, or log in by hand.",
        )

    def _one_time_code(self) -> str:
        """A code from the account's own secret; one that was used is not used twice.

        Raises:
            BusinessError: The secrets hold no such secret.
        """
        secret = self._secrets.get("code")
        if secret is None:
            raise BusinessError(
                "NO_CODE_SECRET",
                f"{self.locators.product} asks for a one-time code: put the secret that its set-up shows into the"
                f" secrets file as '{self._system}.code', or log in by hand.",
            )
        used = self._browser.codes_used.setdefault(self._account, set())
        while (window := int(time.time()) // _CODE_S) in used:
            self.page.wait_for_timeout(500)
        used.add(window)
        try:
            return _Codes("".join(secret.value.replace("-", " ").split())).at(window * _CODE_S)
        except (ValueError, TypeError) as error:
            raise BusinessError(
                "CODE_SECRET_WRONG",
                f"The secret '{self._system}.code' is none for one-time codes (base 32); correct it.",
            ) from error


class _Codes(TOTP):
    """Codes of a secret as the product handed it out: many are shorter (80 bits) than 112 bits, which NIST SP 800-63B
    asks of whoever makes one, and a plant can't choose."""

    def byte_secret(self) -> bytes:
        """The secret's bytes.

        Raises:
            ValueError: It is not in base 32, or empty.
        """
        secret = self.secret.rstrip("=")
        decoded = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
        if not decoded:
            raise ValueError("the secret is empty")
        return decoded


def _asks_to_wait(answer: Response | APIResponse) -> bool:
    """Whether a site answers that it wants to be left alone, and for how long."""
    return answer.status in _NOT_NOW and bool(answer.headers.get("retry-after"))


def seconds_asked(said: str, now: datetime) -> float:
    """For how many seconds a site asks to be left alone: at least one, at most a day.

    Args:
        said: its `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date; what is neither counts as 30 s.
        now: zone-aware.
    """
    said = said.strip()
    if said.isascii() and said.isdecimal():
        return max(1.0, min(float(said.lstrip("0")[:10] or 0), LONGEST_ASKED_S))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return LONGEST_PAUSE_S
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(1.0, min((until - now).total_seconds(), LONGEST_ASKED_S))
