"""The one page that a bot has open on a site: log in, read lists, fill forms; by roles, labels, captions, headers."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from playwright.sync_api import Error, Locator, Page
from playwright.sync_api import TimeoutError as PageTimeoutError
from robot.api.types import Secret

from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ApplicationError, BusinessError, first_sentence
from keywords.settings import SiteAccess
from keywords.sites.locators import FormWords, ListWords, Locators
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


class SitePage:
    """A bot's one page on one site, opened at first use.

    Args:
        system: Our name of the system, such as `lims`.
        access: Address and account.
        password: Password of the account.
        locators: The words of the product's pages.
        browser: The warm browser.
        evidence: Where pictures go.
        clock: The bots' clock.
    """

    def __init__(
        self,
        *,
        system: str,
        access: SiteAccess,
        password: Secret,
        locators: Locators,
        browser: WarmBrowser,
        evidence: EvidenceFolder,
        clock: Callable[[], datetime],
    ) -> None:
        self.locators = locators
        self._system = system
        self._access = access
        self._password = password
        self._browser = browser
        self._evidence = evidence
        self._clock = clock
        self._page: Page | None = None
        self._account = f"{access.user}@{access.url}"

    @property
    def page(self) -> Page:
        """The item's page in the context of the account, opened at first use."""
        if self._page is None:
            self._page = self._browser.open_page(self._account)
        return self._page

    def picture(self, name: str, *, whole: bool = False) -> str:
        """Take a picture of the page as it is now; its file name in the evidence, empty when nothing is open."""
        if self._page is None:
            return ""
        return self._evidence.picture(self._page, name, self.locators.identity, whole=whole)

    def go(self, path: str) -> None:
        """Open a page of the site, logging in first where the site asks for it."""
        address = urljoin(self._access.url.rstrip("/") + "/", path)
        with self.doing(f"open {path}"):
            self._goto(address)
            if self._at_login():
                self._log_in()
                if self.page.url != address:
                    self._goto(address)

    def read_list(self, name: str, picture: str = "", **filters: str) -> Table:
        """Read a whole list, every page of it, with as many rows a page as the site gives.

        Args:
            name: Our name of the list in the locators.
            picture: What to call the picture of its first page; none is taken when empty.
            **filters: Filter values by our name of the filter.

        Returns:
            The table, `complete` only when the rows add up to the number of entries that the page states.
        """
        words = self.locators.lists[name]
        self.open_list(name, **filters)
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

    def send_form(
        self,
        name: str,
        values: Mapping[str, str],
        *,
        files: Mapping[str, Path] | None = None,
        picture: str = "",
    ) -> str:
        """Fill the form that is open (or that the locators name), send it, confirm, and read the site's number.

        Args:
            name: Our name of the form.
            values: Field values by our name.
            files: Files to upload by our name of the field.
            picture: What to call the pictures of the question and of the answer.

        Returns:
            The number that the site gave.

        Raises:
            BusinessError: The site refused what was filled in.
        """
        words = self.locators.forms[name]
        if words.path:
            self.go(words.path)
        with self.doing(f"fill the form '{words.button}'"):
            self._fill(words, values, files or {})
            self.page.get_by_role("button", name=words.button, exact=True).click()
            dialog = self.page.get_by_role("dialog").filter(has_text=words.dialog)
            dialog.wait_for()
        if picture:
            self.picture(f"{picture} question")
        with self.doing(f"confirm '{words.dialog}'"), self.page.expect_event("domcontentloaded"):
            dialog.get_by_role("button", name=words.confirm, exact=True).click()
        if picture:
            self.picture(f"{picture} answer")
        return self._reference(words)

    def fetch(self, path: str) -> bytes:
        """Fetch a file of the site with the session of the page."""
        if self._page is None:
            self.go("/")
        address = urljoin(self.page.url, path)
        with self.doing(f"fetch {path}"):
            answer = self.page.context.request.get(address)
            if not answer.ok:
                raise ApplicationError("FILE_NOT_GIVEN", f"{address} answered {answer.status} instead of the file.")
            return answer.body()

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Turn a browser's error into one sentence that says what was being done and where."""
        try:
            yield
        except PageTimeoutError as error:
            raise ApplicationError(
                "SITE_NO_ANSWER", f"{self._where()}: it took too long to {what}; see whether the site is well."
            ) from error
        except Error as error:
            raise ApplicationError(
                "SITE_FAILED", f"{self._where()}: could not {what} ({first_sentence(error.message)})."
            ) from error

    def _goto(self, address: str) -> None:
        answer = self.page.goto(address, wait_until="domcontentloaded")
        if answer is not None and answer.status >= 500:
            raise ApplicationError("SITE_ERROR", f"{self._where()} answered {answer.status}; it is tried again.")
        if answer is not None and answer.status in (403, 404):
            raise BusinessError(
                "PAGE_NOT_GIVEN", f"{self._where()} answered {answer.status}; see whether it is there for our account."
            )

    def _at_login(self) -> bool:
        return urlsplit(self.page.url).path.rstrip("/") == self.locators.login.path.rstrip("/")

    def _log_in(self) -> None:
        words = self.locators.login
        self.page.get_by_label(words.user, exact=True).fill(self._access.user)
        self.page.get_by_label(words.password, exact=True).fill(self._password.value)
        with self.page.expect_event("domcontentloaded"):
            self.page.get_by_role("button", name=words.button, exact=True).click()
        if self._at_login():
            raise BusinessError(
                "LOG_IN_REFUSED",
                f"{self.locators.product} refuses the account '{self._access.user}'; correct its password in the"
                " secrets file.",
            )

    def _fill(self, words: FormWords, values: Mapping[str, str], files: Mapping[str, Path]) -> None:
        for key, value in values.items():
            if key in words.choices:
                self._label(words.choices[key]).select_option(value)
            else:
                self._label(words.fields[key]).fill(value)
        for key, path in files.items():
            self._label(words.files[key]).set_input_files(path)
        for label in words.checks:
            self._label(label).check()

    def _label(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def _reference(self, words: FormWords) -> str:
        with self.doing(f"read '{words.reference}'"):
            heading = self.page.get_by_role("heading", name=words.done, exact=True)
            if not heading.count():
                refused = " ".join(first_sentence(text) for text in self.page.get_by_role("alert").all_inner_texts())
                if refused:
                    raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {refused}")
                heading.wait_for()
            return self._label(words.reference).inner_text().strip()

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

    def _where(self) -> str:
        address = self._page.url if self._page is not None else self._access.url
        return f"{self.locators.product} ({address.split('?')[0]})"


def parse_time(text: str, what: str) -> datetime:
    """Read an ISO time with a zone from a page; the value in UTC.

    Raises:
        ApplicationError: The text is no time with a zone.
    """
    cleaned = text.replace(" UTC", "+00:00")
    try:
        value = datetime.fromisoformat(cleaned)
    except ValueError as error:
        raise ApplicationError("TIME_NOT_READ", f"'{text}' ({what}) is not a time that can be read.") from error
    if value.tzinfo is None:
        raise ApplicationError("TIME_WITHOUT_ZONE", f"'{text}' ({what}) has no time zone, so it cannot be trusted.")
    return value.astimezone(UTC)


def parse_number(text: str, what: str) -> float:
    """Read a number from a page.

    Raises:
        ApplicationError: The text is no number.
    """
    try:
        return float(text.replace(",", ""))
    except ValueError as error:
        raise ApplicationError("NUMBER_NOT_READ", f"'{text}' ({what}) is not a number that can be read.") from error
