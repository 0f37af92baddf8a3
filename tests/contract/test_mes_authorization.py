"""Every endpoint that changes something stands in the table of who may call it, and nobody else can."""

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import product

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, SECRET, START, SYSTEM, FakeRules
from test_mes_api_rules import _DOCUMENT

from mes_core.domain.principals import Role
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app
from mes_core.web.authorization import TABLE, Bot, Rule
from mes_core.web.limits import NO_LIMITS

_KINDS = ("nobody", "no role", "bot", *Role)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A MES with an account of each kind and role, and their tokens."""
    with closing(open_store(tmp_path_factory.mktemp("walk") / "store.sqlite")) as store:
        mes = Mes(store, FakeRules(), lambda: START)
        for number, role in enumerate(Role):
            mes.create_person(
                f"p{number}.{role.value}", f"Person {'abcdefgh'[number] * 3}", [role], PASSWORD, actor=SYSTEM
            )
        mes.create_person("without.role", "Nora Norole", [], PASSWORD, actor=SYSTEM)
        mes.create_bot("bot-1", PASSWORD, actor=SYSTEM)
        tokens = {role: mes.login(f"p{number}.{role.value}", PASSWORD).token for number, role in enumerate(Role)}
        tokens |= {"no role": mes.login("without.role", PASSWORD).token, "bot": mes.login("bot-1", PASSWORD).token}
        with TestClient(create_app(mes, limits=NO_LIMITS), raise_server_exceptions=False) as client:
            yield client, tokens


def test_every_endpoint_that_changes_something_is_in_the_table() -> None:
    """A new one without an entry fails here; until then it is refused to everybody."""
    documented = {
        (method.upper(), path)
        for path, operations in _DOCUMENT["paths"].items()
        for method in operations
        if path.startswith("/api/") and method not in ("get", "head")
    }
    assert documented == set(TABLE)


@pytest.mark.requirement("URS-172")
@pytest.mark.parametrize(("method", "path"), sorted(one for one in TABLE if not TABLE[one].open), ids=str)
def test_only_those_in_the_table_pass(web: tuple[TestClient, dict[str, str]], method: str, path: str) -> None:
    """Walked with every kind and role: 401 without log-in, 403 for those whom the table does not name, else neither."""
    client, tokens = web
    rule = TABLE[method, path]
    for kind, lease in product(_KINDS, ("", f"W-none 1 {SECRET}")):
        headers = {"Authorization": f"Bearer {tokens[kind]}"} if kind in tokens else {}
        headers |= {"Batchwright-Lease": lease} if lease else {}
        answer = client.request(method, re.sub(r"\{[^}]+\}", "X1", path), json={}, headers=headers)
        assert answer.status_code < 500, answer.text
        if kind == "nobody":
            assert answer.status_code == 401
        elif not _may(rule, kind, bool(lease)):
            assert answer.status_code == 403, f"{kind} {lease}: {answer.text}"
        elif kind == "bot" and rule.bot is Bot.UNDER_LEASE:
            assert answer.status_code == 404, "the lease names no item"
        else:
            assert answer.status_code not in (401, 403), f"{kind}: {answer.text}"


@pytest.mark.requirement("URS-172")
def test_what_is_open_is_the_way_in_and_out_and_nothing_else() -> None:
    """These check on their own, and have tests of their own: `test_mes_accounts`."""
    assert {path for _, path in TABLE if TABLE["POST", path].open} == {"/api/login", "/api/logout", "/api/password"}


def _may(rule: Rule, kind: str, leased: bool) -> bool:
    if kind == "bot":
        return rule.bot is Bot.FREELY or (rule.bot is Bot.UNDER_LEASE and leased)
    return kind in rule.roles


def test_an_endpoint_in_no_table_is_nobody_s(
    web: tuple[TestClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate fails closed."""
    client, tokens = web
    monkeypatch.delitem(TABLE, ("POST", "/api/batches"))
    answer = client.post("/api/batches", json={}, headers={"Authorization": f"Bearer {tokens[Role.QUALIFIED_PERSON]}"})
    assert answer.status_code == 403
    assert "in no table" in answer.json()["detail"]
