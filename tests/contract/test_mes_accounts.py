"""Accounts: log-in, lock-out, and what a password protects."""

import pytest
from mes_support import PASSWORD, SYSTEM, Plant

from mes_core.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated
from mes_core.domain.principals import BotPrincipal, PersonPrincipal, Role


def test_a_person_and_a_bot_log_in_as_different_kinds(plant: Plant) -> None:
    """The type says who signs and who can't."""
    person = plant.mes.authenticate(plant.mes.login("qp", PASSWORD).token)
    bot = plant.mes.authenticate(plant.mes.login("bot-1", PASSWORD).token)
    assert person == PersonPrincipal("qp", "Qp Person", frozenset({Role.QUALIFIED_PERSON}))
    assert bot == BotPrincipal("bot-1")


def test_a_session_of_a_person_ends_after_twelve_hours(plant: Plant) -> None:
    """That of a bot after eight."""
    person, bot = (plant.mes.login(user, PASSWORD).token for user in ("qp", "bot-1"))
    plant.later(hours=8)
    assert plant.mes.authenticate(person)
    with pytest.raises(Unauthenticated, match="log in again"):
        plant.mes.authenticate(bot)
    plant.later(hours=4)
    with pytest.raises(Unauthenticated, match="log in again"):
        plant.mes.authenticate(person)


@pytest.mark.parametrize(("user", "password"), [("qp", "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_wrong_log_ins_are_told_the_same(plant: Plant, user: str, password: str) -> None:
    """Nothing says whether the user or the password was wrong."""
    with pytest.raises(Unauthenticated, match=r"^User name or password is wrong\.$"):
        plant.mes.login(user, password)


def test_five_wrong_passwords_lock_for_fifteen_minutes(plant: Plant) -> None:
    """Also for the right password, and the locking leaves a trace."""
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            plant.mes.login("qp", "wrong password")
    with pytest.raises(Unauthenticated, match="locked"):
        plant.mes.login("qp", PASSWORD)
    plant.later(minutes=15, seconds=1)
    assert plant.mes.login("qp", PASSWORD)
    assert any(row["action"] == "account locked" and row["subject"] == "qp" for row in plant.dump()["audit"])


def test_a_right_password_forgets_the_wrong_ones(plant: Plant) -> None:
    """Four typing errors a day lock nobody out."""
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Unauthenticated):
                plant.mes.login("qp", "wrong password")
        plant.mes.login("qp", PASSWORD)


def test_neither_passwords_nor_tokens_are_stored(plant: Plant) -> None:
    """Only what can't be turned back."""
    token = plant.mes.login("qp", PASSWORD).token
    stored = repr(plant.dump())
    assert PASSWORD not in stored
    assert token not in stored
    assert all(row["password_hash"].startswith("$argon2id$") for row in plant.dump()["accounts"])


def test_a_made_up_token_is_nobodys(plant: Plant) -> None:
    """Nor is a stored hash a token."""
    plant.mes.login("qp", PASSWORD)
    for token in ("", "x", plant.dump()["sessions"][0]["token_hash"]):
        with pytest.raises(Unauthenticated):
            plant.mes.authenticate(token)


def test_accounts_are_unique_and_passwords_long(plant: Plant) -> None:
    """One clear sentence for each."""
    with pytest.raises(Conflict, match="'qp' already"):
        plant.mes.create_bot("qp", PASSWORD, actor=SYSTEM)
    with pytest.raises(Invalid, match="at least 10"):
        plant.mes.create_person("new", "New Person", [Role.REVIEWER], "short", actor=SYSTEM)
    with pytest.raises(Invalid, match="no role 'king'"):
        plant.mes.create_person("new", "New Person", ["king"], PASSWORD, actor=SYSTEM)


def test_only_administrators_and_the_program_make_accounts(plant: Plant) -> None:
    """A bot could otherwise make itself a person."""
    for actor in (plant.bot, plant.qp):
        with pytest.raises(Forbidden):
            plant.mes.create_person("new", "New Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=actor)
    assert {row["user"] for row in plant.dump()["accounts"]} == {
        "reviewer",
        "qp",
        "operator",
        "quality",
        "bot-1",
        "admin.one",
    }
