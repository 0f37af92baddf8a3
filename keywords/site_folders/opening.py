"""Opens the lists and forms of a site folder for whoever looks at them: without a filter, or with a harmless one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keywords.failures import ItemError
from keywords.site_folders.visit import VisitedPage
from keywords.sites.locators import Locators
from keywords.sites.words.forms import FormWords
from keywords.sites.words.lists import ListWords

_DAYS = {"date": "%Y-%m-%d", "datetime-local": "%Y-%m-%dT%H:%M", "month": "%Y-%m"}
PROBE = timedelta(days=60)


@dataclass(frozen=True)
class OpenedList:
    """A list as it was opened: what the page's tools read of it, and the filters that were given.

    `found` is empty where it has no table before it is searched, or none at all."""

    found: Mapping[str, Any]
    filters: Mapping[str, str]


def only_behind_others(words: ListWords) -> bool:
    """Whether a list is reached by the product's own flow alone, so that it can't be opened by itself."""
    return not words.path


def open_for_look(page: VisitedPage, name: str, given: Mapping[str, str], now: datetime) -> OpenedList:
    """Open a list: with the filters that were given, or with none, or with days ahead where it shows nothing before.

    Raises:
        ItemError: It can't be opened.
    """
    words = page.locators.lists[name]
    page.open_list(name, **given)
    found = settled(page, words)
    if found["seen"] or not words.columns:
        return OpenedList(found, given)
    probe = {**_days_ahead(page, words, now), **given}
    if probe != given:
        page.open_list(name, **probe)
        found = settled(page, words)
    return OpenedList(found, probe)


def settled(page: VisitedPage, words: ListWords) -> dict[str, Any]:
    """What the driver itself reads of a list once it can be believed."""
    with page.doing(f"read the table '{words.caption}'"):
        return page.settled(words, page.frame(words.frame))


def _days_ahead(page: VisitedPage, words: ListWords, now: datetime) -> dict[str, str]:
    """The filters that want a day, filled from today on: some lists show nothing before they are searched."""
    looks = page.tools("fields", list(words.filters.values()), frame=page.frame(words.frame))
    dated = {key: look["kind"] for key, look in zip(words.filters, looks, strict=True) if look.get("kind") in _DAYS}
    moments = [now, now + PROBE]
    return {
        key: moments[min(place, 1)].strftime(_DAYS[kind]) for place, (key, kind) in enumerate(dated.items()) if kind
    }


def form_order(locators: Locators) -> dict[str, str]:
    """Each form by the list behind whose link it stands; empty for one that has an address of its own."""
    behind = next((name for name, words in locators.lists.items() if words.link), "")
    return {name: "" if form.path else behind for name, form in locators.forms.items()}


def open_form(page: VisitedPage, form: FormWords, behind: str, now: datetime) -> str:
    """Open a form without filling anything in; why it can't be, empty when it is open.

    Raises:
        ItemError: Its page can't be opened.
    """
    if form.path:
        page.go(form.path)
        page.rest(page.frame(form.frame))
        return ""
    if not behind:
        return "it has no 'path', and no list names a 'link' that leads to it: its product's own flow opens it"
    words = page.locators.lists[behind]
    opened = open_for_look(page, behind, {}, now)
    links = [links for links in opened.found.get("links", ()) if words.link in links]
    if not links:
        return f"it is opened by '{words.link}' in a row of '{words.caption}', and no row shows that now"
    page.go(links[0][str(words.link)])
    page.rest(page.frame(form.frame))
    return ""


def first_step(form: FormWords) -> tuple[str, ...]:
    """Our names of what stands on the first page of a form: all of it where it has one page."""
    if form.steps:
        return form.steps[0]
    return (*form.fields, *form.choices, *form.files, *form.checks)


def why_not(error: Exception) -> str:
    """A failure as its sentence."""
    return error.sentence if isinstance(error, ItemError) else str(error)
