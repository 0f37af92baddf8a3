"""The words of a list, compared with its page: path, filters, caption, columns, total, and what all lists share."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from keywords.failures import ItemError
from keywords.site_folders.finding import Checks
from keywords.site_folders.likely import likely_address, likely_total, likely_word
from keywords.site_folders.opening import only_behind_others, open_for_look, settled
from keywords.site_folders.proposal import Place
from keywords.site_folders.visit import PageWords, VisitedPage
from keywords.sites.locators import Locators
from keywords.sites.pages.grids import place_of
from keywords.sites.words.lists import SITE, ListWords, address_signs

GONE = "PAGE_NOT_GIVEN"


@dataclass
class ControlsSeen:
    """On which lists the words were seen that all lists share, and what those pages showed instead.

    A word that some list shows is there; one that is wanted and that none shows has moved."""

    seen: dict[str, bool] = field(default_factory=dict)
    instead: dict[str, list[str]] = field(default_factory=dict)
    likely: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, shown: bool, instead: list[str], likely: str = "") -> None:
        """Note whether a list shows a word of `controls`."""
        self.seen[name] = self.seen.get(name, False) or shown
        self.instead.setdefault(name, []).extend(instead)
        if likely:
            self.likely.setdefault(name, likely)

    def judge(self, locators: Locators, checks: Checks) -> None:
        """Tell which of them have moved."""
        controls = locators.controls
        own = [controls.apply, controls.rows, controls.next, controls.export]
        for name, shown in self.seen.items():
            word, instead = str(getattr(controls, name)), self.instead[name]
            checks.compared += 1
            if shown:
                continue
            named = [*own, *(one.button or "" for one in locators.lists.values())]
            likely = self.likely.get(name, "") or likely_word(word, instead, [one for one in named if one])
            checks.missing(("controls", name), word, likely, _WHAT[name], instead)
        for name in ("next", "export", "rows"):
            if name not in self.seen and getattr(controls, name):
                checks.skip(("controls", name), str(getattr(controls, name)), "no list was long enough to show it")


_WHAT = {
    "apply": "button",
    "rows": "field",
    "next": "link or button",
    "export": "link or button",
    "total": "number of entries by",
    "most_rows": "number of rows",
}


def check_list(page: VisitedPage, name: str, checks: Checks, controls: ControlsSeen, now: datetime) -> None:
    """Compare the words of one list.

    Raises:
        ItemError: Its page can't be opened, and no other path is likely.
    """
    words = page.locators.lists[name]
    if only_behind_others(words):
        checks.skip(("lists", name), words.caption, "the product's own flow opens it")
        return
    if words.flow or set(address_signs(words.path)) - {SITE}:
        why = "it stands behind a flow" if words.flow else "its address is completed with what is looked for"
        checks.skip(("lists", name), words.caption, f"{why}: 'site try' opens it")
        return
    open_where_it_is(page, ("lists", name, "path"), words.path, words.caption, checks)
    frame = page.frame(words.frame)
    shown = page.all_words(frame)
    before = len(checks.moved)
    labels = [one.label for one in shown.fields if one.seen]
    labelled = {key: label for key, label in words.filters.items() if label}
    others = [page.locators.controls.rows, *(column.header for column in words.columns.values())]
    named = [
        *labelled.values(),
        *(one for one in others if one),
    ]  # a label like a column's header filters that one
    for (key, label), there in zip(labelled.items(), page.has_fields([*labelled.values()], frame), strict=True):
        checks.word(("lists", name, "filters", key), label, labels, named, "filter", there=there)
    _button(page, name, shown, checks, controls)
    if not words.columns:
        return
    found: Mapping[str, Any] = settled(page, words)
    caption = words.caption
    if found["seen"] != 1 and not shown.tables:
        found = open_for_look(page, name, {}, now).found if len(checks.moved) == before else found
    elif found["seen"] != 1:
        caption = checks.word(
            ("lists", name, "caption"), words.caption, _names(shown), [words.caption], "table", there=False
        )
        found = settled(page, words.model_copy(update={"caption": caption}))
    if found["seen"] != 1:
        checks.skip(("lists", name, "columns"), caption, "the page shows no such table")
        return
    checks.compared += 1
    _columns(name, words, found, checks)
    _shared(page, words, found, page.all_words(frame), controls)


def open_where_it_is(page: VisitedPage, place: Place, path: str, caption: str, checks: Checks) -> None:
    """Open a page; where it is gone, that to which the site's own links lead.

    Raises:
        ItemError: It can't be opened, and no other path is likely.
    """
    checks.compared += 1
    try:
        page.go(path)
        return
    except ItemError as refusal:
        if refusal.code != GONE:
            raise
        with suppress(ItemError):  # the first page may be the one that is gone: what is shown instead has links too
            page.go("")
        named = {one.path for one in page.locators.lists.values()}
        named |= {form.path for form in page.locators.forms.values() if form.path}
        links = [(one["text"], urlsplit(one["href"]).path) for one in page.all_words().links]
        links = [(text, where) for text, where in links if where not in named]
        likely = likely_address(caption, path, links)
        checks.missing(place, path, likely, "page at", [where for _, where in links])
        if not likely:
            raise
    page.go(likely)


def _button(page: VisitedPage, name: str, shown: PageWords, checks: Checks, controls: ControlsSeen) -> None:
    """The button that sends the filter: the list's own, or that of all lists."""
    words, apply = page.locators.lists[name], page.locators.controls.apply
    if words.submit != "button" or not words.filters:
        return
    buttons, frame = [one for one in shown.buttons if one in shown.shown_buttons], page.frame(words.frame)
    if words.button:
        there = page.has_control(words.button, frame)
        checks.word(("lists", name, "button"), words.button, buttons, [words.button], "button", there=there)
    else:
        controls.note("apply", page.has_control(apply, frame), buttons)


