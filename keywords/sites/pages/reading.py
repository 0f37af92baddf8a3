"""One page of a list as it is open now: rows under our names, once they can be believed, and where it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Frame

from keywords.failures import BusinessError
from keywords.sites.pages.cells import cell_value, loose, loosest
from keywords.sites.pages.filters import PageFilters
from keywords.sites.pages.grids import rows_of
from keywords.sites.pages.totals import stated_total
from keywords.sites.words.cells import Kind, NumberWords
from keywords.sites.words.lists import ListWords


@dataclass(frozen=True)
class ReadPage:
    """What one evaluate brought back: rows under our keys, links by text, and where to go next.

    `total` is what the page states, `whole` whether the rows are all that it can show; `next_button` says that the
    way on is a button, `keys` are the numbers that a grid gives its rows, `counted` are the rows as its `total`
    counts them."""

    rows: list[dict[str, str]]
    links: list[dict[str, str]]
    total: int | None
    next: str | None
    export: str | None
    next_button: bool = False
    export_button: bool = False
    keys: list[str | None] = field(default_factory=list)
    more: str = ""
    counted: int = 0


class PageReading(PageFilters):
    """Reads one page of a list."""

    def read_page(self, words: ListWords, *, once: bool = False) -> ReadPage:
        """Read the table that is open now, headers by name, once it can be believed; `once` as for `settled`."""
        frame = self.frame(words.frame)
        with self.doing(f"read the table '{words.caption}'"):
            found = self.settled(words, frame, once=once)
        if found["seen"] != 1:
            raise self._no_table(words, found, frame)
        with self.marking("table", words.caption, frame):
            reading = rows_of(found, words, self._say(words))
            rows = [self._values(words, cells) for cells in reading.rows]
        names = words.total.counts
        counted = len({tuple(row[key] for key in names) for row in rows}) if names else len(rows)
        following, export = found["next"], found["export"]
        return ReadPage(
            rows=rows,
            links=reading.links,
            total=self._total(words, found),
            next=self._one_address(following["links"], f"'{self.locators.controls.next}'"),
            export=self._one_address(export["links"], f"'{self.locators.controls.export}'"),
            next_button=following["buttons"] > 0,
            export_button=export["buttons"] > 0,
            keys=reading.keys,
            more=found["more"],
            counted=counted,
        )

    def numbers_of(self, name: str) -> dict[str, NumberWords | None]:
        """How the numbers of each column of a list are written, as `read_page` hands them over."""
        columns = self.locators.lists[name].columns
        plain = NumberWords()
        return {
            key: plain if column.type in (Kind.NUMBER, Kind.VALUE) else column.numbers or self.locators.numbers
            for key, column in columns.items()
        }

    def equal_rows(
        self, words: ListWords, rows: "tuple[dict[str, str], ...] | list[dict[str, str]]", filters: Mapping[str, str]
    ) -> list[dict[str, str]]:
        """The rows that equal every filter which is a column, in the writing that the locators call equal."""
        wanted = {key: loose(value, words.columns[key]) for key, value in filters.items() if key in words.columns}
        return [
            row for row in rows if all(loose(row[key], words.columns[key]) == value for key, value in wanted.items())
        ]

    def unless_filtered_wrongly(
        self, words: ListWords, rows: "tuple[dict[str, str], ...] | list[dict[str, str]]", filters: Mapping[str, str]
    ) -> None:
        """Stop where rows came back and none is what was filtered for, unless the site looks for parts of a value.

        Raises:
            BusinessError: The filter did something else than it was asked for.
        """
        for key, value in filters.items():
            if key not in words.columns or not value or not rows or self.equal_rows(words, rows, {key: value}):
                continue
            shown = [row[key] for row in rows]
            header = words.columns[key].header
            near = [one for one in shown if loosest(one) == loosest(value)]
            if near:
                raise BusinessError(
                    "FILTER_NOT_EQUAL",
                    f"{self._where()}: '{value}' was looked for in the list '{words.caption}', which shows '{near[0]}'"
                    f" under '{header}'; if that is the same, say so with 'normalise' for the column.",
                )
            if not all(value in one for one in shown):
                raise BusinessError(
                    "FILTER_NOT_TAKEN",
                    f"{self._where()}: '{value}' was looked for in the list '{words.caption}', and it shows"
                    f" {len(rows)} rows of others ('{shown[0]}' under '{header}'); see what its filter does.",
                )

    def _values(self, words: ListWords, cells: Mapping[str, Any]) -> dict[str, str]:
        what = {key: f"'{column.header}' of the list '{words.caption}'" for key, column in words.columns.items()}
        numbers = self.locators.numbers
        return {key: cell_value(cells[key], column, what[key], numbers) for key, column in words.columns.items()}

    def _total(self, words: ListWords, found: dict[str, Any]) -> int | None:
        return stated_total(found, self._say(words))

    def _one_address(self, links: list[str], name: str) -> str | None:
        """The one address of a link; several of one name can't be told apart.

        Raises:
            BusinessError: There are several, or it leads to another host.
        """
        if not links:
            return None
        if len(links) > 1:
            raise BusinessError(
                "LINK_NOT_ONE",
                f"{self._where()} shows {len(links)} links {name} that lead to different pages; give the list a"
                " 'frame', or its own words in the locators.",
            )
        if not self._hosts.ours(links[0]):
            raise self.other_host(links[0])
        return links[0]

    def _say(self, words: ListWords) -> str:
        return f"{self._where()}: the list '{words.caption}'"

    def _no_table(self, words: ListWords, found: dict[str, Any], frame: Frame) -> Exception:
        if found["seen"] > 1:
            return BusinessError(
                "TABLE_NOT_ONE",
                f"{self._where()} shows {found['seen']} tables '{words.caption}'; name the right one in the locators by"
                " its frame, or by a heading or region that only it has.",
            )
        if found["hidden"]:
            return self.missing("TABLE_HIDDEN", f"table '{words.caption}' (it has one that is hidden)", True, frame)
        labels = self.tools("fields", [*words.filters.values()], frame=frame)
        known = any(one["count"] for one in labels) or not words.filters
        return self.missing("TABLE_MISSING", f"table '{words.caption}'", known, frame, wanted=words.caption)
