"""Lists as the sites show them: filtered, paged, and as a CSV export of the same rows."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from twin.sites._kit.store import Row, Store

ROWS_PER_PAGE = (25, 100, 500)
_FORMULA_STARTS = ("=", "+", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """One column: its header, the key in the store, how it is shown (`text`, `time`, `number` or `status`), and the
    address that its value links to."""

    header: str
    key: str
    kind: str = "text"
    link: str = ""


@dataclass(frozen=True)
class ListSpec:
    """A list of one table: address, caption, columns, and the columns that can be filtered by label."""

    path: str
    table: str
    caption: str
    columns: tuple[Column, ...]
    filters: tuple[Column, ...] = ()


@dataclass(frozen=True)
class ListView:
    """One page of a list, ready for a template."""

    spec: ListSpec
    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    per_page: int
    filters: Mapping[str, str]

    def address(self, *, page: int | None = None, export: bool = False) -> str:
        """Address of another page of the same filtered list, or of its export."""
        query = {key: value for key, value in self.filters.items() if value}
        if not export:
            query |= {"rows": str(self.per_page), "page": str(page or self.page)}
        path = self.spec.path + (".csv" if export else "")
        return f"{path}?{urlencode(query)}" if query else path


def view(store: Store, spec: ListSpec, query: Mapping[str, str]) -> ListView:
    """One page of a list for a query string; odd page numbers and sizes fall back to the first and the smallest."""
    filters = {one.key: query.get(one.key, "").strip() for one in spec.filters}
    contains = {key: value for key, value in filters.items() if value}
    total = store.count(spec.table, contains)
    per_page = _number(query.get("rows"), ROWS_PER_PAGE[0])
    per_page = per_page if per_page in ROWS_PER_PAGE else ROWS_PER_PAGE[0]
    pages = max(1, -(-total // per_page))
    page = min(max(_number(query.get("page"), 1), 1), pages)
    rows = store.find(spec.table, contains, limit=per_page, offset=(page - 1) * per_page)
    return ListView(spec, tuple(rows), total, page, pages, per_page, filters)


def export(store: Store, spec: ListSpec, query: Mapping[str, str]) -> str:
    """All rows of the filter as CSV, under the headers of the page."""
    contains = {one.key: text for one in spec.filters if (text := query.get(one.key, "").strip())}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.header for column in spec.columns])
    for row in store.find(spec.table, contains):
        writer.writerow([_safe(row[column.key]) for column in spec.columns])
    return out.getvalue()


def shown_time(value: str) -> str:
    """An ISO time with a zone as a person reads it, in UTC; anything else (a date, nonsense) as it is."""
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time.tzinfo else value


def status_class(value: str) -> str:
    """A status as a class name for the style sheet."""
    return "".join(letter if letter.isalnum() else "-" for letter in value.strip().lower())


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else default


def _safe(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
