"""Which class a request is of: by its method, and by what the product's locators say of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from keywords.failures import BusinessError
from keywords.gate.bodies import Body
from keywords.gate.words import SAFE, Hosts, RequestWords, SiteRequests

_OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")


class Class(StrEnum):
    """What a request does."""

    READ = "read"
    SESSION = "session"
    NOTE = "note"
    DRAFT = "draft"
    CHANGE = "change"
    UNKNOWN = "unknown"


@dataclass
class SiteRules:
    """What the gate knows of one account's site.

    Attributes:
        product: its name, for sentences.
        hosts: where its pages are, and where a change may go.
        requests: what its requests mean.
        by_link: paths, with `*`, that change the site when they are merely opened.
        most_bytes: largest body that is sent.
        answer_ms: how long the answer of a change is waited for, where that is longer than the gate's own time.
        listens: whether its pages may listen to web sockets.
        matched: which words have met a request, for whoever keeps them.
    """

    product: str
    hosts: Hosts
    requests: SiteRequests = field(default_factory=SiteRequests)
    by_link: tuple[str, ...] = ()
    most_bytes: int = 10_000_000
    answer_ms: float = 0.0
    listens: bool = True
    matched: set[str] = field(default_factory=set)

    def classify(self, method: str, address: str, body: Body) -> tuple[Class, RequestWords | None]:
        """The class of a request that is not safe by its method, and the words that say so.

        Raises:
            BusinessError: Words of two classes claim it.
        """
        found = [
            (Class(name), words)
            for name, several in self.requests.by_class()
            for words in several
            if matches(words, method, address, body, self.hosts)
        ]
        self.matched.update(f"{kind}: {words.said()}" for kind, words in found)
        kinds = {kind for kind, _ in found}
        if len(kinds) > 1:
            (one, first), (two, second) = found[0], next(pair for pair in found if pair[0] is not found[0][0])
            raise BusinessError(
                "REQUEST_OF_TWO_CLASSES",
                f"{method} {urlsplit(address).path} is claimed by {first.said()} under '{one}' and by {second.said()}"
                f" under '{two}' in the locators of {self.product}; it was held back: make one of them narrower.",
            )
        return found[0] if found else (Class.UNKNOWN, None)

    def never_matched(self) -> list[str]:
        """Words that no request has met up to now."""
        said = [f"{name}: {words.said()}" for name, several in self.requests.by_class() for words in several]
        return [one for one in said if one not in self.matched]


def is_safe(method: str, headers: dict[str, str]) -> bool:
    """Whether a request only reads by its method, and no header makes another method of it."""
    return method in SAFE and not any(headers.get(name, method).upper() not in SAFE for name in _OVERRIDES)


def matches(words: RequestWords, method: str, address: str, body: Body, hosts: Hosts) -> bool:
    """Whether a request is one of those meant."""
    parts = urlsplit(address)
    if words.method != method or not fnmatchcase(parts.path, words.path):
        return False
    if words.host:
        if not Hosts("", (words.host,)).ours(address):
            return False
    elif not hosts.ours(address):
        return False
    return _body_matches(words, body)


def _body_matches(words: RequestWords, body: Body) -> bool:
    if words.graphql or words.operations:
        operations = list(body.graphql())
        if words.graphql and (not operations or any(kind != words.graphql for kind, _ in operations)):
            return False
        if words.operations and not _named(words.operations, [name for _, name in operations], body):
            return False
    if words.rpc:
        names = body.rpc()
        if not names or not all(any(fnmatchcase(name, one) for one in words.rpc) for name in names):
            return False
    if words.batch and not body.only_reads_in_batch():
        return False
    return all(any(value == "*" or one == value for one in body.values(name)) for name, value in words.fields.items())


def _named(wanted: tuple[str, ...], names: list[str], body: Body) -> bool:
    """Whether every operation is one of these; a body without a query (a stored one) says only its name."""
    if not names:
        bodies = body.json if isinstance(body.json, list) else [body.json]
        names = [str(one.get("operationName") or "") if isinstance(one, dict) else "" for one in bodies]
    return bool(names) and all(name in wanted for name in names)


def words_for(method: str, address: str, body: Body, hosts: Hosts | None) -> dict[str, object]:
    """What tells a request from others, as data: its method and path, and what its body calls."""
    parts = urlsplit(address)
    given: dict[str, object] = {"method": method, "path": parts.path or "/"}
    if hosts is not None and not hosts.ours(address):
        given["host"] = f"{parts.scheme}://{parts.netloc}"
    operations = list(body.graphql())
    if operations and all(kind == "query" for kind, _ in operations):
        given["graphql"] = "query"
    elif operations:
        given["operations"] = [name for _, name in operations if name]
    elif names := body.rpc():
        given["rpc"] = names
    return given


def line_for(method: str, address: str, body: Body, hosts: Hosts | None) -> str:
    """The words that would name a request, for whoever adds them to the locators."""
    given = words_for(method, address, body, hosts)
    return RequestWords.model_validate(given).said() if given.get("path") != "*" else str(given)
