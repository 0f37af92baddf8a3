"""A site folder tried: each list is opened and read, each form looked at and not sent; nothing is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keywords.failures import ItemError
from keywords.site_folders.doubts import Doubt, list_doubts, read_columns, unread_headers
from keywords.site_folders.opening import (
    OpenedList,
    first_step,
    form_order,
    only_behind_others,
    open_for_look,
    open_form,
)
from keywords.site_folders.requests_seen import RequestsSeen, SeenRequest
from keywords.site_folders.visit import PageWords, Visit, VisitedPage, refused_in
from keywords.sites.locators import Locators
from keywords.sites.ports import ErpPort, LimsPort, Table
from keywords.sites.registry import open_site
from keywords.sites.words.forms import FieldWords, FormWords

MOST_ROWS = 2000
"""Lists that state more rows are tried on their first page only."""


@dataclass
class Tried:
    """One list or form, tried.

    Attributes:
        kind: `list` or `form`.
        name: our name of it.
        caption: the site's name of it.
        address: of its page.
        rows: the first rows that were read, under our names.
        read: how many rows were read.
        stated: how many the page states; None where it states none.
        whole: whether what was read is all; None where only the first page was read.
        fields: of a form: our name, its label, and what kind of field the page has.
        unread: headers or required fields of the page that the folder does not name.
        doubts: what a person has to settle.
        refusal: why it can't be read or used; empty where it can.
        left_out: why it was not opened; empty where it was.
        requests: what its page sent.
        picture: file of its picture.
    """

    kind: str
    name: str
    caption: str
    address: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)
    read: int = 0
    stated: int | None = None
    whole: bool | None = None
    fields: list[dict[str, Any]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    refusal: str = ""
    left_out: str = ""
    requests: tuple[SeenRequest, ...] = ()
    picture: str = ""

    @property
    def refused(self) -> bool:
        """Whether a bot would stop at it."""
        return bool(self.refusal) or any(one.refused for one in self.doubts) or bool(refused_in(self.requests))

    def plain(self) -> dict[str, Any]:
        """Itself as data."""
        whole = {name: value for name, value in vars(self).items() if name not in ("doubts", "requests")}
        return {
            **whole,
            "doubts": [one.plain() for one in self.doubts],
            "requests": [one.plain() for one in self.requests],
        }


class SiteTrial:
    """Tries all that a site folder says.

    Args:
        visit: The site and its folder.
        filters: Values by list and our name of the filter.
        shown: How many rows to keep of each list.
        batch: A batch by which lists are opened that only the product's own flow reaches.
    """

    def __init__(
        self, visit: Visit, filters: Mapping[str, Mapping[str, str]] | None = None, shown: int = 3, batch: str = ""
    ) -> None:
        self._visit, self._filters, self._shown, self._batch = visit, filters or {}, shown, batch

    def run(self) -> list[Tried]:
        """Try every list, and then every form."""
        locators = self._visit.locators()
        with self._visit.page(locators) as page:
            seen = page.listen()
            tried = [self._list(page, name, seen) for name in locators.lists]
            for name, behind in form_order(locators).items():
                tried.append(self._form(page, name, behind, seen))
        if self._batch and any(one.left_out and one.kind == "list" for one in tried):
            self._by_flow(locators, tried)
        return tried

    def _list(self, page: VisitedPage, name: str, seen: RequestsSeen) -> Tried:
        words = page.locators.lists[name]
        tried = Tried("list", name, words.caption)
        if only_behind_others(words):
            tried.left_out = "it has no 'path': the product's own flow opens it; give a batch to try that"
            return tried
        try:
            opened = open_for_look(page, name, self._filters.get(name, {}), self._visit.now())
            tried.address = page.page.url.split("?")[0]
            if words.columns:
                self._read(page, name, opened, tried)
        except ItemError as refusal:
            tried.refusal = refusal.sentence
        tried.picture = page.picture(f"try {name}")
        tried.requests = seen.take()
        return tried

    def _read(self, page: VisitedPage, name: str, opened: OpenedList, tried: Tried) -> None:
        """Read a list that is open: column by column for what is doubtful, and as a bot reads it where that can be."""
        words, numbers = page.locators.lists[name], page.locators.numbers
        if opened.found["seen"] == 1:
            read = read_columns(opened.found, words, page.say(words), numbers)
            states = [
                form.once.state
                for form in page.locators.forms.values()
                if form.once is not None and form.once.list == name and form.once.state is not None
            ]
            shows = any(form.once is not None and form.once.list == name for form in page.locators.forms.values())
            tried.doubts = list_doubts(words, read, numbers, states, shows_form=shows)
            tried.unread = unread_headers(opened.found, words)
            if any(one.refused for one in read.doubts):
                tried.read = read.rows
                return
        first = page.read_page(words)
        tried.read, tried.stated, tried.rows = len(first.rows), first.total, first.rows[: self._shown]
        if first.total is None:
            sentence = (
                f"the page of '{words.caption}' states no number of entries that 'total' finds: no bot knows when"
            )
            tried.doubts.append(Doubt("no total", "", f"{sentence} it has read all.", refused=True))
        elif first.total <= MOST_ROWS:
            self._whole(page.read_open_list(name), tried)

    def _whole(self, table: Table, tried: Tried) -> None:
        tried.read, tried.whole = len(table.rows), table.complete
        if not table.complete:
            tried.doubts.append(
                Doubt("not whole", "", f"'{tried.caption}' is not read whole: {table.why}.", refused=True)
            )

    def _form(self, page: VisitedPage, name: str, behind: str, seen: RequestsSeen) -> Tried:
        form = page.locators.forms[name]
        tried = Tried("form", name, form.button)
        try:
            tried.left_out = open_form(page, form, behind, self._visit.now())
            if not tried.left_out:
                tried.address = page.page.url.split("?")[0]
                page.unless_held_back()
                self._fields(page, form, tried)
        except ItemError as refusal:
            tried.refusal = refusal.sentence
        tried.picture = page.picture(f"try form {name}")
        tried.requests = seen.take()
        return tried

    def _fields(self, page: VisitedPage, form: FormWords, tried: Tried) -> None:
        """What each field of the form's first page is, and what is not there."""
        frame = page.frame(form.frame)
        labels = labels_of(form)
        looks = page.tools("fields", [labels[key] for key in labels], frame=frame)
        words = page.all_words(frame)
        for (key, label), look in zip(labels.items(), looks, strict=True):
            tried.fields.append({"name": key, "label": label, "kind": look.get("kind", ""), "shown": look["count"] > 0})
            if look["count"] != 1:
                how = f"shows {look['count']} fields '{label}'" if look["count"] else f"shows no field '{label}'"
                there = ", ".join(words.labels) or "none"
                said = f"the form {how} (it has: {there}); correct the locators."
                tried.doubts.append(Doubt("field missing" if not look["count"] else "field twice", key, said, True))
            elif key in form.files and look["kind"] != "file":
                said = f"'{label}' is a {look['kind']} field and takes no file."
                tried.doubts.append(Doubt("field takes no file", key, said, refused=True))
        button = form.next if form.steps else form.button
        if button not in words.buttons:
            there = ", ".join(words.buttons) or "none"
            said = f"the form shows no button '{button}' (it has: {there}); correct the locators."
            tried.doubts.append(Doubt("button missing", "button", said, refused=True))
        tried.unread = unnamed_fields(words, set(labels.values()))
        if tried.unread:
            said = f"the page wants {', '.join(tried.unread)}, which the form does not name: it will not be taken."
            tried.doubts.append(Doubt("field that nobody fills", "", said))

    def _by_flow(self, locators: Locators, tried: Sequence[Tried]) -> None:
        """Read the lists that only the product's own flow opens, for one batch."""
        with self._visit.page(locators) as page:
            port = open_site(self._visit.folder.name, lambda _: page, self._visit.settings.folders)
            calls: dict[str, Any] = {"results": LimsPort, "samples": LimsPort, "consumption": ErpPort}
            for one in tried:
                kind = calls.get(one.name)
                if one.kind != "list" or not one.left_out or kind is None or not isinstance(port, kind):
                    continue
                one.left_out = ""
                try:
                    table: Table = getattr(port, one.name)(self._batch)
                except ItemError as refusal:
                    one.refusal = refusal.sentence
                    continue
                one.address, one.rows, one.stated = table.page, list(table.rows[: self._shown]), None
                self._whole(table, one)


def labels_of(form: FormWords) -> dict[str, str]:
    """Labels of what stands on a form's first page, by our name."""
    named: dict[str, str] = {key: _label(words) for key, words in (form.fields | form.choices).items()}
    named |= form.files
    named |= {label: label for label in form.checks}
    return {key: named[key] for key in first_step(form) if key in named}


def unnamed_fields(words: PageWords, named: set[str]) -> list[str]:
    """Labels of fields that have to be filled in and that the folder does not name."""
    return [one.label for one in words.fields if one.seen and one.required and one.label not in named]


def _label(words: FieldWords) -> str:
    return words.label
