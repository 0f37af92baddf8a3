"""Accounts in the hands of administrators: changed at once, told to others, and nobody helps themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, SYSTEM, Plant, record
from typer.testing import CliRunner

from batchwright.cli import app
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.messages import accounts as m
from mes_core.messages import views as v
from mes_core.messages.causes import HandDue
from mes_core.web import create_app

_OTHER = "quite another long password"


def _change(plant: Plant, user: str, actor: Any = None, **more: Any) -> m.AccountView:
    body = m.ChangeAccount.model_validate({"reason": "She left.", "password": PASSWORD, **more})
    return plant.mes.change_account(user, body, actor or plant.admin)


def _told(plant: Plant) -> list[str]:
    return [one.text for one in plant.mes.due_items() if one.kind == "misuse"]


@pytest.mark.requirement("URS-240")
def test_a_disabled_account_is_nobodys_at_once(plant: Plant) -> None:
    """Neither an open session nor a log-in nor a signature; enabled, it is as before."""
    verdict = plant.reviewed()
    token = plant.mes.login("qp", PASSWORD).token
    assert _change(plant, "qp", disabled=True).disabled_at is not None
    with pytest.raises(Unauthenticated, match="session is over"):
        plant.mes.authenticate(token)
    with pytest.raises(Unauthenticated, match=r"^User name or password is wrong\.$"):
        plant.mes.login("qp", PASSWORD)
    with pytest.raises(Forbidden):
        plant.sign(verdict)
    with pytest.raises(Conflict, match="is so already"):
        _change(plant, "qp", disabled=True)
    _change(plant, "qp", disabled=False)
    plant.mes.login("qp", PASSWORD)
    plant.sign(verdict)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-240")
def test_a_reset_password_is_changed_before_anything_else(plant: Plant) -> None:
    """The one who reset it knows it: it logs nobody in and signs nothing."""
    verdict = plant.reviewed()
    token = plant.mes.login("qp", PASSWORD).token
    reset = m.ResetPassword(new_password=_OTHER, reason="Forgotten.", password=PASSWORD)
    plant.mes.reset_password("qp", reset, plant.admin)
    with pytest.raises(Unauthenticated):
        plant.mes.authenticate(token)
    with pytest.raises(Unauthenticated, match="is to be changed first"):
        plant.mes.login("qp", _OTHER)
    with pytest.raises(Forbidden, match="is to be changed first"):
        plant.sign(verdict, password=_OTHER)
    plant.mes.change_password(v.NewPassword(user="qp", password=_OTHER, new_password=PASSWORD))
    plant.mes.login("qp", PASSWORD)
    plant.mes.reset_password("bot-1", reset, plant.admin)
    plant.mes.login("bot-1", _OTHER)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-240")
def test_sessions_are_ended_by_others(plant: Plant) -> None:
    """All of them, also what made a browser known."""
    tokens = [plant.mes.login("qp", PASSWORD).token for _ in range(2)]
    device = plant.mes.known_device(tokens[0])
    plant.mes.end_sessions("qp", m.EndSessions(reason="Lost laptop.", password=PASSWORD), plant.admin)
    for token in tokens:
        with pytest.raises(Unauthenticated):
            plant.mes.authenticate(token)
    assert all(one.sessions == 0 for one in plant.mes.accounts(plant.admin) if one.user == "qp")
    with plant.store.read() as work:
        assert not work.find("sessions", user="qp")
    assert device


@pytest.mark.requirement("URS-049")
def test_who_comes_to_sign_is_told_of_to_others(plant: Plant) -> None:
    """By an account of their own or by another role; audited, due, and not ended by the one it is about."""
    officer = plant.mes.create_person("officer", "Olga Security", [Role.SECURITY_OFFICER], PASSWORD, actor=SYSTEM)
    plant.mes.submit_batch(record(), plant.bot)
    assert _told(plant) == []
    _change(plant, "operator", roles=("operator", "qualified_person"))
    (told,) = _told(plant)
    assert "operator" in told
    assert "was given the role qualified person by admin.one" in told
    plant.mes.create_person("late.one", "Lena Late", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    assert len(_told(plant)) == 2
    due_id = next(one.due_id for one in plant.mes.due_items() if one.kind == "misuse" and "'operator'" in one.text)
    done = {"note": "Asked quality: it is right.", "password": PASSWORD}
    with pytest.raises(Forbidden, match="made or changed the account 'operator'"):
        plant.mes.finish_due(due_id, _done(done), plant.admin)
    taken = HandDue(to="officer", text="I look into it.", seen=None)
    assert plant.mes.hand_due(due_id, taken, officer).owner == "officer"
    plant.mes.create_person("admin.friend", "Bea Friend", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM)
    away = HandDue(to="admin.friend", text="Rather you.", seen="officer")
    with pytest.raises(Forbidden, match="made or changed the account 'operator'"):
        plant.mes.hand_due(due_id, away, plant.admin)
    second = plant.mes.create_person(
        "admin.two", "Ada Keeper", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM, same_person_as="admin.one"
    )
    with pytest.raises(Forbidden, match="made or changed the account 'operator'"):
        plant.mes.finish_due(due_id, _done(done), second)
    assert plant.mes.finish_due(due_id, _done(done), officer).state == "done"
    changed = [row for row in plant.dump()["audit"] if row["action"] == "account changed"]
    assert json.loads(changed[0]["new"])["roles"] == ["operator", "qualified_person"]


def _done(body: dict[str, str]) -> Any:
    from mes_core.messages.conditional import DueDone

    return DueDone.model_validate(body)


@pytest.mark.requirement("URS-049")
def test_a_password_that_another_knows_and_an_account_that_is_enabled_are_told_of(plant: Plant) -> None:
    """Whoever resets the password of a qualified person could sign with it; so others hear of it at once."""
    reset = {"new_password": "known to the administrator 7", "reason": "Forgotten.", "password": PASSWORD}
    plant.mes.reset_password("qp", m.ResetPassword.model_validate(reset), plant.admin)
    (told,) = _told(plant)
    assert "had its password reset, with the role qualified person by admin.one" in told
    _change(plant, "reviewer", disabled=True)
    assert len(_told(plant)) == 1
    _change(plant, "reviewer", disabled=False)
    assert any("was enabled with the role reviewer by admin.one" in one for one in _told(plant))
    _change(plant, "operator", roles=("operator", "security_officer"))
    assert any("was given the role security officer" in one for one in _told(plant))


@pytest.mark.requirement("URS-240")
def test_nobody_grants_themselves_anything(plant: Plant) -> None:
    """Not by their own account, nor by another of the same person, nor as one who is no administrator."""
    second = plant.mes.create_person(
        "admin.two", "Ada Keeper", [Role.OPERATOR], PASSWORD, actor=SYSTEM, same_person_as="admin.one"
    )
    for user in ("admin.one", second.user):
        with pytest.raises(Forbidden, match="of their own"):
            _change(plant, user, roles=("administrator", "qualified_person"))
        reset = m.ResetPassword(new_password=_OTHER, reason="Mine.", password=PASSWORD)
        with pytest.raises(Forbidden, match="of their own"):
            plant.mes.reset_password(user, reset, plant.admin)
    with pytest.raises(Forbidden, match="for themselves"):
        plant.mes.create_person(
            "third", "Ada Keeper", [Role.QUALIFIED_PERSON], PASSWORD, actor=plant.admin, same_person_as="admin.one"
        )
    for actor in (plant.qp, plant.bot):
        with pytest.raises(Forbidden):
            _change(plant, "operator", actor, disabled=True)
    with pytest.raises(Forbidden, match="password is not"):
        _change(plant, "operator", disabled=True, password="not it")
    with pytest.raises(Invalid, match="has no roles"):
        _change(plant, "bot-1", roles=("qualified_person",))
    with pytest.raises(Invalid, match="no role 'king'"):
        _change(plant, "operator", roles=("king",))
    with pytest.raises(NotFound):
        _change(plant, "nobody.here", disabled=True)


@pytest.mark.requirement("URS-240")
def test_accounts_over_the_api(plant: Plant) -> None:
    """For administrators; what is shown holds no hash."""
    with TestClient(create_app(plant.mes)) as web:
        bearer = {"Authorization": f"Bearer {plant.mes.login('admin.one', PASSWORD).token}"}
        listed = web.get("/api/accounts", headers=bearer)
        assert "argon2" not in listed.text
        assert {one["user"] for one in listed.json()["items"]} >= {"qp", "bot-1", "admin.one"}
        body = {"disabled": True, "reason": "She left.", "password": PASSWORD}
        assert web.post("/api/accounts/qp/changes", json=body, headers=bearer).json()["disabled_at"]
        other = {"Authorization": f"Bearer {plant.mes.login('reviewer', PASSWORD).token}"}
        assert web.get("/api/accounts", headers=other).status_code == 403
        assert web.post("/api/accounts/operator/changes", json=body, headers=other).status_code == 403


def test_accounts_at_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot's account too; the password is shown once, and a person changes one that was reset."""
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("BATCHWRIGHT_STORE", raising=False)

    def run(*arguments: str) -> Any:
        ended = CliRunner().invoke(app, ["user", *arguments, "--format", "json"])
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)

    made = run("add", "bot.one", "--bot")
    assert (made["kind"], len(made["password"]) >= 15) == ("bot", True)
    run("add", "pia.person", "--name", "Pia Person", "--role", "reviewer")
    assert run("change", "pia.person", "--reason", "New task.", "--role", "qualified_person")["roles"] == [
        "qualified_person"
    ]
    assert run("change", "pia.person", "--reason", "She left.", "--disable")["disabled_at"]
    assert run("reset", "bot.one", "--reason", "Rotation.")["password"] != made["password"]
    run("end-sessions", "bot.one", "--reason", "Rotation.")
    assert {one["user"] for one in run("list")["accounts"]} == {"bot.one", "pia.person"}
    for wrong in (["add", "x.y", "--bot", "--role", "reviewer"], ["add", "x.y"]):
        assert CliRunner().invoke(app, ["user", *wrong]).exit_code != 0


def test_a_principal_is_told_by_its_type(plant: Plant) -> None:
    """A qualified person's account is no worker, whatever it says."""
    plant.mes.submit_batch(record(), plant.bot)
    claim = {"worker": "w", "secret": "s" * 30, "jobs": ("batch_record_review",)}
    qp = PersonPrincipal("qp", "Qp Person", frozenset({Role.QUALIFIED_PERSON}))
    with pytest.raises(Forbidden, match="claimed by bots"):
        plant.mes.claim(v.ClaimRequest.model_validate(claim), qp)
