"""Accounts of people and bots, and their sessions."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from mes_core.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role
from mes_core.messages import views as v
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people.signing import SignedActs, principal_view
from mes_core.services.ports.rows import AccountColumns, AccountRow, SessionRow

_PERSON_SESSION = timedelta(hours=12)
_BOT_SESSION = timedelta(hours=8)
_SHORTEST = 10
_WRONG = "User name or password is wrong."


class Accounts(SignedActs):
    """People and bots."""

    def create_person(
        self, user: str, printed_name: str, roles: Iterable[str], password: str, *, actor: Actor
    ) -> PersonPrincipal:
        """Make an account for a person.

        Raises:
            Invalid: an unknown role, or a password shorter than 10 characters.
            Conflict: the user name is taken.
        """
        wanted = sorted(set(roles))
        unknown = [role for role in wanted if role not in set(Role)]
        if unknown:
            raise Invalid(f"There is no role {unknown[0]!r}: use {', '.join(Role)}.")
        self._create("person", user, printed_name, wanted, password, actor)
        return PersonPrincipal(user, printed_name, frozenset(wanted))

    def create_bot(self, user: str, password: str, *, actor: Actor) -> BotPrincipal:
        """Make an account for a bot; it has no roles and can't be given any."""
        self._create("bot", user, f"bot {user}", [], password, actor)
        return BotPrincipal(user)

    def _create(self, kind: str, user: str, name: str, roles: list[str], password: str, actor: Actor) -> None:
        if isinstance(actor, BotPrincipal):
            raise Forbidden("A bot cannot make accounts: log in as an administrator.")
        if isinstance(actor, PersonPrincipal) and Role.ADMINISTRATOR not in actor.roles:
            raise Forbidden(f"{actor.printed_name} may not make accounts: it needs the role administrator.")
        if len(password) < _SHORTEST:
            raise Invalid(f"The password for {user!r} is too short: give at least {_SHORTEST} characters.")
        now = self.now()
        row: AccountRow = {
            "user": user,
            "kind": kind,
            "printed_name": name,
            "roles": dumps(roles),
            "password_hash": self._hasher.hash(password),
            "failures": 0,
            "locked_until": None,
            "password_set_at": iso(now),
        }
        with self._store.write() as work:
            if work.get("accounts", user=user) is not None:
                raise Conflict(f"There is an account {user!r} already: choose another user name.")
            work.add("accounts", [row])
            write_audit(work, USERS, actor, now, Change("account made", user, None, {"kind": kind, "roles": roles}))

    def login(self, user: str, password: str) -> v.Session:
        """Open a session.

        Raises:
            Unauthenticated: unknown, wrong, or locked after five failures for 15 minutes.
        """
        now = self.now()
        self._check_password(user, password, now, _WRONG)
        token = secrets.token_urlsafe(32)
        with self._store.write() as work:
            account = work.get("accounts", user=user)
            if account is None:
                raise Unauthenticated(_WRONG)
            expires_at = now + (_BOT_SESSION if account["kind"] == "bot" else _PERSON_SESSION)
            row: SessionRow = {"token_hash": _token_hash(token), "user": user, "expires_at": iso(expires_at)}
            work.add("sessions", [row])
        return v.Session(token=token, expires_at=expires_at, principal=principal_view(account))

    def logout(self, token: str) -> None:
        """End a session; one that is over already stays so."""
        with self._store.write() as work:
            work.remove("sessions", {"token_hash": [_token_hash(token)]})

    def change_password(self, change: v.NewPassword) -> None:
        """Give oneself another password, also when the present one is too old; every open session ends.

        Raises:
            Unauthenticated: unknown, wrong or locked.
            Invalid: the new one is too short, or the present one again.
        """
        user, now = change.user, self.now()
        self._check_password(user, change.password, now, _WRONG, too_old=False)
        if len(change.new_password) < _SHORTEST or change.new_password == change.password:
            raise Invalid(f"The new password can't be taken: give at least {_SHORTEST} characters, not the old ones.")
        made: AccountColumns = {"password_hash": self._hasher.hash(change.new_password), "password_set_at": iso(now)}
        with self._store.write() as work:
            account = work.get("accounts", user=user)
            if account is None:
                raise Unauthenticated(_WRONG)
            work.change("accounts", {"user": user}, **made)
            work.remove("sessions", {"user": [user]})
            by = BotPrincipal(user) if account["kind"] == "bot" else PersonPrincipal(user, account["printed_name"])
            write_audit(work, USERS, by, now, Change("password changed", user))

    def authenticate(self, token: str) -> PersonPrincipal | BotPrincipal:
        """Whose session this is.

        Raises:
            Unauthenticated: nobody's, or it is over.
        """
        with self._store.read() as work:
            session = work.get("sessions", token_hash=_token_hash(token))
            account = work.get("accounts", user=session["user"]) if session else None
        if session is None or account is None or session["expires_at"] <= iso(self.now()):
            raise Unauthenticated("The session is over or was never opened: log in again.")
        if account["kind"] == "bot":
            return BotPrincipal(account["user"])
        view = principal_view(account)
        return PersonPrincipal(view.user, view.printed_name, frozenset(view.roles))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
