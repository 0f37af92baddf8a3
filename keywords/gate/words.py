"""What a product's requests mean, as data: which change the site, and which only look as if they did."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"^(https?|wss?)://[A-Za-z0-9.*_\-\[\]:]+$")


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RequestWords(_Words):
    """Which requests are meant. All that is said has to hold.

    Attributes:
        method: POST, PUT, ...; `SOCKET` for a message that a page sends over a web socket.
        path: of the address, with `*`.
        host: `https://host`, with `*`; by default the site's own.
        graphql: `query`, where the body is a GraphQL query and no mutation or subscription.
        operations: names of the GraphQL operations.
        rpc: names of JSON-RPC methods, with `*` (`method`, or `params.method` where the first is `call`).
        batch: `odata`, where a body holds several requests and each of them only reads.
        fields: values by name, of a form's field or at a path in JSON (`data.action`); `*` for any.
        why: for whoever reads it later.
    """

    method: str = Field(default="POST", pattern="^(POST|PUT|PATCH|DELETE|GET|SOCKET|[A-Z]{3,12})$")
    path: str = "*"
    host: str = ""
    graphql: str = Field(default="", pattern="^(query)?$")
    operations: tuple[str, ...] = ()
    rpc: tuple[str, ...] = ()
    batch: str = Field(default="", pattern="^(odata)?$")
    fields: dict[str, str] = Field(default_factory=dict)
    why: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> "RequestWords":
        if self.host and not _HOST.match(self.host):
            raise ValueError(f"'{self.host}' is no host, such as https://id.example")
        if self.path in ("", "*") and not (self.graphql or self.operations or self.rpc or self.batch or self.fields):
            raise ValueError("a request needs more than its method: a path, an operation, or a field")
        return self

    def said(self) -> str:
        """Itself in short, as it stands in the file."""
        given = self.model_dump(exclude_defaults=True, exclude={"why"}) | {"method": self.method, "path": self.path}
        order = ("method", "path", "host", "graphql", "operations", "rpc", "batch", "fields", "times", "key")
        parts = [f"{name}: {_short(given[name])}" for name in order if name in given]
        return f"{{{', '.join(parts)}}}"


class NoteWords(RequestWords):
    """Tracking: it is dropped, or let through where `pass` says so.

    `answer` is the status that the page is told where it is dropped: a client that waits for news for ever asks no more
    where it hears that the server has none (501).
    """

    let_through: bool = Field(default=False, alias="pass")
    answer: int = Field(default=204, ge=200, le=599)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ChangeWords(RequestWords):
    """A change. `key` is where our business key stands in it: `any` (anywhere in address or body), `field:NAME`,
    `json:PATH`, `query:NAME`, `path`, or `none`; `times` how many such requests one effect takes."""

    key: str = Field(default="any", pattern=r"^(any|none|path|(field|json|query):.+)$")
    times: int = Field(default=1, ge=1, le=20)


class SiteRequests(_Words):
    """The requests of a product that do not merely read by their method.

    `read` only reads, `session` keeps the bot logged in, `note` is tracking, `draft` saves what nobody has sent yet,
    and `change` changes the site. Whatever is in none of them is a change, and refused outside an effect."""

    read: tuple[RequestWords, ...] = ()
    session: tuple[RequestWords, ...] = ()
    note: tuple[NoteWords, ...] = ()
    draft: tuple[RequestWords, ...] = ()
    change: tuple[ChangeWords, ...] = ()

    @model_validator(mode="after")
    def _one_class(self) -> "SiteRequests":
        seen: dict[str, str] = {}
        for name, words in self.by_class():
            for one in words:
                said = RequestWords.model_validate(one.model_dump(include=set(RequestWords.model_fields))).said()
                if seen.setdefault(said, name) != name:
                    raise ValueError(f"{said} stands under '{seen[said]}' and under '{name}'; keep one")
        return self

    def by_class(self) -> "tuple[tuple[str, tuple[RequestWords, ...]], ...]":
        """Every class with its words."""
        return (
            ("read", self.read),
            ("session", self.session),
            ("note", self.note),
            ("draft", self.draft),
            ("change", self.change),
        )

    def notes_by_path(self, hosts: "Hosts") -> "tuple[Note, ...]":
        """The notes that method, path and host alone tell: a page sends them whether it is busy or not.

        Args:
            hosts: Those of the site; a note that names no host is one to them.
        """
        told = ("method", "path", "why", "host", "let_through", "answer")
        return tuple(
            Note(one.method, one.path, (_normal(one.host),) if one.host else hosts.site)
            for one in self.note
            if one.path not in ("", "*") and not one.model_dump(exclude=set(told), exclude_defaults=True)
        )


class Note(NamedTuple):
    """A request that is no data, told by what every request shows.

    Attributes:
        method: such as POST.
        path: of the address, with `*`.
        hosts: scheme, host and port that it goes to, each with `*`.
    """

    method: str
    path: str
    hosts: tuple[str, ...]

    def matches(self, method: str, address: str) -> bool:
        """Whether a request is this one."""
        if self.method != method or not fnmatchcase(urlsplit(address).path, self.path):
            return False
        origin = origin_of(address)
        return any(fnmatchcase(origin, host) for host in self.hosts)


class Hosts:
    """The hosts of one account's site: its own, and those that the plant or the product names besides.

    Args:
        own: Address of the site.
        also: Hosts whose pages may be read and typed into, as `https://host[:port]`, with `*`.
        log_in: Hosts on which the log-in may type.
    """

    def __init__(self, own: str, also: Iterable[str] = (), log_in: Iterable[str] = ()) -> None:
        self.own = origin_of(own)
        self._also = tuple(_normal(one) for one in also)
        self._log_in = tuple(_normal(one) for one in log_in)

    @property
    def site(self) -> tuple[str, ...]:
        """Scheme, host and port of those whose pages belong to the site, some with `*`."""
        return (self.own, *self._also)

    def ours(self, address: str) -> bool:
        """Whether pages of this address belong to the site."""
        return self._among(address, self.site)

    def log_in(self, address: str) -> bool:
        """Whether the log-in may type there."""
        return self.ours(address) or self._among(address, self._log_in)

    def _among(self, address: str, hosts: Iterable[str]) -> bool:
        origin = origin_of(address)
        return any(origin == host or ("*" in host and fnmatchcase(origin, host)) for host in hosts)


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, in one writing; of a web socket that of its page's scheme."""
    parts = urlsplit(address)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    port = parts.port or {"http": 80, "https": 443}.get(scheme, 0)
    return f"{scheme}://{(parts.hostname or '').lower()}:{port}"


def _normal(host: str) -> str:
    """A host as it is compared: with its port."""
    scheme, _, rest = host.rstrip("/").partition("://")
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    has_port = re.search(r":(\d+|\*)$", rest)
    return f"{scheme}://{rest.lower()}" + ("" if has_port else f":{443 if scheme == 'https' else 80}")


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "}"
    return str(value)
