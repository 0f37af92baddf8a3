"""When what a list shows can be believed: nothing is under way, nothing says that it is busy, and"
" two readings agree."""

import json
import time
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Frame

from keywords.failures import ApplicationError
from keywords.sites.pages.core import TIMERS_S
from keywords.sites.pages.login import PageLogin
from keywords.sites.pages.under_way import asked_again, how_to_name
from keywords.sites.words.lists import ListWords, ReadyWords

BETWEEN_S = 0.25
"""Seconds between two readings that have to agree, of a page that changes by itself."""
EMPTY_S = 0.6
"""The same for a list that shows nothing, or for a page to which the site talks by itself: there it matters most."""


class PageReady(PageLogin):
    """Reads a list once it can be believed."""

    _says_now = ""

    def settled(self, words: ListWords, frame: Frame, *, once: bool = False) -> dict[str, Any]:
        """What the tools read of a list, once the page is quiet and two readings agree.

        A page that nothing changes by itself is read once.

        Args:
            words: What the locators say of the list.
            frame: Where it is.
            once: Whether one reading of a quiet page will do, because others follow.

        Raises:
            ApplicationError: It stays busy, or goes on changing, for longer than the locators allow.
        """
        ready = words.ready or self.locators.ready
        began = time.monotonic()
        before: dict[str, Any] | None = None
        then = 0.0
        missing_since = 0.0
        found: dict[str, Any] = {}
        while time.monotonic() - began < ready.wait_s:
            if self._still_moving(began + ready.wait_s):
                before = None
                continue
            waits = bool(self._waits_for())
            found = self.tools("list", self._asked(words, ready, time.monotonic() - began), frame=frame)
            now = time.monotonic()
            waits = waits or bool(self._waits_for())
            active = found["active"] or self._may_fill_itself()
            if waits or self._wait_for_data(ready) or not found["quiet"] or found.get("busy") or found.get("unsaid"):
                before, missing_since = None, 0.0
            elif found["seen"] != 1:
                if not active or (missing_since and now - missing_since > EMPTY_S):
                    return found
                missing_since, before = missing_since or now, None
            elif once or not active:
                return found
            elif before is None or not _agree(before, found):
                before, then = found, now
            elif now - then >= (EMPTY_S if not found["rows"] or found["streams"] else BETWEEN_S):
                return found
            self.page.wait_for_timeout(40)
        raise self._never_ready(words, ready, found)

    def _asked(self, words: ListWords, ready: ReadyWords, since: float) -> dict[str, Any]:
        controls = self.locators.controls
        return {
            "caption": words.caption,
            "place": words.within,
            "says": self._says_now,
            "identity": self.locators.identity,
            "next": controls.next,
            "export": controls.export,
            "total": words.total.pattern or controls.total,
            "within": words.total.within,
            "more": list(controls.more),
            "busy": ready.busy,
            "timers": since < TIMERS_S,
        }

    def _wait_for_data(self, ready: ReadyWords) -> bool:
        """Whether a request that the locators name as data is still under way, or never came."""
        if not ready.data:
            return False
        under_way = [urlsplit(one.url).path for one in self._under_way]
        if any(fnmatchcase(path, pattern) for path in under_way for pattern in ready.data):
            return True
        return not all(any(fnmatchcase(path, pattern) for path in self._answered) for pattern in ready.data)

    def _never_ready(self, words: ListWords, ready: ReadyWords, found: dict[str, Any]) -> ApplicationError:
        if self._browser.gate.refused is not None:
            raise self._browser.gate.refused
        if found.get("busy"):
            why = f"it shows '{found['busy']}'"
        elif self._wait_for_data(ready):
            why = f"its requests to {', '.join(ready.data)} have not been answered"
        elif found.get("unsaid"):
            why = f"it does not say '{self._says_now}'"
        elif not found.get("quiet"):
            why = f"its scripts are still at work{asked_again(found)}"
        elif name := self._waits_for():
            why = f"{name} has not come whole ({how_to_name(name)})"
        else:
            why = "no two readings agree"
        return ApplicationError(
            "LIST_NOT_READY",
            f"{self._where()}: the list '{words.caption}' was not ready after {ready.wait_s:g} s, because {why}"
            f"{self._held_back()}; it is tried again.",
        )


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two readings show the same."""
    parts = ("headers", "rows", "keys", "total", "next", "rowcount", "more")
    return all(json.dumps(one[part]) == json.dumps(other[part]) for part in parts)
