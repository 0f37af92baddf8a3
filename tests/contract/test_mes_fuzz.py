"""Requests that are wrong in every way a sender could think of: each is answered, none with 5xx, and others go on.

Every endpoint of the OpenAPI document and every form of the console, on both kinds of store. A body begins as one that
fits its description; then something in it becomes what breaks programs.
"""

import json
import os
import random
import re
import traceback
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from fuzzed_things import held_again, shared_things, things
from mes_support import PASSWORD, SYSTEM, Plant

from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.messages.effects import LEASE_HEADER
from mes_core.web import create_app
from mes_core.web.console import account_pages, due_pages, filing_pages, pages, plant_pages, prediction_pages
from mes_core.web.limits import NO_LIMITS

_MOST = 25_000 if os.environ.get("BATCHWRIGHT_SOAK") else 900
EVERYBODY = PersonPrincipal("all", "All Roles", frozenset(Role))
_DOCUMENT = create_app(None).openapi()  # type: ignore[arg-type]  # only described, never asked
_NASTY: tuple[Any, ...] = (
    *("\0", "a\0b", "\ud800", "x\udfff", "é" * 300, "x" * 201, "x" * 30_000, "", " ", "\u202e", "ﬀ", "0" * 5000),
    *("1e400", "NaN", "-0", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
    *("12345678901234567890", "2026-02-30", "1:30:00", "../../etc/passwd", "%00", "'; DROP TABLE audit; --", "B1\n"),
    *(2**31, 2**63, -(2**63) - 1, 10**400, 0, -1, 1.5, 1e308, -1e-320, True, None, [], {}, [[]], {"": ""}),
    *({"due_at": "soon"}, {"due_at": "0001-01-01T00:00:00+14:00"}, {"due_at": 5}, {"\0": 1}, {"a": "\ud800"}),
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    *((b"authorization", one) for one in (b"Bearer \xe9\xff", b"Bearer", b"Basic \x80", b"Bearer " + b"x" * 5000)),
    *((b"idempotency-key", one) for one in (b"\xff", b"k" * 201, b"", b"k1")),
    *((b"batchwright-lease", one) for one in (b"\xff 1 s", b"W 99999999999999999999 s", b"W 1 \xe9", b" ")),
    *((b"if-match", one) for one in (b"\xff", b'"' + b"0" * 64 + b'"', b"W/,,,")),
    *((b"content-type", one) for one in (b"text/plain", b"multipart/form-data; boundary=\xff", b"application/json;")),
    (b"cookie", b"batchwright_session=\xff\xfe; __Host-batchwright_session=x"),
)


def _encoded(body: Any) -> bytes:
    """As JSON; a text that asks for depth becomes so many lists and objects in each other, too deep for any encoder."""
    return re.sub(
        r'"@deep (\d+)"', lambda match: '[{"a":' * int(match[1]) + "1" + "}]" * int(match[1]), json.dumps(body)
    ).encode()


class Sender:
    """Makes requests: the same seed makes the same ones."""

    def __init__(self, seed: int, there: dict[str, str]) -> None:
        self.random = random.Random(seed)
        self.there = there

    def value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """A value that fits a schema, more or less."""
        if "$ref" in schema:
            return self.value(_DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
        for among in ("anyOf", "oneOf"):
            if among in schema:
                return self.value(self.random.choice(schema[among]), depth)
        if "enum" in schema or "const" in schema:
            return self.random.choice(schema.get("enum") or [schema["const"]])
        return self._of_kind(schema, depth)

    def _of_kind(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            needed = set(schema.get("required", ()))
            chosen = {
                n: s for n, s in schema.get("properties", {}).items() if n in needed or self.random.random() < 0.4
            }
            return {name: self._named(name, inner, depth) for name, inner in chosen.items()}
        if kind == "array":
            inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
            least = schema.get("minItems", 0)
            return [
                self.value(inner, depth + 1) for _ in range(max(least, 0 if depth > 3 else self.random.randint(0, 2)))
            ]
        simple = {"integer": schema.get("minimum", 1), "number": 1.5, "boolean": True, "null": None}
        if kind in simple:
            return simple[kind]
        if kind == "string":
            return self._text(schema)
        return {"any": 1}

    def _named(self, name: str, schema: dict[str, Any], depth: int) -> Any:
        known = {"password": PASSWORD, "user": "qp", **self.there}
        return known[name] if name in known and self.random.random() < 0.8 else self.value(schema, depth + 1)

    def _text(self, schema: dict[str, Any]) -> str:
        if schema.get("format") == "date-time":
            return "2026-03-01T08:00:00Z"
        if schema.get("format") == "date":
            return "2026-03-01"
        pattern = schema.get("pattern", "")
        if "{64}" in pattern:
            return "0" * 64
        listed = re.fullmatch(r"\^\(([^)]*)\)\$", pattern)
        return listed[1].split("|")[0] if listed else "abc"

    def spoiled(self, value: Any) -> Any:
        """The value with one thing in it that does not belong there."""
        if self.random.random() < 0.05:
            return f"@deep {self.random.choice((15, 200, 450, 20_000))}"
        if isinstance(value, dict) and value and self.random.random() < 0.95:
            name = self.random.choice(sorted(value))
            return {**value, name: self.spoiled(value[name])}
        if isinstance(value, list) and value and self.random.random() < 0.8:
            return [self.spoiled(value[0]), *value[1:]]
        return self.random.choice(_NASTY)

    def address(self, path: str) -> str:
        """The path with names of things that are there, or of nothing that could be."""

        def filled(match: re.Match[str]) -> str:
            if self.random.random() < 0.7:
                return quote(self.there.get(match[1].partition(":")[0], "B1"), safe="")
            bad = self.random.choice(("\0", "é", "x" * 5000, "%", "..", "\u202e", "B1."))
            return quote(bad, safe="")

        return re.sub(r"\{([^}]*)\}", filled, path)

    def query(self, operation: dict[str, Any]) -> dict[str, str]:
        """Values for some of the parameters."""
        sent = {}
        for one in operation.get("parameters", ()):
            if one["in"] == "query" and (one.get("required") or self.random.random() < 0.5):
                fits = self.value(one["schema"])
                value = fits if self.random.random() < 0.5 else self.random.choice(_NASTY)
                sent[one["name"]] = str(value).encode(errors="replace").decode()[:3000]
        return sent


@pytest.fixture
def fuzzed(plant: Plant) -> tuple[TestClient, dict[str, str], list[str]]:
    """A client, what the store holds by the names of parameters, and tokens of a person and a bot."""
    mes, roles = plant.mes, [role.value for role in Role]
    mes.create_person("all", "All Roles", roles, PASSWORD, actor=SYSTEM)
    there = {**shared_things(plant, EVERYBODY), **things(plant, "B1", EVERYBODY)}
    client = TestClient(create_app(mes, limits=NO_LIMITS), raise_server_exceptions=False, follow_redirects=False)
    return client, there, [mes.login(user, PASSWORD).token for user in ("all", "bot-1")]


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in _DOCUMENT["paths"].items():
        for method, said in methods.items():
            if path != "/api/logout":
                yield path, method, said


@pytest.mark.requirement("URS-066")
def test_no_request_is_answered_with_a_mishap(
    fuzzed: tuple[TestClient, dict[str, str], list[str]],
    plant: Plant,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor keeps a list, a claim, a review or a tick from answering afterwards."""
    client, there, tokens = fuzzed
    sender, operations = Sender(20, there), list(_operations())
    sent: Counter[int] = Counter()
    wrong: dict[tuple[str, str], str] = {}
    for number in range(_MOST):
        if number % 100 == 99:  # wrong passwords are among them: what they bring about passes
            plant.later(minutes=16)
            held_again(plant, there)
        if number % 1000 == 999:  # what was asked for has an end: requests are about another batch
            there |= things(plant, f"F{number}", EVERYBODY)
        if number % 1500 == 1499:
            tokens = [plant.mes.login(user, PASSWORD).token for user in ("all", "bot-1")]
        path, method, said = operations[number % len(operations)]
        body_schema = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = None
        if body_schema is not None:
            body = sender.value(body_schema)
            body = sender.spoiled(body) if sender.random.random() < 0.8 else body
        headers = [(b"authorization", f"Bearer {sender.random.choice(tokens)}".encode())]
        if sender.random.random() < 0.9:
            headers.append((LEASE_HEADER.lower().encode(), there["lease"].encode()))
        if sender.random.random() < 0.15:
            name, value = sender.random.choice(_HEADERS)
            headers = [one for one in headers if one[0] != name] + [(name, value)]
        content = None if body is None else _encoded(body)
        if content is not None and not any(name == b"content-type" for name, _ in headers):
            headers.append((b"content-type", b"application/json"))
        address, query = sender.address(path), sender.query(said)
        answer = client.request(method, address, content=content, headers=headers, params=query)
        sent[answer.status_code] += 1
        if answer.status_code >= 500:
            told = (
                f"request {number}: {answer.status_code} {address[:99]} {query} {str(body)[:300]} {answer.text[:300]}"
            )
            wrong.setdefault((method, path), f"{told}\n{_mishap(caplog)}")
        caplog.clear()
    with capsys.disabled():
        print(f"\n{sum(sent.values())} spoiled requests: {dict(sorted(sent.items()))}")  # noqa: T201
    assert not wrong, "\n\n".join(f"{method} {path}, {what}" for (method, path), what in wrong.items())
    _everybody_goes_on(client, there, tokens)


def _mishap(caplog: pytest.LogCaptureFixture) -> str:
    """The end of the newest traceback in the log: where a request stumbled."""
    raised = [one.exc_info[1] for one in caplog.records if one.exc_info and one.exc_info[1]]
    return "".join(traceback.format_exception(raised[-1])[-4:]) if raised else "Nothing stands in the log."


def _everybody_goes_on(client: TestClient, there: dict[str, str], tokens: list[str]) -> None:
    """Every list and page can still be read, and the bots' requests are taken."""
    for path, method, _ in _operations():
        if method == "get" and path not in ("/api/genealogy", "/api/shadow-comparison") and "model_id" not in path:
            address = re.sub(r"\{([^}]*)\}", lambda match: there.get(match[1], "B1"), path)
            jobs = {"jobs": ["abc"]} if path.endswith(("next-start", "bell")) else None
            answer = client.get(address, headers={"Authorization": f"Bearer {tokens[0]}"}, params=jobs)
            assert answer.status_code in (200, 404, 409), (path, answer.text)
    for path, body, who in (
        ("/api/ticks", None, 1),
        ("/api/batches/B1/reviews", {}, 0),
        ("/api/work-items/claim", {"worker": "w", "secret": "s" * 30, "jobs": ["batch_record_review", "abc"]}, 1),
    ):
        answer = client.post(path, json=body, headers={"Authorization": f"Bearer {tokens[who]}"})
        assert answer.status_code in (200, 201, 204, 409), (path, answer.text)


@pytest.mark.requirement("URS-066")
def test_no_form_of_the_console_is_answered_with_a_mishap(
    fuzzed: tuple[TestClient, dict[str, str], list[str]], plant: Plant
) -> None:
    """Whatever a browser, or something that says it is one, puts into the fields."""
    client, there, _ = fuzzed
    sender = Sender(21, there)
    client.post("/login", data={"user": "all", "password": PASSWORD})
    page = client.get("/batches/B1").text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert token is not None
    forms = [
        (route.path, sorted({one.name for one in _fields(route)}))  # type: ignore[attr-defined]
        for rooms in (account_pages, filing_pages, pages, due_pages, plant_pages, prediction_pages)
        for route in rooms.router.routes
        if "POST" in route.methods and route.path not in ("/login", "/logout")  # type: ignore[attr-defined]
    ]
    assert len(forms) > 10
    for number in range(_MOST // 2):
        path, names = forms[number % len(forms)]
        data = {name: there.get(name, PASSWORD if name == "password" else "abc") for name in names}
        data["form_token"] = token[1] if sender.random.random() < 0.9 else "é"
        for name in sender.random.sample(names, min(2, len(names))):
            data[name] = str(sender.random.choice(_NASTY)).encode(errors="replace").decode()
        answer = client.post(sender.address(path), data=data)
        assert answer.status_code < 500, (path, data, answer.text)
    for path in ("/", "/batches/B1", "/work", "/due", "/register", "/accounts", "/genealogy?kind=lot&key=%00"):
        assert client.get(path).status_code in (200, 404, 422), path


def _fields(route: Any) -> list[Any]:
    found, left = [], [route.dependant]
    while left:
        dependant = left.pop()
        found += dependant.body_params
        left += dependant.dependencies
    return found


@pytest.mark.requirement("URS-066")
def test_a_mishap_has_a_number_to_quote(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer and the log have it; the answer tells nothing of the inside, the log nothing of what was sent."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the inside")

    token = plant.mes.login("qp", PASSWORD).token
    monkeypatch.setattr(plant.mes, "list_batches", broken)
    monkeypatch.setattr(plant.mes, "board", broken)
    client = TestClient(create_app(plant.mes), raise_server_exceptions=False)
    for path, headers in (("/api/batches?state=ready", {"Authorization": f"Bearer {token}"}), ("/", {})):
        client.cookies.set("batchwright_session", plant.mes.login("qp", PASSWORD, "console http://testserver").token)
        caplog.clear()
        answer = client.get(path, headers=headers)
        number = re.search(r"number ([0-9A-Z]{8})", answer.text)
        assert (answer.status_code, bool(number)) == (500, True)
        assert number is not None
        assert "the inside" not in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert number[1] in caplog.text
        assert "state=ready" not in caplog.messages[0]
        assert any(one.exc_info for one in caplog.records)
    assert client.get("/api/health").status_code == 200
