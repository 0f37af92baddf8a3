"""What the requests of a walk mean, told by when they left: walks are made here, without a browser."""

import json
from typing import Any

import pytest

from keywords.failures import BusinessError
from keywords.site_folders.learning.meanings import Meanings
from keywords.site_folders.learning.walk import Done, Sent, Walk

pytestmark = pytest.mark.requirement("URS-099")
SITE = "https://lims.example"
DONE = [
    Done("fill", "/", label="User name", value="bot"),
    Done("fill", "/", label="Password", kind="password"),
    Done("press", "/", name="Log in"),
    Done("link", "/", name="New"),
    Done("fill", "/new", label="Ours", value="learn-1"),
    Done("press", "/new", name="Send"),
    Done("link", "/new", name="List"),
    Done("press", "/list", name="Export"),
]
INSIDE, FORM, TYPED, SENT, LIST, PRESSED = 3, 4, 5, 6, 7, 8


def sent(after: int, body: Any, path: str = "/rpc", method: str = "POST", host: str = SITE) -> Sent:
    """A request with a JSON body, after so many things done."""
    return Sent(method, path, json.dumps(body), after, host + path, "application/json")


def call(name: str, **params: str) -> dict[str, Any]:
    """A JSON-RPC call."""
    return {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}


LOG_IN = sent(INSIDE, {"user": "bot"}, "/auth/login")
CREATE = sent(SENT, call("orders.create", ours="learn-1"))


def meanings(*requests: Sent) -> Meanings:
    """What a walk with these requests teaches."""
    return Meanings(Walk(done=list(DONE), sent=list(requests), url=SITE), "learn-1", INSIDE, lambda path: path)


def short(words: dict[str, Any]) -> dict[str, list[Any]]:
    """Classes, with what tells each line."""
    tells = ("rpc", "fields", "graphql", "operations", "host", "path")
    return {kind: [next(line[one] for one in tells if one in line) for line in lines] for kind, lines in words.items()}


def test_each_moment_is_a_class() -> None:
    found = meanings(
        sent(0, {}, "/auth/refresh"),
        LOG_IN,
        sent(INSIDE, call("orders.page")),
        sent(FORM, call("kinds.list")),
        sent(TYPED, {"ours": "learn-1"}, "/draft", "PUT"),
        sent(TYPED, {"seen": "form"}, "/collect", host="https://tracking.example"),
        CREATE,
        sent(LIST, call("orders.page")),
        sent(PRESSED, call("orders.export")),
    ).words()
    assert short(found) == {
        "session": ["/auth/refresh"],
        "read": [["orders.page", "kinds.list"], ["orders.export"]],
        "note": ["https://tracking.example"],
        "draft": ["/draft"],
        "change": [["orders.create"]],
    }
    assert found["change"][0]["key"] == "json:params.ours"
    assert "Export" in found["read"][1]["why"]


def test_a_search_for_the_key_is_not_the_change() -> None:
    found = meanings(LOG_IN, sent(INSIDE, call("orders.page")), CREATE, sent(PRESSED, call("orders.page", q="learn-1")))
    assert short(found.words()) == {"read": [["orders.page"]], "change": [["orders.create"]]}


def test_a_draft_that_leaves_after_the_press_is_still_one() -> None:
    draft = {"ours": "learn-1"}
    late = sent(SENT, draft, "/draft", "PUT")
    found = meanings(LOG_IN, sent(TYPED, draft, "/draft", "PUT"), late, CREATE)
    assert short(found.words()) == {"draft": ["/draft"], "change": [["orders.create"]]}


def test_calls_of_one_address_without_a_method_are_told_apart_by_a_field() -> None:
    found = meanings(
        LOG_IN,
        sent(INSIDE, {"do": "find", "what": "orders"}, "/api"),
        sent(SENT, {"do": "make", "ours": "learn-1"}, "/api"),
        sent(LIST, {"do": "find", "what": "orders"}, "/api"),
    ).words()
    assert found["read"][0]["fields"] == {"do": "find"}
    assert found["change"][0]["fields"] == {"do": "make"}


def test_what_cannot_be_told_apart_is_refused() -> None:
    walked = meanings(LOG_IN, sent(INSIDE, {"a": 1}, "/api"), sent(SENT, {"ours": "learn-1"}, "/api"))
    with pytest.raises(BusinessError, match="can't be told from what only reads at POST /api"):
        walked.words()


def test_graphql_queries_read_and_the_mutation_changes() -> None:
    query = {"query": "query Orders { orders { id } }", "operationName": "Orders"}
    change = {"query": 'mutation Add { add(ours: "learn-1") { id } }', "operationName": "Add"}
    found = meanings(LOG_IN, sent(INSIDE, query, "/graphql"), sent(SENT, change, "/graphql")).words()
    assert short(found) == {"read": ["query"], "change": [["Add"]]}


def test_what_left_with_the_form_alone_is_put_to_a_person() -> None:
    found = meanings(LOG_IN, CREATE, sent(SENT, call("orders.notify")))
    assert short(found.words()) == {"change": [["orders.create"]]}
    assert [one["rpc"] for one in found.unnamed()] == [["orders.notify"]]


@pytest.mark.parametrize("requests", [[LOG_IN], [LOG_IN, CREATE, CREATE]])
def test_the_form_is_sent_once_on_the_walk(requests: list[Sent]) -> None:
    with pytest.raises(BusinessError, match="type it into the field that carries our key, and send the form once"):
        meanings(*requests)
