"""Accounts: log-in, lock-out, and what a password protects."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from mes_support import PASSWORD, SYSTEM, Plant

from mes_core.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated
from mes_core.domain.principals import BotPrincipal, PersonPrincipal, Role
from mes_core.messages import views as v
from mes_core.services.people.signing import HASHER


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
    """From where they came: longer each time, also for the right password, and it leaves a trace."""
    for _ in range(5):
        with pytest.raises(Unauthenticated, match=r"wrong\.$"):
            plant.mes.login("qp", "wrong password", where="10.0.0.9")
    with pytest.raises(Unauthenticated, match="wait 1 min"):
        plant.mes.login("qp", PASSWORD, where="10.0.0.9")
    for minutes in (1, 2, 4, 8, 15, 15):
        plant.later(minutes=minutes, seconds=1)
        with pytest.raises(Unauthenticated, match=r"wrong\.$"):
            plant.mes.login("qp", "wrong password", where="10.0.0.9")
    plant.later(minutes=15, seconds=1)
    assert plant.mes.login("qp", PASSWORD, where="10.0.0.9")
    assert any(row["action"] == "log-in slowed" and row["subject"] == "qp" for row in plant.dump()["audit"])


def _guess(plant: Plant, number: int) -> str:
    """What a stranger's guess at the password of qp is answered, or "in"."""
    try:
        plant.mes.login("qp", f"guess number {number}", where="10.0.0.9")
    except Unauthenticated as refused:
        return str(refused)
    return "in"


def test_of_many_guesses_at_once_no_more_are_looked_at_than_of_as_many_in_a_row(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty at the same time, of which the right one is the last that could be."""
    looked_at: list[str] = []
    known = plant.dump()["accounts"]
    real = {row["user"]: row["password_hash"] for row in known}["qp"]
    fits = plant.mes._fits

    def counted(account: Any, password: str) -> bool:
        if account is not None and account["password_hash"] == real:
            looked_at.append(password)
        return fits(account, password)

    monkeypatch.setattr(plant.mes, "_fits", counted)

    with ThreadPoolExecutor(40) as pool:
        said = list(pool.map(partial(_guess, plant), range(40)))
    assert len(looked_at) <= 5
    assert "in" not in said


def test_strangers_keep_nobody_out(plant: Plant) -> None:
    """Not who comes from elsewhere, not who logged in from this browser before, and no bot."""
    first = plant.mes.login("qp", PASSWORD, "console x", where="10.0.0.9")
    device = plant.mes.known_device(first.token)
    for user in ("qp", "bot-1"):
        for _ in range(12):
            with pytest.raises(Unauthenticated):
                plant.mes.login(user, "wrong password", where="10.0.0.9")
    assert plant.mes.login("qp", PASSWORD, where="10.0.0.7")
    assert plant.mes.login("qp", PASSWORD, where="10.0.0.9", device=device)
    assert plant.mes.login("bot-1", PASSWORD, where="10.0.0.9")
    for wrong in ("", "x", first.token):
        with pytest.raises(Unauthenticated, match="wait"):
            plant.mes.login("qp", PASSWORD, where="10.0.0.9", device=wrong)
    with pytest.raises(Unauthenticated):
        plant.mes.authenticate(device)
    with pytest.raises(Unauthenticated):
        plant.mes.login("reviewer", "wrong password", where="10.0.0.9", device=device)


def test_many_guesses_at_once_keep_nobody_out_who_comes_from_elsewhere(plant: Plant) -> None:
    """While every waiting place of their address is taken."""
    with ThreadPoolExecutor(40) as pool:
        guesses = [pool.submit(_guess, plant, number) for number in range(40)]
        for _ in range(5):
            assert plant.mes.login("qp", PASSWORD, where="10.0.0.7")
        said = [one.result() for one in guesses]
    assert "in" not in said


def test_nothing_tells_which_names_there_are(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers, looks at a password and writes to the store are as many for a name that nobody has."""

    def tried(user: str) -> tuple[list[str], int, int]:
        said, looks, writes = [], 0, 0
        fits, write = plant.mes._fits, plant.mes._store.write

        def counted(*given: Any) -> bool:
            nonlocal looks
            looks += 1
            return fits(*given)

        def written() -> Any:
            nonlocal writes
            writes += 1
            return write()

        with monkeypatch.context() as patch:
            patch.setattr(plant.mes, "_fits", counted)
            patch.setattr(plant.mes._store, "write", written)
            for _ in range(8):
                with pytest.raises(Unauthenticated) as refused:
                    plant.mes.login(user, "wrong password", where="10.0.0.9")
                said.append(str(refused.value))
        return said, looks, writes

    assert tried("qp") == tried("nobody.here") == tried("bot-1")


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


def test_passwords_cost_a_guesser_what_the_tables_say() -> None:
    """The tests hash with less; the program with 19 MiB and two passes."""
    assert HASHER.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


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
    with pytest.raises(Invalid, match="at least 15"):
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


@pytest.mark.parametrize(
    "password",
    [
        *("a" * 15, " " * 20, "ab" * 10, "passwordpassword", "qwertyuiopasdfgh", "abcdefghijklmnop", "111111111111111"),
        *("Password12345678", "newpersonnewperson", "batchwrightbatch", "11112222333344445555", "AaBbCcDdEeFfGgHhIi"),
        *(
            "1q1q2w2w3e3e4r4r5t5t",
            "a1b2c3d4e5f6g7h8",
            "abc123def456ghi789",
            "Winter2026Winter2026!",
            "Batchwright2026!!!",
        ),
    ],
)
def test_passwords_that_are_guessed_early_are_not_taken(plant: Plant, password: str) -> None:
    """For a new account, and when one is changed."""
    with pytest.raises(Invalid, match="password for"):
        plant.mes.create_person("new.person", "New Person", [Role.REVIEWER], password, actor=SYSTEM)
    change = v.NewPassword(user="qp", password=PASSWORD, new_password=password)
    with pytest.raises(Invalid, match="password for"):
        plant.mes.change_password(change)
    assert plant.mes.login("qp", PASSWORD)


def test_a_name_is_known_to_who_guesses_when_a_password_is_changed_too(plant: Plant) -> None:
    """Both of the account, and the one that is printed."""
    plant.mes.create_person("n.p", "Wilhelmina Vanterpool", [Role.REVIEWER], PASSWORD, actor=SYSTEM)
    for chosen in ("Vanterpool01122026", "wilhelmina vanterpool"):
        with pytest.raises(Invalid, match="guessed early"):
            plant.mes.change_password(v.NewPassword(user="n.p", password=PASSWORD, new_password=chosen))


@pytest.mark.parametrize("password", ["Vineyard lamp 12 crates", "correct horse battery", "tr0ub4dor&3-blue-kite"])
def test_several_unrelated_words_are_a_password(plant: Plant, password: str) -> None:
    """Whatever else stands between them."""
    plant.mes.create_person("new.person", "New Person", [Role.REVIEWER], password, actor=SYSTEM)
    assert plant.mes.login("new.person", password)
