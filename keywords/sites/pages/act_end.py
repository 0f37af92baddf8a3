"""The end of an act: the first of what the locators call done, a complaint, a dialog, a refusal, another page."""

import json
import re
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Frame, Page

from keywords.failures import ApplicationError, BusinessError, ItemError
from keywords.gate import Sent
from keywords.gate.bodies import at_path
from keywords.sites.pages.channels import PageChannels
from keywords.sites.words.forms import FormWords

UNKNOWN_S = 1.5
"""Seconds after which a page that is quiet, and neither done nor complains, is none that anybody described."""
_SAYS = ("message", "error", "detail", "title", "errors", "reason", "description", "error_description", "statusText")
_MOST_WORDS = 300


class PageActEnd(PageChannels):
    """Waits for the end of an act and takes the site's number."""

    def end_of_act(self, words: FormWords, frame_name: str, windows: list[Page]) -> str:
        """Wait for the first thing that ends the act.

        Args:
            words: The form that was sent.
            frame_name: The frame that it stands in; empty for the page itself.
            windows: Those that the site opened since the act began.

        Returns:
            The site's number; empty where it does not show, though the act is done.

        Raises:
            BusinessError: The site refused it, in its own words.
            ApplicationError: Nothing that anybody described came; what stands has to be looked up.
        """
        began, asked, quiet_since = time.monotonic(), len(self._dialogs.said), 0.0
        while time.monotonic() - began < words.wait_s:
            self._unless_asked(asked)
            self.unless_held_back()
            if self._browser.gate.flying:
                self.page.wait_for_timeout(10)
                continue
            looks = list(self._looks(words, frame_name, windows))
            quiet = bool(looks) and all(look["quiet"] for look in looks) and not self._moving
            number = self._done(words, looks)
            if number is not None:
                return number
            if quiet:
                self._unless_refused_by(words, looks)
                quiet_since = quiet_since or time.monotonic()
                if time.monotonic() - quiet_since > UNKNOWN_S and not self._waits_for():
                    break
            else:
                quiet_since = 0.0
            self.page.wait_for_timeout(15)
        raise self._no_end(words, frame_name, bool(quiet_since))

    def _looks(self, words: FormWords, frame_name: str, windows: list[Page]) -> Iterator[dict[str, Any]]:
        """What the page, and every window of it, shows of the end."""
        asked = {
            "done": words.done,
            "reference": words.reference,
            "pattern": words.number_text,
            "identity": self.locators.identity,
            "validity": not self._sent(),
        }
        frames: list[Frame] = [self.page.main_frame, *(one.main_frame for one in windows if not one.is_closed())]
        if frame_name or self.locators.frame:
            frames += [one for one in self._frames(frame_name or self.locators.frame) if self._hosts.ours(one.url)]
        for frame in frames:
            if frame.url.startswith("http") and not self._hosts.ours(frame.url):
                raise self.other_host(frame.url)
            try:
                yield self.tools("end", asked, frame=frame)
            except (Error, ApplicationError):
                continue  # on its way to another page: looked at again

    def _done(self, words: FormWords, looks: list[dict[str, Any]]) -> str | None:
        """The number, empty where none shows, once the act is done; None while it isn't."""
        sent = self._sent()
        if any(one.status is None for one in sent) or any((one.status or 0) >= 400 or one.status == 0 for one in sent):
            return None
        answer = self._answer(words, sent)
        if answer is not None:
            return answer
        shows = [look for look in looks if look["done"]]
        if not shows or not shows[0]["quiet"]:
            return None
        number = next((look["number"] for look in shows if look["number"]), None)
        if number is not None:
            return str(number)
        if words.answer is not None:
            return _number_in(words, [one for one in sent if one.answer]) or ""
        return None if self._young(looks) else ""

    def _young(self, looks: list[dict[str, Any]]) -> bool:
        """Whether a number may still come: what changes by itself may show it a moment later."""
        now = time.monotonic()
        if not self._may_fill_itself() and not any(look["active"] for look in looks):
            return False
        self._done_since = self._done_since or now
        return now - self._done_since < 1.0

    _done_since = 0.0

    def _answer(self, words: FormWords, sent: list[Sent]) -> str | None:
        """The number from the answer of the named request; None where that doesn't end the act."""
        if words.answer is None or words.done:
            return None
        mine = [one for one in sent if fnmatchcase(urlsplit(one.address).path, words.answer.path)]
        if not mine or mine[-1].status is None:
            return None
        return _number_in(words, mine) or ""

    def _unless_asked(self, before: int) -> None:
        """Stop where the page asked something that nobody expected, or refused by `alert()`.

        Raises:
            BusinessError: It did; the question was declined.
        """
        for kind, text in self._dialogs.said[before:]:
            if kind == "alert":
                raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {text}")
            raise BusinessError(
                "DIALOG_NOT_EXPECTED",
                f"{self._where()} asked '{text}', which was declined; write its words and the answer under 'asks' of"
                " the form in the locators.",
            )

    def _unless_refused_by(self, words: FormWords, looks: list[dict[str, Any]]) -> None:
        """Stop where the page is quiet and complains, or the answer to the change was a refusal.

        Raises:
            BusinessError: It was refused, in the site's own words.
            ApplicationError: The site is not well.
        """
        sent = self._sent()
        bad = next((one for one in sent if one.status is not None and (one.status >= 400 or one.status == 0)), None)
        said = [text for look in looks for text in look["complaints"] if text and text != words.done]
        if bad is not None and (bad.status == 0 or (bad.status or 0) >= 500 or bad.status in (408, 425, 429)):
            status = f"answered {bad.status}" if bad.status else "gave no answer"
            raise ApplicationError("SITE_ERROR", f"{self._where()} {status} to the form '{words.button}'.")
        if self._at_login() or (bad is not None and bad.status == 401):
            raise ApplicationError(
                "SESSION_EXPIRED", f"{self.locators.product} logged the bot out at '{words.button}'; it is tried again."
            )
        if said:
            raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {_joined(said)}")
        if bad is not None:
            answer = _said_in(bad) or self.quote()
            raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form ({bad.status}): {answer}")

    def _no_end(self, words: FormWords, frame_name: str, quiet: bool) -> ItemError:
        wanted = f"'{words.done}'" if words.done else f"an answer of {words.answer.path if words.answer else ''}"
        frame = next(iter(self._frames(frame_name)), None) if frame_name else None
        quote = self.quote(frame)
        left = f"{len(self._sent())} sent" if self._sent() else "nothing was sent"
        if not quiet:
            return ApplicationError(
                "SITE_NO_ANSWER",
                f"{self._where()}: after {words.wait_s:g} s '{words.button}' has brought neither {wanted} nor a refusal"
                f" ({left}), but {quote}{self._held_back()}; see whether the site is well.",
            )
        return ApplicationError(
            "ANSWER_UNKNOWN",
            f"{self._where()} answered '{words.button}' neither with {wanted} nor with a refusal ({left}), but with"
            f" {quote}{self._held_back()}; describe its answer in the locators.",
        )

    def _sent(self) -> list[Sent]:
        """What left in the act; an answer that one's token had expired counts no more once the same was asked again."""
        act = self._browser.gate.act
        sent = act.sent if act is not None else []
        return [one for at, one in enumerate(sent) if one.status != 401 or not _asked_again(one, sent[at + 1 :])]


def _asked_again(one: Sent, later: list[Sent]) -> bool:
    return any((other.method, other.address, other.words) == (one.method, one.address, one.words) for other in later)


def _number_in(words: FormWords, sent: list[Sent]) -> str:
    """The number in the JSON of the last answer."""
    if words.answer is None or not words.answer.number or not sent:
        return ""
    try:
        found = at_path(json.loads(sent[-1].answer or b"null"), words.answer.number)
    except ValueError:
        return ""
    return str(found[0]) if len(found) == 1 and isinstance(found[0], str | int) else ""


def _said_in(sent: Sent) -> str:
    """The words in a refusing answer's JSON."""
    try:
        return _joined(list(_texts(json.loads(sent.answer or b"null"))))
    except ValueError:
        return ""


def _texts(value: Any, wanted: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if wanted:
            yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, wanted or name in _SAYS)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, wanted)


def _joined(texts: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(dict.fromkeys(texts)))[:_MOST_WORDS]
