"""A list's export: fetched with the page's own session, from the site itself, and read as rows under our names."""

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from keywords.failures import ApplicationError, BusinessError, ItemError
from keywords.near import did_you_mean
from keywords.sites.pages.files import lines_of, unless_unsure
from keywords.sites.pages.reading import ReadPage
from keywords.sites.pages.turning import PageTurning
from keywords.sites.values import as_shown
from keywords.sites.words.lists import ChannelWords, ListWords


class PageExports(PageTurning):
    """Reads exports."""

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
            raise self._no_export(words)
        return self._from_file(words, ChannelWords(), *self._download(words, export), list(words.columns))

    def _export_agrees(self, words: ListWords, rows: list[dict[str, str]], shown: ReadPage) -> bool:
        """Whether the list's export has the same rows, by a column that tells every row from the others."""
        if not shown.export:
            return False
        try:
            exported = self._from_file(words, ChannelWords(), *self._download(words, shown.export), list(words.columns))
            for key in words.unique or words.columns:
                values = [row[key] for row in rows]
                if len(set(values)) == len(rows):
                    return sorted(values) == sorted(as_shown(row[key], key) for row in exported)
        except ItemError:
            return False  # it can't be read as it is: the pages are read once more instead
        return False

    def _download(self, words: ListWords, address: str) -> tuple[bytes, str]:
        """Fetch the export with the session of the page; its answer has to come from the site itself."""
        if not self._hosts.ours(address):
            raise self.other_host(address)
        with self.doing(f"fetch the export of '{words.caption}'"):
            answer = self.asked_for(address)
            for _ in range(5):
                if answer.status not in (301, 302, 303, 307, 308):
                    break
                address = urljoin(address, answer.headers.get("location", ""))
                self._unless_logged_out_at(address)
                answer = self.asked_for(address)
            if not answer.ok:
                raise ApplicationError(
                    "EXPORT_FAILED", f"The export of '{words.caption}' answered {answer.status} instead of a file."
                )
            return answer.body(), answer.headers.get("content-type", "")

    def _unless_logged_out_at(self, address: str) -> None:
        """Stop where a file is not given, but the way to the log-in or to another host."""
        if urlsplit(address).path.rstrip("/") == self.locators.login.path.rstrip("/"):
            raise ApplicationError(
                "SESSION_EXPIRED", f"{self.locators.product} logged the bot out at an export; it is tried again."
            )
        if not self._hosts.ours(address):
            raise self.other_host(address)

    def _from_file(
        self, words: ListWords, channel: ChannelWords, content: bytes, kind: str, needed: Sequence[str]
    ) -> list[dict[str, str]]:
        where = f"The export of '{words.caption}'"
        headers = {key: channel.headers.get(key) or words.columns[key].header for key in needed}
        if not content.strip():
            raise ApplicationError("EXPORT_EMPTY", f"{where} has not even a header.")
        lines = lines_of(content, kind, channel, list(headers.values()), where)
        first = lines[0] if lines else []
        missing = [header for header in headers.values() if first.count(header) != 1]
        if missing:
            raise ApplicationError(
                "COLUMN_MISSING",
                f"{where} has no column '{missing[0]}', or has it twice (it has {', '.join(first)}); say its headers"
                " under 'channel' (or 'export') in the locators.",
            )
        places = {key: first.index(header) for key, header in headers.items()}
        rows = [{key: line[place] if place < len(line) else "" for key, place in places.items()} for line in lines[1:]]
        for row in rows:
            unless_unsure(row, where)
        return rows

    def _no_export(self, words: ListWords) -> BusinessError:
        named = self.locators.controls.export
        said = self.said(self.frame(words.frame))
        there = [str(one) for one in (*said["links"], *said["buttons"])]
        told = f" (it has {', '.join(map(repr, there[:12]))}){did_you_mean(named, there)}" if there else ""
        return BusinessError(
            "EXPORT_MISSING",
            f"{self._where()} shows no '{named}' of the list '{words.caption}'{told}, which is the"
            " second way of looking: say in the locators under 'once' what it is ('channel'), or that there is none.",
        )
