"""Lists on a bot's page: filtered, read to their end by what a row is known by, and compared with what they state."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from keywords.failures import ApplicationError
from keywords.sites.pages.addresses import by_address
from keywords.sites.pages.exports import PageExports
from keywords.sites.pages.reading import ReadPage
from keywords.sites.ports import Table
from keywords.sites.words.lists import ListWords

_LONG = range(15, 150)  # rows that do not fit the window, but do fit a picture
_READINGS = 3


class PageLists(PageExports):
    """Reads lists, by name and header, never by position."""

    def read_list(self, name: str, picture: str = "", **filters: str) -> Table:
        """Read a whole list, every page of it, with as many rows a page as the site gives.

        Args:
            name: Our name of the list in the locators.
            picture: What to call the picture of its first page; none is taken when empty.
            **filters: Filter values by our name of the filter.

        Returns:
            The table, `complete` only when the rows add up to the number of entries that the page states.

        Raises:
            BusinessError: Rows came back, and none of them is what was filtered for.
        """
        self.open_list(name, **filters)
        table = self.read_open_list(name, picture)
        self.unless_filtered_wrongly(self.locators.lists[name], table.rows, filters)
        return table

    def read_open_list(self, name: str, picture: str = "") -> Table:
        """Read every page of the list that is open now; `complete` as for `read_list`."""
        words = self.locators.lists[name]
        first = self.read_page(words)
        address = self._address(name)
        taken = self.picture(picture, whole=len(first.rows) in _LONG) if picture else ""
        rows, why = self._every_page(words, first)
        numbered = tuple({**row, "row": str(number)} for number, row in enumerate(rows, start=1))
        self.unless_held_back()
        return Table(self._system, name, address, self._clock(), numbered, not why, taken, why)

    def _every_page(self, words: ListWords, first: ReadPage) -> tuple[list[dict[str, str]], str]:
        """The rows of all pages, each once, and why they aren't all; read again where they moved meanwhile."""
        if not first.next and not first.next_button and not self._goes_on(first):
            return first.rows, self._why_not_whole(words, first.rows, first, None)
        here = self.page.url
        before: list[dict[str, str]] | None = None
        for number in range(_READINGS + 1):
            if number:
                first = self._from_the_start(words, here)
            rows, last = self.turn_pages(words, first)
            why = self._why_not_whole(words, rows, first, last)
            if why and not self._moved_meanwhile(words, rows, first, last):
                return rows, why
            if not why and (before == rows or not first.next or self._export_agrees(words, rows, first)):
                return rows, ""
            before = rows if not why else None
        raise ApplicationError(
            "LIST_SHIFTS",
            f"{self._where()}: the list '{words.caption}' changed each time while its pages were read, so that rows are"
            " doubled or left out; it is tried again.",
        )

    def _why_not_whole(
        self, words: ListWords, rows: list[dict[str, str]], first: ReadPage, last: ReadPage | None
    ) -> str:
        """Why these are not all rows, each once; empty where they are."""
        names = words.total.counts
        counted = len({tuple(row[key] for key in names) for row in rows}) if names else len(rows)
        if first.total is None:
            return self._no_total(words)
        if last is not None and last.total not in (None, first.total):
            return f"it states {first.total} entries on its first page and {last.total} on its last"
        if self._doubled(words, rows, last):
            return "a row of it stands twice"
        if first.total != counted:
            return f"it states {first.total} entries, and {counted} can be read"
        more = (last or first).more
        return f"it says '{more}'" if more else ""

    def _no_total(self, words: ListWords) -> str:
        """That no number of entries is stated, by what it was looked for, and what the page says beside the table."""
        frame = self.frame(words.frame)
        pattern, said = words.total.pattern or self.locators.controls.total, str(self.said(frame)["words"])
        return (
            f"it states no number of entries like '{pattern}' ('total' in the locators), but says"
            f" '{said[:120]}{'...' if len(said) > 120 else ''}'"
        )

    def _doubled(self, words: ListWords, rows: list[dict[str, str]], last: ReadPage | None) -> bool:
        """Whether a row stands twice: by what it is known by, or as a whole on two pages."""
        if not words.unique and last is None:
            return False
        known_by = words.unique or tuple(words.columns)
        seen = [tuple(row[key] for key in known_by) for row in rows]
        return len(set(seen)) != len(seen)

    def _moved_meanwhile(
        self, words: ListWords, rows: list[dict[str, str]], first: ReadPage, last: ReadPage | None
    ) -> bool:
        """Whether what doesn't add up can come from a list that changed while it was read."""
        return last is not None and (last.total != first.total or self._doubled(words, rows, last))

    def _goes_on(self, shown: ReadPage) -> bool:
        """Whether a list without a way to a next page shows more when it is scrolled."""
        return bool(shown.more) or (shown.total is not None and shown.total > shown.counted)

    def _from_the_start(self, words: ListWords, address: str) -> ReadPage:
        with self.doing(f"read the list '{words.caption}' once more"):
            if by_address(words):
                name, filters = self._opened_by
                self.open_list(name, **filters)
            else:
                self._goto(address)
        return self.read_page(words)

    def _address(self, name: str) -> str:
        """The page's address, with no more of its query than what we asked: others may say who the patient is."""
        parts = urlsplit(self.page.url)
        known = set(self._browser.learned.get((self._account, name), {}).values()) | self._asked_names
        query = urlencode([(one, value) for one, value in parse_qsl(parts.query) if one in known])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
