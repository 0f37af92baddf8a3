"""What a page says of itself: quoted when it is not what was asked for."""

from typing import Any

from playwright.sync_api import Frame

from keywords.failures import ApplicationError, BusinessError, ItemError
from keywords.sites.pages.core import PageCore

_MOST_WORDS = 160


class PageLooks(PageCore):
    """Says what is there instead of what was looked for."""

    def said(self, frame: Frame | None = None) -> dict[str, Any]:
        """What the page says of itself: headings, alerts, first words, tables, labels, frames."""
        with self.doing("see what the page shows"):
            return dict(self.tools("said", self.locators.identity, frame=frame))

    def quote(self, frame: Frame | None = None) -> str:
        """What the page says of itself, to be put into a sentence."""
        return quoted(self.said(frame))

    def missing(self, code: str, what: str, known: bool, frame: Frame | None = None) -> ItemError:
        """Why something that should be on the page is not.

        Args:
            code: Of the failure where the page is the right one.
            what: What is missing, to follow "shows no".
            known: Whether the page is the one that was asked for; another one waits for a person.
            frame: Where it was looked for.
        """
        if self._browser.gate.refused is not None:
            return self._browser.gate.refused
        said = self.said(frame)
        kept, quote = self._held_back(), quoted(said)
        if kept:
            return BusinessError(
                "PAGE_NEEDS_MORE", f"{self._where()} shows no {what}, but {quote}{kept}; see what its pages need."
            )
        if known:
            return ApplicationError(
                code, f"{self._where()} shows no {what}, but {quote}; correct the locators if the site was changed."
            )
        return BusinessError(
            "PAGE_UNKNOWN", f"{self._where()} shows a page that nobody described instead of the {what}: {quote}."
        )

    def unless_held_back(self) -> None:
        """Stop where something of this item was held back: what a page shows without it can't be believed.

        Raises:
            ItemError: The gate's refusal.
        """
        if self._browser.gate.refused is not None:
            raise self._browser.gate.refused


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


def _list(texts: list[str]) -> str:
    return " and ".join(f"'{text[:_MOST_WORDS]}'" for text in texts[:3])
