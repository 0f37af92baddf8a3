"""What stands in the body of a request: fields, operations, our key, and whether two bodies say the same."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

_BOUNDARY = re.compile(r"boundary=\"?([^\";,]+)\"?", re.IGNORECASE)
_BATCH_METHOD = re.compile(rb"^\s*([A-Z]+) \S+ HTTP/1\.[01]\s*$", re.MULTILINE)
_DEEPEST = 40


class Body:
    """One request's body, taken apart when it is asked for.

    Args:
        content_type: its header.
        raw: the bytes, None where there are none.
    """

    def __init__(self, content_type: str, raw: bytes | None) -> None:
        self._type = content_type.lower()
        self._given_type = content_type
        self._raw = raw or b""
        self._json: Any = _NOT_READ

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        if self._json is _NOT_READ:
            try:
                self._json = json.loads(self._raw) if self._raw[:1].strip() or self._raw else None
            except (ValueError, RecursionError):
                self._json = None
        return self._json

    def form(self) -> Iterator[tuple[str, str]]:
        """Names and values of a form's fields; files are left out."""
        if "multipart/form-data" in self._type:
            yield from self._multipart()
        elif "application/x-www-form-urlencoded" in self._type:
            yield from parse_qsl(self._raw.decode("utf-8", "replace"), keep_blank_values=True)

    def _multipart(self) -> Iterator[tuple[str, str]]:
        for head, content in self.parts():
            name = head.get_param("name", header="content-disposition")
            if isinstance(name, str) and not head.get_param("filename", header="content-disposition"):
                yield name, content.removesuffix(b"\r\n").decode("utf-8", "replace")

    def parts(self) -> Iterator[tuple[Any, bytes]]:
        """Headers and content of each part of a body in parts."""
        boundary = _BOUNDARY.search(self._given_type)
        if boundary is None:
            return
        for part in self._raw.split(b"--" + boundary[1].encode())[1:-1]:
            head, gap, content = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
            if gap:
                yield BytesHeaderParser().parsebytes(head), content

    def values(self, where: str) -> list[str]:
        """Texts under a name: of a form's field, or at a path in JSON (`variables.input.reference`)."""
        found = [value for name, value in self.form() if name == where]
        return found or [_as_text(one) for one in at_path(self.json, where)]

    def graphql(self) -> Iterator[tuple[str, str]]:
        """Kind and name of each GraphQL operation that would be run; nothing where it can't be told."""
        bodies = self.json if isinstance(self.json, list) else [self.json]
        for one in bodies:
            yield from _operations(one)

    def rpc(self) -> list[str]:
        """Names of the JSON-RPC methods that would be called; empty where one can't be told."""
        bodies = self.json if isinstance(self.json, list) else [self.json]
        names = []
        for one in bodies:
            name = one.get("method") if isinstance(one, dict) else None
            params = one.get("params") if isinstance(one, dict) else None
            if name == "call" and isinstance(params, dict):
                name = params.get("method")
            if not isinstance(name, str) or not name:
                return []
            names.append(name)
        return names

    def only_reads_in_batch(self) -> bool:
        """Whether this is an OData batch in which every request reads."""
        if isinstance(self.json, dict) and isinstance(self.json.get("requests"), list):
            methods = [str(one.get("method", "")).upper() for one in self.json["requests"] if isinstance(one, dict)]
            return bool(methods) and len(methods) == len(self.json["requests"]) and set(methods) <= {"GET", "HEAD"}
        if "multipart/mixed" not in self._type:
            return False
        verbs = [verb.decode() for verb in _BATCH_METHOD.findall(self._raw)]
        return bool(verbs) and set(verbs) <= {"GET", "HEAD"}

    def carries(self, key: str) -> bool:
        """Whether a text stands somewhere in it, as it is or as JSON, forms and addresses write it."""
        return any(form.encode() in self._raw for form in writings(key))

    def digest(self) -> str:
        """Equal for two bodies that say the same: what parts are divided by doesn't count."""
        raw = self._raw
        boundary = _BOUNDARY.search(self._given_type)
        if boundary is not None:
            raw = raw.replace(boundary[1].encode(), b"boundary")
        return hashlib.sha256(raw).hexdigest()


_NOT_READ: Any = object()


def writings(key: str) -> set[str]:
    """A key as it stands in bodies and addresses."""
    in_json = {json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]}
    return {key, quote(key, safe=""), quote(key), quote_plus(key), quote_plus(key, safe=":"), *in_json}


def carried(key: str, where: str, address: str, body: Body) -> bool:
    """Whether a request carries our key where it shall.

    Args:
        key: Our key.
        where: `any`, `path`, `field:NAME`, `json:PATH`, `query:NAME`, or `none`.
        address: Of the request.
        body: Of the request.
    """
    kind, _, name = where.partition(":")
    parts = urlsplit(address)
    match kind:
        case "none":
            return True
        case "path":
            return key in unquote(parts.path).split("/")
        case "query":
            return (name, key) in parse_qsl(parts.query)
        case "field" | "json":
            return key in body.values(name)
    return body.carries(key) or any(form in address for form in writings(key))


def at_path(value: Any, path: str) -> list[Any]:
    """What stands at a path of names and numbers in JSON; `*` takes each of a list."""
    found = [value]
    for name in path.split(".") if path else []:
        found = [inner for one in found for inner in _inside(one, name)]
    return found


def _inside(value: Any, name: str) -> list[Any]:
    if isinstance(value, Mapping):
        return [value[name]] if name in value else []
    if isinstance(value, list):
        if name == "*":
            return value
        return [value[int(name)]] if name.isdecimal() and int(name) < len(value) else []
    return []


def _operations(one: Any) -> Iterator[tuple[str, str]]:
    query = one.get("query") if isinstance(one, dict) else None
    if not isinstance(query, str):
        return
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse  # few sites speak it

    try:
        document = parse(query, no_location=True)
    except (GraphQLError, RecursionError):
        return
    named = one.get("operationName")
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name.value if node.name else ""
            if named in (None, "", name):
                yield ("query" if node.operation is OperationType.QUERY else node.operation.value), name


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
