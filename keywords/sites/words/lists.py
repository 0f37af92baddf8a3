"""Words of lists: where one is, when it is ready, how it goes on, how many entries it states, and"
" its second channel."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from keywords.sites.words.base import Pattern, Words
from keywords.sites.words.cells import ColumnWords, as_column
from keywords.sites.words.flows import FlowWords


class ControlWords(Words):
    """What all lists of the product have in common. `total` finds the number of entries, as its only group.

    `more` are words by which a list says that it goes on below what it shows.
    """

    apply: str
    rows: str = ""
    most_rows: str = ""
    next: str
    export: str = ""
    total: Pattern
    more: tuple[str, ...] = ()

    @field_validator("total")
    @classmethod
    def _has_a_group(cls, total: str) -> str:
        if re.compile(total).groups != 1:
            raise ValueError("'total' needs one group, round the number of entries: '(\\d+) entries'")
        return total


class ReadyWords(Words):
    """When what a page shows can be believed: `busy` (a selector, or words) is gone, and requests to `data` (paths,
    with `*`) have been answered and are quiet, within `wait_s` seconds."""

    busy: str = ""
    data: tuple[str, ...] = ()
    wait_s: float = Field(default=10.0, gt=0, le=120)


class Paging(StrEnum):
    """How a list goes on."""

    AUTO = "auto"
    LINK = "link"
    BUTTON = "button"
    SCROLL = "scroll"
    NONE = "none"


class TotalWords(Words):
    """The number of entries, where the product's `total` would find it wrongly.

    `pattern` is an expression with one group, `within` the label or selector of the element where it stands,
    `counts` the columns whose different values are counted (where a sample has several rows and counts once).
    """

    pattern: Pattern = ""
    within: str = ""
    counts: tuple[str, ...] = ()


def _as_total(given: Any) -> Any:
    return {"pattern": given} if isinstance(given, str) else given


class StateWords(Words):
    """What the state of a row means: `done` stands, `open` is looked at again for `poll_s` seconds and then goes to a
    person, `void` does not count. A word that is in none of them goes to a person."""

    column: str
    done: tuple[str, ...]
    open: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    poll_s: float = Field(default=30.0, gt=0, le=600)

    @model_validator(mode="after")
    def _one_meaning(self) -> "StateWords":
        words = [*self.done, *self.open, *self.void]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"state '{twice[0]}' has two meanings")
        return self


FRESH = "fresh"
SITE = "site"
_SIGN = re.compile(r"\{([a-z_]+)(?::json)?\}")


def address_signs(text: str) -> tuple[str, ...]:
    """Names of what an address, or what a list says then, is completed with."""
    return tuple(_SIGN.findall(text))


class ListWords(Words):
    """One list: where it is, its name, its filter labels, and its columns by our key.

    `caption` is its caption, its accessible name, or the heading or region it stands in. `frame` is the title or name
    of the frame that holds it. `link` names the text of a link in each row that a flow needs. `unique` are the
    columns by which a row is known, `rows_below` a column that group headings between the rows give a value for, and
    `skip` finds rows that are none (sums). A list without a name of its own is the only table `within` a part of the
    page. `path` may carry filters as `{name}` (`{name:json}` inside of a JSON text) and `{fresh}`, which is never the
    same twice and makes a client of one page open the list anew, and `{site}`, what stands behind the `#` of the
    site's address in the settings; a filter that has no label is one of the address.
    `flow` are the steps from there to the list, `says` is what its part of the page shows once it is this list and no
    earlier one, with the same signs. `submit` is how the filter is sent: a button, Enter, or nothing at all.
    `state` says what the state of a row means."""

    path: str
    caption: str
    within: str = ""
    says: str = ""
    flow: tuple[FlowWords, ...] = ()
    frame: str = ""
    filters: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, Annotated[ColumnWords, BeforeValidator(as_column)]]
    button: str | None = None
    submit: str = Field(default="button", pattern="^(button|enter|none)$")
    link: str | None = None
    unique: tuple[str, ...] = ()
    rows_below: str = ""
    skip: Pattern = ""
    ready: ReadyWords | None = None
    state: StateWords | None = None
    paging: Paging = Paging.AUTO
    total: Annotated[TotalWords, BeforeValidator(_as_total)] = TotalWords()

    @model_validator(mode="after")
    def _names_its_columns(self) -> "ListWords":
        state = (self.state.column,) if self.state else ()
        signs = address_signs(self.path)
        for name in (*signs, *address_signs(self.says)):
            if name not in (FRESH, SITE) and name not in self.filters:
                raise ValueError(f"list '{self.caption}': its address names '{name}', which is no filter of it")
        for name, label in self.filters.items():
            if not label and name not in signs:
                raise ValueError(f"list '{self.caption}': filter '{name}' has no label and is not in 'path'")
        if set(signs) - {SITE} and not self.says:
            raise ValueError(
                f"list '{self.caption}' is opened by its address and has to say what it shows then: 'says'"
            )
        for what, names in (("unique", self.unique), ("total.counts", self.total.counts), ("state", state)):
            for name in names:
                if name not in self.columns:
                    raise ValueError(f"list '{self.caption}': '{what}' names '{name}', which is no column of it")
        return self


class ChannelKind(StrEnum):
    """What the second channel is."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    DETAIL = "detail"
    NONE = "none"
    AUTO = "auto"


class ChannelWords(Words):
    """The second channel by which what was sent is looked for.

    `csv` and `xlsx` are files behind the link or button `button` (the product's `export` by default); `json` is the
    answer of `path`, its rows at `rows`, with `{key}` for our key; `detail` is the page behind the link of the row,
    where `labels` give our columns; `none` is no second channel, which counts only where the plant's settings allow
    it. `headers` replaces headers where the file has others than the page."""

    kind: ChannelKind = ChannelKind.AUTO
    button: str = ""
    separator: str = Field(default="", max_length=1)
    encoding: str = ""
    sheet: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    path: str = ""
    rows: str = ""
    labels: dict[str, str] = Field(default_factory=dict)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        import codecs

        if encoding:
            try:
                codecs.lookup(encoding)
            except LookupError as error:
                raise ValueError(f"'{encoding}' is no encoding, such as utf-8 or cp1252") from error
        return encoding

    @model_validator(mode="after")
    def _says_where(self) -> "ChannelWords":
        if self.kind is ChannelKind.JSON and not (self.path and self.headers):
            raise ValueError("a JSON channel needs 'path' and 'headers' (the name of each field by our column)")
        if self.kind is ChannelKind.DETAIL and not self.labels:
            raise ValueError("a detail page needs 'labels', by our column")
        return self
