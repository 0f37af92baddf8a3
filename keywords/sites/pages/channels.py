"""The second channel: a list's export, a JSON answer, a detail page, or none where the plant allows it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PageTimeoutError

from keywords.failures import BusinessError
from keywords.gate.bodies import at_path
from keywords.sites.pages.lists import PageLists
from keywords.sites.pages.reading import ReadPage
from keywords.sites.words.lists import ChannelKind, ChannelWords, ListWords

_DOWNLOAD_S = 8.0


@dataclass(frozen=True)
class Second:
    """What the second channel shows: rows under our names of the columns, and what it rests on."""

    rows: list[dict[str, str]]
    strength: str


class PageChannels(PageLists):
    """Reads what a list shows by another way than its page."""

    def second_channel(
        self, words: ListWords, channel: ChannelWords, shown: ReadPage, key: str, value: str, needed: Sequence[str]
    ) -> Second:
        """What the second channel shows under our key.

        Args:
            words: The list.
            channel: What the locators say of the channel.
            shown: The page of the list that is open.
            key: Our name of the column with our key.
            value: Our key.
            needed: Our names of the columns that it has to give.

        Raises:
            BusinessError: It can't be read, or there is none and the plant doesn't allow that.
        """
        match channel.kind:
            case ChannelKind.NONE:
                return self._none(words, shown)
            case ChannelKind.JSON:
                return Second(self._from_json(words, channel, value), "page and its data (JSON)")
            case ChannelKind.DETAIL:
                return Second(self._from_details(words, channel, shown, key, value), "page and detail page")
        content, kind = self._file(words, channel, shown)
        return Second(self._from_file(words, channel, content, kind, needed), "page and export")

    def _none(self, words: ListWords, shown: ReadPage) -> Second:
        if not self._access.one_channel:
            raise BusinessError(
                "ONE_CHANNEL",
                f"{self.locators.product} shows '{words.caption}' in one way only, and the settings don't allow that:"
                " give the site a second channel in the locators, or 'one_channel: true' in the settings.",
            )
        return Second(shown.rows, "page alone")

    def exported(
        self, words: ListWords, channel: ChannelWords, value: str, needed: Sequence[str]
    ) -> list[dict[str, str]]:
        """The rows of an export that has an address of its own.

        Args:
            words: What its columns are.
            channel: Where it is, and of which kind.
            value: Our key.
            needed: Our names of the columns that it has to give.
        """
        if channel.kind is ChannelKind.JSON:
            return self._from_json(words, channel, value)
        address = urljoin(self._access.url.rstrip("/") + "/", channel.path.replace("{key}", quote(value, safe="")))
        return self._from_file(words, channel, *self._download(words, address), needed)

    def _file(self, words: ListWords, channel: ChannelWords, shown: ReadPage) -> tuple[bytes, str]:
        """The file behind the link, or behind the button, of the export."""
        named = channel.button or self.locators.controls.export
        found = self.tools("controlNamed", named, frame=self.frame(words.frame)) if channel.button else None
        link = self._one_address(found["links"], f"'{named}'") if found else shown.export
        if link:
            return self._download(words, link)
        if (found["buttons"] if found else shown.export_button) == 0:
            raise self._no_export(words)
        return self._press_for_file(words, named)

    def _press_for_file(self, words: ListWords, named: str) -> tuple[bytes, str]:
        frame = self.frame(words.frame)
        button = frame.evaluate_handle("name => window.__batchwright.press(name)", named).as_element()
        try:
            with self.page.expect_download(timeout=_DOWNLOAD_S * 1000) as coming:
                if button is not None:
                    button.click()
            path = coming.value.path()
            return path.read_bytes(), ""
        except PageTimeoutError:
            self.unless_held_back()
            raise BusinessError(
                "EXPORT_MISSING",
                f"{self._where()}: pressing '{named}' gave no file of the list '{words.caption}'; name another"
                " second channel for it in the locators ('channel' under 'once').",
            ) from None
        except Error as error:
            raise self._browser_error(f"take the file behind '{named}'", error) from error

    def _from_json(self, words: ListWords, channel: ChannelWords, value: str) -> list[dict[str, str]]:
        address = urljoin(self._access.url.rstrip("/") + "/", channel.path.replace("{key}", quote(value, safe="")))
        content, _ = self._download(words, address)
        where = f"The JSON of '{words.caption}' ({channel.path})"
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise BusinessError("EXPORT_NOT_READ", f"{where} is no JSON; correct 'channel' in the locators.") from error
        found = at_path(answer, channel.rows)
        rows = found[0] if len(found) == 1 and isinstance(found[0], list) else found if "*" in channel.rows else None
        if rows is None:
            raise BusinessError(
                "EXPORT_NOT_READ", f"{where} has no list at '{channel.rows}'; correct 'rows' in the locators."
            )
        return [self._json_row(row, channel.headers, where) for row in rows]

    def _json_row(self, row: Any, headers: Mapping[str, str], where: str) -> dict[str, str]:
        taken = {}
        for key, path in headers.items():
            found = at_path(row, path)
            if len(found) != 1 or isinstance(found[0], dict | list):
                raise BusinessError("EXPORT_NOT_READ", f"{where} has rows without '{path}'; correct 'headers'.")
            taken[key] = "" if found[0] is None else found[0] if isinstance(found[0], str) else json.dumps(found[0])
        return taken

    def _from_details(
        self, words: ListWords, channel: ChannelWords, shown: ReadPage, key: str, value: str
    ) -> list[dict[str, str]]:
        """Our rows as the pages behind their links show them."""
        ours = [
            links
            for row, links in zip(shown.rows, shown.links, strict=True)
            if self.equal_rows(words, [row], {key: value})
        ]
        here, rows = self.page.url, []
        for links in ours:
            name = words.link or next(iter(links), "")
            if name not in links:
                raise BusinessError(
                    "LINK_MISSING", f"{self._say(words)} has no link '{name}' in our row to its detail page."
                )
            self.go(links[name])
            self.rest()
            frame = self.frame(words.frame)
            rows.append(
                {our: str(self.tools("valueUnder", label, frame=frame) or "") for our, label in channel.labels.items()}
            )
        if ours:
            with self.doing(f"go back to the list '{words.caption}'"):
                self._goto(here)
        return rows
