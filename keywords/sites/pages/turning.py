"""How a list goes on: by the address of a link, by a button, or by scrolling what is drawn only where it is in view."""

from dataclasses import replace

from keywords.sites.pages.reading import PageReading, ReadPage
from keywords.sites.words.lists import ListWords, Paging

_MOST_PAGES = 400
_MOST_SCROLLS = 2000


class PageTurning(PageReading):
    """Reads lists that go on below or behind what they show."""

    def turn_pages(self, words: ListWords, first: ReadPage) -> tuple[list[dict[str, str]], ReadPage]:
        """The rows of all pages in their order, and the last page as it was read."""
        match self._way(words, first):
            case Paging.LINK:
                return self._by_link(words, first)
            case Paging.BUTTON:
                return self._by_button(words, first)
            case Paging.SCROLL:
                return self._by_scrolling(words, first)
        return first.rows, first

    def _way(self, words: ListWords, first: ReadPage) -> Paging:
        if words.paging is not Paging.AUTO:
            return words.paging
        if first.next:
            return Paging.LINK
        return Paging.BUTTON if first.next_button else Paging.SCROLL

    def _by_link(self, words: ListWords, first: ReadPage) -> tuple[list[dict[str, str]], ReadPage]:
        rows, shown, been = list(first.rows), first, {self.page.url}
        while shown.next and shown.next not in been and len(been) < _MOST_PAGES:
            been.add(shown.next)
            with self.doing(f"turn the page of the list '{words.caption}'"):
                self._goto(shown.next)
            shown = self.read_page(words)
            rows.extend(shown.rows)
        return rows, shown

    def _by_button(self, words: ListWords, first: ReadPage) -> tuple[list[dict[str, str]], ReadPage]:
        frame = self.frame(words.frame)
        name = self.locators.controls.next
        rows, shown, before = list(first.rows), first, first.rows
        for _ in range(_MOST_PAGES):
            button = frame.evaluate_handle("name => window.__batchwright.press(name)", name).as_element()
            if button is None or not shown.next_button:
                break
            self.pressed(button.click, f"turn the page of the list '{words.caption}'", frame)
            shown = self.read_page(words)
            if shown.rows == before:
                break
            added = shown.rows[: len(before)] == before and len(shown.rows) > len(before)
            rows = list(shown.rows) if added and rows == before else rows + shown.rows
            before = shown.rows
        return rows, shown

    def _by_scrolling(self, words: ListWords, first: ReadPage) -> tuple[list[dict[str, str]], ReadPage]:
        frame = self.frame(words.frame)
        rows: dict[tuple[str, ...], dict[str, str]] = {}
        shown, still = first, 0
        self.tools("scroll", words.caption, True, words.within, frame=frame)
        for _ in range(_MOST_SCROLLS):
            self.rest(frame)
            shown = self._read_once(words, shown)
            known = len(rows)
            for key, row in zip(shown.keys, shown.rows, strict=True):
                rows.setdefault(_known_by(words, key, row), row)
            whole = shown.total is not None and len(rows) >= shown.total
            moved = self.tools("scroll", words.caption, False, words.within, frame=frame)
            still = still + 1 if len(rows) == known and (moved["end"] or not moved["moved"]) else 0
            if still >= 2 or (whole and moved["end"]):
                break
        return list(rows.values()), shown

    def _read_once(self, words: ListWords, before: ReadPage) -> ReadPage:
        """Read what is in view now; that two readings agree is seen by the rows that both show."""
        shown = self.read_page(words, once=True)
        return shown if shown.total is not None else replace(shown, total=before.total)


def _known_by(words: ListWords, key: str | None, row: dict[str, str]) -> tuple[str, ...]:
    if key is not None:
        return (key,)
    return tuple(row[name] for name in words.unique or tuple(words.columns))
