"""A visit to a site as its bot, outside of any work item: pages are opened and looked at, and nothing is changed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame

from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.settings import Secrets, Settings, SettingsError
from keywords.site_folders.requests_seen import RequestsSeen, SeenRequest
from keywords.sites.locators import Locators, load_locators
from keywords.sites.registry import products
from keywords.sites.site_page import SitePage
from keywords.sites.trial import unless_on_trial
from keywords.sites.words.lists import ListWords


@dataclass(frozen=True)
class Question:
    """A dialog of a page: its text, whether it is open now, and its buttons."""

    text: str
    seen: bool
    buttons: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenField:
    """A field of a page: its label, what kind it is, whether it shows and has to be filled in, and its options."""

    label: str
    kind: str
    seen: bool
    required: bool
    name: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageWords:
    """The words of a page (`keywords/page_tools/words.js`); buttons and fields also where they do not show yet."""

    headings: tuple[str, ...] = ()
    tables: tuple[Mapping[str, Any], ...] = ()
    fields: tuple[SeenField, ...] = ()
    buttons: tuple[str, ...] = ()
    links: tuple[Mapping[str, str], ...] = ()
    questions: tuple[Question, ...] = ()
    counts: tuple[str, ...] = ()
    shown_buttons: frozenset[str] = field(default=frozenset())

    @property
    def labels(self) -> list[str]:
        """The labels of its fields, in their order."""
        return [one.label for one in self.fields]


class VisitedPage(SitePage):
    """A bot's page that also says all its words."""

    def all_words(self, frame: Frame | None = None) -> PageWords:
        """Every word of the open page that a site folder may name."""
        with self.doing("see the words of the page"):
            self.rest(frame)
            said = self.tools("words", self.locators.identity, frame=frame)
        return PageWords(
            headings=tuple(said["headings"]),
            tables=tuple(said["tables"]),
            fields=tuple(SeenField(**{**one, "options": tuple(one["options"])}) for one in said["fields"]),
            buttons=tuple(dict.fromkeys(one["name"] for one in said["buttons"])),
            links=tuple(said["links"]),
            questions=tuple(
                Question(one["text"], one["seen"], tuple(one["buttons"]), tuple(one["says"]))
                for one in said["questions"]
            ),
            counts=tuple(said["counts"]),
            shown_buttons=frozenset(one["name"] for one in said["buttons"] if one["seen"]),
        )

    def say(self, words: ListWords) -> str:
        """The page and the list, for sentences."""
        return self._say(words)

    def open_log_in(self) -> None:
        """Open the log-in page without logging in."""
        with self.doing("open the log-in"):
            self._goto(self._access.url.rstrip("/") + "/" + self.locators.login.path.lstrip("/"))

    def open_first(self) -> None:
        """Open the site's first page as whoever one is now: it may be the log-in."""
        with self.doing("open the first page"):
            self._goto(self._access.url)

    def has_fields(self, labels: Sequence[str], frame: Frame | None = None, *, hidden: bool = False) -> list[bool]:
        """Whether the driver finds a field of each label; `hidden` counts those that do not show yet."""
        looks = self.tools("fields", list(labels), frame=frame) if labels else []
        return [look["count"] > 0 and (hidden or bool(look["seen"])) for look in looks]

    def has_control(self, name: str, frame: Frame | None = None) -> bool:
        """Whether the driver finds a button or link of a name, also one that can't be pressed now."""
        found = self.tools("controlNamed", name, frame=frame)
        return bool(found["links"] or found["buttons"] or found["off"])

    def listen(self) -> RequestsSeen:
        """Listen to what the page sends from now on."""
        return RequestsSeen(self.page, self._browser.gate, self._hosts)


@dataclass
class Visit:
    """One visit.

    Attributes:
        settings: where the site is.
        system: its name there.
        folder: its folder.
        browser: the browser to drive.
        evidence: where pictures go.
        secrets: the passwords.
    """

    settings: Settings
    system: str
    folder: Path
    browser: WarmBrowser
    evidence: EvidenceFolder
    secrets: Secrets

    @property
    def url(self) -> str:
        """Address of the site."""
        return self.settings.sites[self.system].url

    def locators(self) -> Locators:
        """What the folder says now."""
        return load_locators(self.folder / "locators.yaml")

    def now(self) -> datetime:
        """The bots' clock, in UTC."""
        return self.settings.clock()

    @contextmanager
    def page(self, locators: Locators) -> Iterator[VisitedPage]:
        """The site's page under these words; nothing of it stays open, and nobody stays logged in."""
        access = self.settings.sites[self.system]
        unless_on_trial(self.system, access, locators)
        self.browser.gate.begin_item()
        self.browser.learned.clear()
        try:
            yield VisitedPage(
                system=self.system,
                access=access,
                password=self.secrets.get(self.system),
                locators=locators,
                browser=self.browser,
                evidence=self.evidence,
                clock=self.now,
                secrets=self.secrets.about(self.system),
            )
        finally:
            self.browser.end_item(failed=True)


def system_of(settings: Settings, wanted: str) -> str:
    """The system of the settings that is meant: by its own name, or by its product.

    Raises:
        SettingsError: There is none, or there are several of that product.
    """
    if wanted in settings.sites:
        return wanted
    found = [name for name, access in settings.sites.items() if access.product == wanted]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{name} ({access.product})" for name, access in settings.sites.items())
    if found:
        raise SettingsError(f"The settings name several sites of '{wanted}' ({there}); say which by its name.")
    raise SettingsError(f"The settings name no site '{wanted}' (there are: {there or 'none'}); add it under 'sites'.")


def folder_of(settings: Settings, system: str) -> Path:
    """The folder of a system's product.

    Raises:
        SettingsError: There is none.
    """
    product, known = settings.sites[system].product, products(settings.folders)
    if product not in known:
        raise SettingsError(f"There is no site product '{product}'; there are: {', '.join(known)}.")
    return known[product]


def refused_in(seen: Sequence[SeenRequest]) -> list[SeenRequest]:
    """The requests that were held back."""
    return [one for one in seen if one.refused]
