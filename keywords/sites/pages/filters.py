"""How a list is opened: its filter filled in by hand, and by its address from then on where that is all it changes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Error, Frame

from keywords.failures import BusinessError
from keywords.sites.pages.addresses import by_address, completed
from keywords.sites.pages.flows import PageFlows
from keywords.sites.words.forms import FieldWords
from keywords.sites.words.lists import ListWords


class PageFilters(PageFlows):
    """Opens lists."""

    _asked_names: frozenset[str] = frozenset()
    _opened_by: tuple[str, dict[str, str]] = ("", {})

    def open_list(self, name: str, **filters: str) -> None:
        """Open a list with filters and the most rows a page.

        The first time, the filter form is filled in and sent; where that only changes the address, the address is
        composed from then on, and the form's fields are looked at to see that the site took it.
        """
        words = self.locators.lists[name]
        self._says_now = ""
        if by_address(words):
            self._open_by_address(name, words, filters)
            return
        known = self._browser.learned.get((self._account, name))
        if known is not None:
            values = {known[key]: value for key, value in filters.items()}
            rows = {known["rows"]: self.locators.controls.most_rows} if "rows" in known else {}
            self.go(f"{words.path}?{urlencode(values | rows)}")
            if self._shows(words, filters):
                return
            del self._browser.learned[self._account, name]
        self._filter_by_hand(name, words, filters)

    def _open_by_address(self, name: str, words: ListWords, filters: Mapping[str, str]) -> None:
        """Open a list by an address that carries its filters, and go on to it where there is a way to go."""
        path, says = completed(words, filters)
        self.go(path)
        self._says_now = says
        self._opened_by = (name, dict(filters))
        if words.flow:
            self.follow(words.flow, {}, {}, self.frame(words.frame))

    def _filter_by_hand(self, name: str, words: ListWords, filters: Mapping[str, str]) -> None:
        """Fill in the filter form of a list and send it."""
        self.go(words.path)
        frame = self.frame(words.frame)
        rows = self.locators.controls.rows
        with self.doing(f"filter the list '{words.caption}'"):
            self.rest(frame)
            labels = [words.filters[key] for key in filters]
            if not self._has_filter(words, labels, frame):
                return
            for key, value in filters.items():
                self.set_field(FieldWords(label=words.filters[key]), value, frame)
            looks = self.tools("fields", [*words.filters.values(), *([rows] if rows else [])], frame=frame)
            if rows and looks[-1]["count"]:
                self._most_rows(looks[-1], frame)
            learned = self._names(words, looks, frame)
            self._send_filter(words, frame)
        self._asked_names = frozenset(learned.values())
        self._unless_taken(words, filters, frame)
        if words.submit == "button" and not (words.frame or self.locators.frame) and self._composes(learned):
            self._browser.learned[self._account, name] = learned

    def _has_filter(self, words: ListWords, labels: list[str], frame: Frame) -> bool:
        """Whether the page has what the list is filtered by; one without filters may have none.

        Raises:
            ItemError: It has not, and filters are wanted.
        """
        wanted = labels or list(words.filters.values())
        looks = self.tools("fields", wanted, frame=frame) if wanted else []
        missing = [label for label, look in zip(wanted, looks, strict=True) if not look["count"]]
        if labels and missing:
            known = len(missing) < len(labels) or bool(self.tools("hasTable", words.caption, words.within, frame=frame))
            what = f"filter '{missing[0]}' of the list '{words.caption}'"
            raise self.missing("FILTER_MISSING", what, known, frame, wanted=missing[0])
        return (
            words.submit == "none" or bool(self.tools("hasControl", self._button(words), frame=frame)) or bool(labels)
        )

    def _button(self, words: ListWords) -> str:
        return words.button or self.locators.controls.apply

    def _send_filter(self, words: ListWords, frame: Frame) -> None:
        what = f"filter the list '{words.caption}'"
        if words.submit == "none":
            self.rest(frame)
            return
        if words.submit == "enter":
            self.pressed(lambda: self.page.keyboard.press("Enter"), what, frame)
            return
        name, labels = self._button(words), list(words.filters.values())
        button = frame.evaluate_handle(
            "([name, labels]) => window.__batchwright.filterButton(name, labels)", [name, labels]
        ).as_element()
        if button is None:
            raise self.missing(
                "FILTER_MISSING", f"button '{name}' by which the list is filtered", True, frame, wanted=name
            )
        self.pressed(button.click, what, frame)
        self.unless_held_back()

    def _most_rows(self, look: dict[str, Any], frame: Frame) -> None:
        """As many rows a page as there are, at most what the locators say."""
        words = self.locators.controls
        options = [str(one) for one in look.get("options") or []]
        numbers = sorted(int(one) for one in options if one.isdecimal())
        best = words.most_rows if words.most_rows in options or not numbers else str(numbers[-1])
        self.set_field(FieldWords(label=words.rows), best, frame)

    def _names(self, words: ListWords, looks: list[dict[str, object]], frame: Frame) -> dict[str, str]:
        """Names under which the form sends its filters; empty where it isn't sent by GET."""
        by_get = self.tools("sentByGet", list(words.filters.values()), frame=frame)
        keys = [*words.filters, "rows"]
        names = {key: str(look.get("name") or "") for key, look in zip(keys, looks, strict=False) if look["count"]}
        whole = all(names.values()) and set(words.filters) <= set(names)
        return names if by_get and whole and names else {}

    def _composes(self, learned: Mapping[str, str]) -> bool:
        """Whether the address says all that the form sent, so that it can be composed from then on."""
        sent = parse_qsl(urlsplit(self.page.url).query)
        return bool(learned) and bool(sent) and all(value == "" or name in learned.values() for name, value in sent)

    def _shows(self, words: ListWords, filters: Mapping[str, str]) -> bool:
        """Whether the filter form of the open page holds what was asked for."""
        with self.doing(f"check the filter of '{words.caption}'"):
            self.rest()
            return bool(self.tools("holds", [[words.filters[key], filters[key]] for key in filters]))

    def _unless_taken(self, words: ListWords, filters: Mapping[str, str], frame: Frame) -> None:
        """Stop where the form shows another filter afterwards than was typed; an empty one may have been cleared.

        Raises:
            BusinessError: It does.
        """
        try:
            looks = self.tools("fields", [words.filters[key] for key in filters], frame=frame)
        except Error:
            return
        for (key, value), look in zip(filters.items(), looks, strict=True):
            if look["count"] == 1 and look["value"] and value not in (look["value"], look["raw"]):
                raise BusinessError(
                    "FILTER_NOT_TAKEN",
                    f"{self._where()}: the filter '{words.filters[key]}' shows '{look['value']}' where '{value}' was"
                    " typed; see what the site makes of it.",
                )
