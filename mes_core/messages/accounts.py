"""Accounts as an administrator sees and changes them."""

from typing import Literal

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed

_REASON = Field(min_length=3, max_length=1000)


class NewAccount(Signed):
    """Make an account, signed; a person has to change the password that it is made with before anything else.

    A bot has neither a printed name nor roles. `same_person_as` names another account of the same person.
    """

    user: str = Field(max_length=64)
    kind: Literal["person", "bot"]
    printed_name: str = Field(default="", max_length=120)
    roles: tuple[str, ...] = Field(default=(), max_length=10)
    same_person_as: str | None = Field(default=None, max_length=64)
    new_password: str = Field(max_length=200, repr=False)
    reason: str = _REASON


class ChangeAccount(Signed):
    """Give an account other roles, or disable or enable it, signed; what is not given stays."""

    roles: tuple[str, ...] | None = Field(default=None, max_length=10)
    disabled: bool | None = None
    reason: str = _REASON


class ResetPassword(Signed):
    """Give an account another password, signed; a person has to change it before anything else."""

    new_password: str = Field(max_length=200, repr=False)
    reason: str = _REASON


class EndSessions(Signed):
    """End every session of an account, signed."""

    reason: str = _REASON


class AccountView(View):
    """An account; `sessions` are open ones."""

    user: str
    printed_name: str
    kind: str
    roles: tuple[str, ...] = ()
    person: str | None = None
    disabled_at: Instant | None = None
    credentials_set_at: Instant | None = None
    sessions: int = 0
