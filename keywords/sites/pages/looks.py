"""What a page says of itself: quoted when it is not what was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Error, Frame

from keywords.failures import ApplicationError, BusinessError, ItemError
from keywords.near import did_you_mean, nearest
from keywords.sites.pages.core import PageCore

_MOST_WORDS = 160
_KINDS = {
    "field": ("labels",),
    "filter": ("labels",),
    "table": ("tables",),
    "button": ("buttons",),
    "button or link": ("buttons", "links"),
    "question": ("questions",),
}
"""Where a page's own names of such things stand in what it says of itself."""


class PageLooks(PageCore):
    """Says what is there instead of what was looked for."""

    def said(self, frame: Frame | None = None) -> dict[str, Any]:
        """What the page says of itself: headings, alerts, first words, tables, labels, frames."""
        with self.doing("see what the page shows"):
            return dict(self.tools("said", self.locators.identity, frame=frame))

    def quote(self, frame: Frame | None = None) -> str:
        """What the page says of itself, to be put into a sentence."""
        return quoted(self.said(frame))

    def missing(self, code: str, what: str, known: bool, frame: Frame | None = None, *, wanted: str = "") -> ItemError:
        """Why something that should be on the page is not.

        Args:
            code: Of the failure where the page is the right one.
            what: What is missing, to follow "shows no".
            known: Whether the page is the one that was asked for; another one waits for a person.
            frame: Where it was looked for.
            wanted: Its name, where the page's own names of such things are to be told.
        """
        if self._browser.gate.refused is not None:
            return self._browser.gate.refused
        said = self.said(frame)
        near, kind = _near(said, what, wanted), what.split(" ", 1)[0]
        if near:
            self.mark(kind, near, frame)
        kept, quote, other = self._held_back(), quoted(said), instead(said, what, wanted)
        if kept:
            return BusinessError(
                "PAGE_NEEDS_MORE", f"{self._where()} shows no {what}, but {quote}{kept}; see what its pages need."
            )
        if known:
            return ApplicationError(
                code,
                f"{self._where()} shows no {what}, but {quote}{other}; correct the locators if the site was changed.",
            )
        return BusinessError(
            "PAGE_UNKNOWN",
            f"{self._where()} shows a page that nobody described instead of the {what}: {quote}{other}{_asked(said)}.",
        )

    def mark(self, kind: str, name: str, frame: Frame | None = None) -> None:
        """Draw a line round what was looked at, so that the picture of the failure shows where that was."""
        with suppress(Error):  # a page that can't be drawn on is pictured as it is
            self.tools("mark", kind, name, frame=frame)

    @contextmanager
    def marking(self, kind: str, name: str, frame: Frame | None = None) -> Iterator[None]:
        """Mark what is worked on when that fails."""
        try:
            yield
        except ItemError:
            self.mark(kind, name, frame)
            raise

    def unless_held_back(self) -> None:
        """Stop where something of this item was held back: what a page shows without it can't be believed.

        Raises:
            ItemError: The gate's refusal.
        """
        if self._browser.gate.refused is not None:
            raise self._browser.gate.refused


def _asked(said: dict[str, Any]) -> str:
    """Of a page that asks for a password though no log-in was known there: where to say that it is one."""
    return "; it asks for a password: see 'path' under 'login' in the locators" if said["passwords"] else ""


def quoted(said: dict[str, Any]) -> str:
    """A page's own words, as part of a sentence."""
    parts = []
    if said["headings"]:
        parts.append(f"the heading {_list(said['headings'])}")
    if said["alerts"]:
        parts.append(f"the alert {_list(said['alerts'])}")
    elif said["words"]:
        words = said["words"]
        parts.append(f"the words '{words[:_MOST_WORDS]}{'...' if len(words) > _MOST_WORDS else ''}'")
    if said["tables"]:
        parts.append(f"the table {_list(said['tables'])}")
    if said["frames"]:
        parts.append(f"the frame {_list([title or address for title, address in said['frames']])}")
    return ", ".join(parts) or "nothing that can be read"


def instead(said: dict[str, Any], what: str, wanted: str) -> str:
    """What there is of the kind that was looked for, and which of it was probably meant."""
    kind, there = _there(said, what)
    if not wanted or not kind:
        return ""
    named = " and ".join(f"{one}s" for one in kind.split(" or "))
    told = f"; its {named} are {', '.join(repr(one) for one in there[:12])}" if there else f"; it has no {named}"
    return f"{told}{did_you_mean(wanted, there)}"


def _near(said: dict[str, Any], what: str, wanted: str) -> str:
    """The name that was probably meant; empty where none is near."""
    return nearest(wanted, _there(said, what)[1]) if wanted else ""


def _there(said: dict[str, Any], what: str) -> tuple[str, list[str]]:
    """The kind of what was looked for, and the page's own names of such things; no kind where they aren't told."""
    kind = next((one for one in sorted(_KINDS, key=len, reverse=True) if what.startswith(one)), "")
    return kind, [str(one) for key in _KINDS.get(kind, ()) for one in said[key]]


def _list(texts: list[str]) -> str:
    return " and ".join(f"'{text[:_MOST_WORDS]}'" for text in texts[:3])
