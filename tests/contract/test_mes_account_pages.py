"""The page of accounts: what administrators do there, what nobody does for themselves, and who is told."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, SYSTEM, Plant, record

from mes_core.domain.errors import Forbidden, Invalid, Unauthenticated
from mes_core.domain.principals import Role
from mes_core.messages import accounts as m
from mes_core.web import create_app

_OTHER = "quite another long password"
Console = Callable[..., Any]


def _console(plant: Plant, user: str = "admin.one") -> tuple[TestClient, Console]:
    """A browser in which somebody is logged in, and what sends a form of its pages."""
    web = TestClient(create_app(plant.mes), follow_redirects=False)
    assert web.post("/login", data={"user": user, "password": PASSWORD}).status_code == 303
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', web.get("/").text)
    assert token is not None

    def send(action: str, **fields: Any) -> Any:
        body = {"reason": "As asked by quality.", "password": PASSWORD, **fields}
        return web.post(f"/accounts/{action}", data={"form_token": token[1], **body})

    return web, send


def _shown(page: str) -> str:
    """The password that a page shows once."""
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None, page
    return found[1]


@pytest.mark.requirement("URS-240")
def test_a_person_is_made_and_nobody_else_knows_the_password_that_they_sign_with(plant: Plant) -> None:
    """It is shown once, opens nothing until its owner has changed it, and stands in no list and no trail."""
    web, send = _console(plant)
    made = send("new", kind="person", user="pia.person", printed_name="Pia Person", role=["reviewer", "operator"])
    assert made.status_code == 200
    password = _shown(made.text)
    assert password not in web.get("/accounts").text
    assert password not in str(plant.dump())
    with pytest.raises(Unauthenticated, match="is to be changed first"):
        plant.mes.login("pia.person", password)
    changed = {"user": "pia.person", "password": password, "new_password": _OTHER}
    assert "not typed the same" in web.post("/password", data={**changed, "again": "something else"}).text
    assert web.post("/password", data={**changed, "again": _OTHER}).headers["location"] == "/login"
    assert set(plant.mes.login("pia.person", _OTHER).principal.roles) == {"reviewer", "operator"}
    with plant.store.read() as work:
        (row,) = work.find("audit", batch_id="system:users", subject="pia.person", action="account made")
    assert (row["user"], row["why"]) == ("admin.one", "As asked by quality.")
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-240")
def test_a_bot_is_made_and_given_another_password(plant: Plant) -> None:
    """It has neither name nor roles, and works at once."""
    _, send = _console(plant)
    first = _shown(send("new", kind="bot", user="bot.nine").text)
    assert plant.mes.login("bot.nine", first).principal.kind == "bot"
    second = _shown(send("reset", user="bot.nine").text)
    assert second != first
    with pytest.raises(Unauthenticated):
        plant.mes.login("bot.nine", first)
    plant.mes.login("bot.nine", second)
    assert send("new", kind="bot", user="bot.ten", role=["reviewer"]).status_code == 422
    assert send("new", kind="person", user="no.role", printed_name="Nora Role").status_code == 422
    assert send("new", kind="robot", user="bot.ten").status_code == 422
    assert send("roles", user="bot.nine", role=["qualified_person"]).status_code == 422


@pytest.mark.requirement("URS-240")
def test_roles_and_use_are_changed_and_sessions_end(plant: Plant) -> None:
    """Each is signed, and each ends what the account had open."""
    web, send = _console(plant)
    token = plant.mes.login("reviewer", PASSWORD).token
    assert send("sessions", user="reviewer").headers["location"] == "/accounts"
    with pytest.raises(Unauthenticated):
        plant.mes.authenticate(token)
    assert send("roles", user="reviewer", role=["operator"]).status_code == 303
    assert plant.mes.login("reviewer", PASSWORD).principal.roles == ("operator",)
    assert send("state", user="reviewer", disabled="yes").status_code == 303
    assert "disabled" in web.get("/accounts").text
    with pytest.raises(Unauthenticated):
        plant.mes.login("reviewer", PASSWORD)
    assert send("state", user="reviewer", disabled="no").status_code == 303
    plant.mes.login("reviewer", PASSWORD)
    assert send("state", user="reviewer", disabled="perhaps").status_code == 422
    assert send("roles", user="reviewer", role=["king"]).status_code == 422
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-240")
def test_nobody_does_for_themselves_what_others_do_for_them(plant: Plant) -> None:
    """Neither the account that is logged in, nor a second one of its person; not unsigned; not as another role."""
    _, send = _console(plant)
    before = plant.dump()
    for action, fields in (
        ("roles", {"user": "admin.one", "role": ["administrator", "qualified_person"]}),
        ("reset", {"user": "admin.one"}),
        ("new", {**_qp("ada.two"), "same_person_as": "admin.one"}),
        ("new", {**_qp("wanda.one"), "password": "not the password"}),
        ("roles", {"user": "operator", "role": ["qualified_person"], "password": "not the password"}),
        ("roles", {"user": "operator", "role": ["qualified_person"], "form_token": "0" * 64}),
    ):
        assert send(action, **fields).status_code == 403, (action, fields)
    assert _rows(plant.dump()) == _rows(before)
    for user in ("qp", "quality"):
        other, send_other = _console(plant, user)
        assert other.get("/accounts").status_code == 403
        assert "/accounts" not in other.get("/").text
        for action, fields in (("new", _qp("wanda.one")), ("roles", {"user": "operator", "role": ["reviewer"]})):
            assert send_other(action, **fields).status_code == 403
    assert {one["user"] for one in plant.dump()["accounts"]} == {one["user"] for one in before["accounts"]}


def _qp(user: str) -> dict[str, Any]:
    return {"kind": "person", "user": user, "printed_name": "Ada Keeper", "role": ["qualified_person"]}


def _rows(everything: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {name: rows for name, rows in everything.items() if name in ("accounts", "signatures", "batches")}


@pytest.mark.requirement("URS-049")
def test_administrators_and_qualified_persons_read_of_a_new_qualified_person(plant: Plant) -> None:
    """At once, on the page of what is due, without anybody having to run a tick; and of other roles nobody is told."""
    plant.mes.submit_batch(record(), plant.bot)
    _, send = _console(plant)
    assert send("new", kind="person", user="olga.op", printed_name="Olga Op", role=["operator"]).status_code == 200
    assert plant.mes.due_notices() == ()
    made = send("new", kind="person", user="wanda.one", printed_name="Wanda One", role=["qualified_person"])
    assert made.status_code == 200
    told = plant.mes.due_notices()
    assert {one.to_role for one in told} == {"administrator", "qualified_person"}
    assert all("'wanda.one' of Wanda One was given the role qualified person by admin.one" in one.text for one in told)
    mine, _ = _console(plant, "qp")
    assert "Wanda One was given the role qualified person by admin.one" in mine.get("/due?mine=true").text
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-172")
def test_the_security_officer_looks_and_ends_sessions_and_no_more(plant: Plant) -> None:
    """Whoever looks after misuse can stop it, and gives nobody anything."""
    plant.mes.create_person("officer", "Olga Security", [Role.SECURITY_OFFICER], PASSWORD, actor=SYSTEM)
    web, send = _console(plant, "officer")
    page = web.get("/accounts").text
    assert "Sign and end all sessions" in page
    assert "Sign the roles" not in page
    token = plant.mes.login("qp", PASSWORD).token
    assert send("sessions", user="qp").status_code == 303
    with pytest.raises(Unauthenticated):
        plant.mes.authenticate(token)
    assert send("roles", user="operator", role=["reviewer"]).status_code == 403
    assert send("reset", user="operator").status_code == 403


@pytest.mark.requirement("URS-240")
def test_accounts_are_made_over_the_api(plant: Plant) -> None:
    """The same, signed; not by a bot and not by who is no administrator."""
    body = {"user": "pia.person", "kind": "person", "printed_name": "Pia Person", "roles": ["reviewer"]}
    body |= {"new_password": _OTHER, "reason": "New here.", "password": PASSWORD}
    with TestClient(create_app(plant.mes)) as web:

        def post(user: str) -> int:
            bearer = {"Authorization": f"Bearer {plant.mes.login(user, PASSWORD).token}"}
            return web.post("/api/accounts", json=body, headers=bearer).status_code

        assert [post(user) for user in ("qp", "bot-1", "admin.one", "admin.one")] == [403, 403, 201, 409]
    new = m.NewAccount.model_validate({**body, "user": "bot.ten", "kind": "bot"})
    with pytest.raises(Invalid, match="has neither"):
        plant.mes.make_account(new, plant.admin)
    with pytest.raises(Forbidden, match="bot cannot make accounts"):
        plant.mes.make_account(new, plant.bot)