def _names(shown: PageWords) -> list[str]:
    """What the tables of a page are called."""
    return [str(one["name"]) for one in shown.tables if one["name"]]


def _columns(name: str, words: ListWords, found: Mapping[str, Any], checks: Checks) -> None:
    headers = [shown for shown, *_ in found["headers"]]
    named = [column.header for column in words.columns.values()]
    for key, column in words.columns.items():
        if key == words.rows_below:
            continue
        checks.compared += 1
        try:
            place_of(found["headers"], column, f"list '{words.caption}'")
        except ItemError as refusal:
            place: Place = ("lists", name, "columns", key)
            if refusal.code == "COLUMN_MISSING" and column.header not in headers:
                likely = likely_word(column.header, headers, named)
                checks.missing(place, column.header, likely, "column", headers)
            else:
                checks.new(place, f"lists.{name}.columns.{key}: {refusal.sentence}")


def _shared(
    page: VisitedPage, words: ListWords, found: Mapping[str, Any], shown: PageWords, controls: ControlsSeen
) -> None:
    """What all lists share, as far as this one has to show it."""
    own, links = page.locators.controls, [one["text"] for one in shown.links]
    others = [*links, *(one for one in shown.buttons if one in shown.shown_buttons)]
    if not words.total.pattern:
        stated = bool(found["total"]["found"]) or found["rowcount"] > 0
        rows = len([one for one in found["rows"] if isinstance(one, list)])
        controls.note("total", stated, [*shown.counts], "" if stated else likely_total(rows, shown.counts))
        numbers = [int(one[0]) for one in found["total"]["found"] if str(one[0]).isdecimal()]
        if numbers and max(numbers) > rows:
            here = urlsplit(page.page.url).path
            controls.note("next", _is_there(found["next"]), others, _link(shown, rf"{re.escape(here)}\?.*\bpage="))
    if own.export:
        controls.note("export", _is_there(found["export"]), others, _link(shown, r"\.(csv|xlsx)\b|export"))
    if own.rows and words.filters:
        fields = {one.label: one for one in shown.fields if one.seen}
        there = page.has_fields([own.rows], page.frame(words.frame))[0]
        controls.note("rows", there, [one.label for one in fields.values() if one.kind == "select"])
        options = fields[own.rows].options if own.rows in fields else ()
        if own.most_rows and options:
            numbers = [int(one) for one in options if one.isdecimal()]
            controls.note("most_rows", own.most_rows in options, [*options], str(max(numbers)) if numbers else "")


def _link(shown: PageWords, pattern: str) -> str:
    """The text of the only link whose address looks so; empty where there is none, or several."""
    found = {one["text"] for one in shown.links if re.search(pattern, one["href"], re.IGNORECASE)}
    return found.pop() if len(found) == 1 else ""


def _is_there(control: Mapping[str, Any]) -> bool:
    return bool(control["links"] or control["buttons"] or control["off"])
