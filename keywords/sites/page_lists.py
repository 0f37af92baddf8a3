"""Lists on a bot's page: filter them, read every page of them in one evaluate each, and their export."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from keywords.failures import ApplicationError
from keywords.sites.locators import ListWords
from keywords.sites.page_core import PageCore
from keywords.sites.ports import ReadBack, Table

_READ_TABLE = (Path(__file__).parent / "read_table.js").read_text("utf-8")
_SHOWS_FILTER = (Path(__file__).parent / "shows_filter.js").read_text("utf-8")
_LONG = range(15, 150)  # rows that do not fit the window, but do fit a picture
_MOST_PAGES = 400


@dataclass(frozen=True)
class ReadPage:
    """What one evaluate brought back: rows under our keys, links by text, and where to go next."""

    rows: list[dict[str, str]]
    links: list[dict[str, str]]
    total: int | None
    next: str | None
    export: str | None


class PageLists(PageCore):
    """Reads lists, by caption and header, never by position."""

    def read_list(self, name: str, picture: str = "", **filters: str) -> Table:
        """Read a whole list, every page of it, with as many rows a page as the site gives.

        Args:
            name: Our name of the list in the locators.
            picture: What to call the picture of its first page; none is taken when empty.
            **filters: Filter values by our name of the filter.

        Returns:
            The table, `complete` only when the rows add up to the number of entries that the page states.
        """
        self.open_list(name, **filters)
        return self.read_open_list(name, picture)

    def read_open_list(self, name: str, picture: str = "") -> Table:
        """Read every page of the list that is open now; `complete` as for `read_list`."""
        words = self.locators.lists[name]
        first = self.read_page(words)
        address = self.page.url
        taken = self.picture(picture, whole=len(first.rows) in _LONG) if picture else ""
        rows, shown = list(first.rows), first
        for _ in range(_MOST_PAGES):
            if not shown.next:
                break
            with self.doing(f"turn the page of the list '{words.caption}'"):
                self._goto(shown.next)
            shown = self.read_page(words)
            rows.extend(shown.rows)
        numbered = tuple({**row, "row": str(number)} for number, row in enumerate(rows, start=1))
        whole = first.total is not None and first.total == len(numbered) == (shown.total or 0)
        return Table(self._system, name, address, self._clock(), numbered, whole, taken)

    def open_list(self, name: str, **filters: str) -> None:
        """Open a list with filters and the most rows a page.

        The first time, the filter form is filled in and sent; where that only changes the address, the address is
        composed from then on, and the form's fields are looked at to see that the site took it.
        """
        words = self.locators.lists[name]
        known = self._browser.learned.get((self._account, name))
        if known is not None:
            values = {known[key]: value for key, value in filters.items()}
            rows = {known["rows"]: self.locators.controls.most_rows} if "rows" in known else {}
            self.go(f"{words.path}?{urlencode(values | rows)}")
            if self._shows(words, filters):
                return
            del self._browser.learned[self._account, name]
        self._filter_by_hand(name, words, filters)

    def _filter_by_hand(self, name: str, words: ListWords, filters: Mapping[str, str]) -> None:
        """Fill in the filter form of a list and send it."""
        self.go(words.path)
        controls = self.locators.controls
        button = words.button or controls.apply
        with self.doing(f"filter the list '{words.caption}'"):
            form = self.page.locator("form").filter(has=self.page.get_by_role("button", name=button, exact=True)).first
            for key, value in filters.items():
                form.get_by_label(words.filters[key], exact=True).fill(value)
            rows = form.get_by_label(controls.rows, exact=True)
            labels = {key: form.get_by_label(label, exact=True) for key, label in words.filters.items()}
            if rows.count():
                rows.select_option(controls.most_rows)
                labels["rows"] = rows
            names = {key: field.get_attribute("name") or "" for key, field in labels.items()}
            by_address = (form.get_attribute("method") or "get").lower() == "get" and all(names.values())
            with self.page.expect_event("domcontentloaded"):
                form.get_by_role("button", name=button, exact=True).click()
        if by_address:
            self._browser.learned[self._account, name] = names

    def _shows(self, words: ListWords, filters: Mapping[str, str]) -> bool:
        """Whether the filter form of the open page holds what was asked for."""
        with self.doing(f"check the filter of '{words.caption}'"):
            return bool(self.page.evaluate(_SHOWS_FILTER, [[words.filters[key], filters[key]] for key in filters]))

    def read_page(self, words: ListWords) -> ReadPage:
        """Read the table that is open now, in one evaluate, headers by name."""
        controls = self.locators.controls
        with self.doing(f"read the table '{words.caption}'"):
            found = self.page.evaluate(
                _READ_TABLE, [words.caption, self.locators.identity, controls.next, controls.export, controls.total]
            )
        if found is None:
            raise ApplicationError(
                "TABLE_MISSING", f"{self._where()} shows no table '{words.caption}'; see whether the site was changed."
            )
        rows = self._by_key(words, found["headers"], found["rows"])
        total = int(found["total"].replace(",", "")) if found["total"] else None
        return ReadPage(rows, found["links"], total, found["next"], found["export"])

    def read_export(self, name: str, export: str | None) -> list[dict[str, str]]:
        """Read a list through its export, the second channel, with the filter of the page that gave the address.

        Args:
            name: Our name of the list.
            export: Address of the export as the page links it.

        Returns:
            All rows under our keys.
        """
        words = self.locators.lists[name]
        if not export:
            raise ApplicationError("EXPORT_MISSING", f"{self._where()} shows no link to an export of the list.")
        with self.doing(f"fetch the export of '{words.caption}'"):
            answer = self.page.context.request.get(export)
            if not answer.ok or "csv" not in answer.headers.get("content-type", ""):
                raise ApplicationError(
                    "EXPORT_FAILED", f"The export of '{words.caption}' answered {answer.status} instead of a CSV file."
                )
            lines = list(csv.reader(io.StringIO(answer.text().lstrip("\ufeff"))))
        if not lines:
            raise ApplicationError("EXPORT_EMPTY", f"The export of '{words.caption}' has not even a header.")
        return self._by_key(words, [cell.strip() for cell in lines[0]], lines[1:])

    def read_back(self, name: str, key: str, value: str, reference: str) -> ReadBack:
        """What a list shows under our key, by page and by export.

        Args:
            name: Our name of the list.
            key: Our name of the column (and of the filter) that carries our key.
            value: Our key.
            reference: Our name of the column with the site's own number.
        """
        words = self.locators.lists[name]
        self.open_list(name, **{key: value})
        shown = self.read_page(words)
        complete = shown.next is None and shown.total == len(shown.rows)
        exported = self.read_export(name, shown.export)
        return ReadBack(
            tuple(row[reference] for row in shown.rows if row[key] == value),
            tuple(row[reference] for row in exported if row[key] == value),
            complete,
            next((row for row in shown.rows if row[key] == value), {}),
        )

    def _by_key(self, words: ListWords, headers: list[str], rows: list[list[str]]) -> list[dict[str, str]]:
        missing = [header for header in words.columns.values() if header not in headers]
        if missing:
            raise ApplicationError(
                "COLUMN_MISSING",
                f"{self._where()}: the table '{words.caption}' has no column '{missing[0]}' (it has"
                f" {', '.join(headers)}); correct the locators of {self.locators.product}.",
            )
        places = {key: headers.index(header) for key, header in words.columns.items()}
        return [{key: row[place].strip() for key, place in places.items()} for row in rows]
