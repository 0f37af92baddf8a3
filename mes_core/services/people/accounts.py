"""Accounts of people and bots, and their sessions."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from mes_core.domain import names
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role
from mes_core.messages import views as v
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people import account_seals, identity
from mes_core.services.people.signing import SignedActs, principal_view
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountColumns, AccountRow, SessionRow

_PERSON_SESSION = timedelta(hours=12)
_BOT_SESSION = timedelta(hours=8)
_SHORTEST = 10
_OVER = "The session is over or was never opened: log in again."
_WRONG = "User name or password is wrong."


class Accounts(SignedActs):
    """People and bots."""

    def create_person(
        self,
        user: str,
        printed_name: str,
        roles: Iterable[str],
        password: str,
        *,
        actor: Actor,
        same_person_as: str | None = None,
    ) -> PersonPrincipal:
        """Make an account for a person.

        Args:
            user: name of the account.
            printed_name: the person's, as signatures show it.
            roles: what the account may do.
            password: to log in and sign with.
            actor: an administrator, or the program on behalf of one.
            same_person_as: user name of another account of this person; both count as one where duties are separate.

        Raises:
            Invalid: an unknown role, a name that can't be one, or a password shorter than 10 characters.
            Conflict: the user name is taken, or one of the names could be taken for another account's.
            NotFound: there is no account `same_person_as`.
        """
        wanted = sorted(set(roles))
        unknown = [role for role in wanted if role not in set(Role)]
        if unknown:
            raise Invalid(f"There is no role {unknown[0]!r}: use {', '.join(Role)}.")
        name = names.printed(printed_name)
        self._create("person", user, name, wanted, password, actor, same_person_as)
        return PersonPrincipal(user, name, frozenset(wanted))

    def create_bot(self, user: str, password: str, *, actor: Actor) -> BotPrincipal:
        """Make an account for a bot; it has no roles and can't be given any."""
        self._create("bot", user, f"bot {user}", [], password, actor)
        return BotPrincipal(user)

    def _create(
        self,
        kind: str,
        user: str,
        name: str,
        roles: list[str],
        password: str,
        actor: Actor,
        same_as: str | None = None,
    ) -> None:
        names.check_user(user)
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
            "person": None,
        }
        with self._store.write() as work:
            if work.get("accounts", user=user) is not None:
                raise Conflict(f"There is an account {user!r} already: choose another user name.")
            row["person"] = _person(work, user, name, same_as)
            work.add("accounts", [row])
            write_audit(work, USERS, actor, now, Change("account made", user, None, {"kind": kind, "roles": roles}))

    def login(self, user: str, password: str, audience: str = "") -> v.Session:
        """Open a session.

        Args:
            user: account name.
            password: its password.
            audience: what the session is for: a console by its address; empty: the API. It is worth nothing elsewhere.

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
            account_seals.check(work, account)
            expires_at = now + (_BOT_SESSION if account["kind"] == "bot" else _PERSON_SESSION)
            row: SessionRow = {
                "token_hash": _token_hash(token),
                "user": user,
                "expires_at": iso(expires_at),
                "audience": audience,
            }
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

    def authenticate(self, token: str, audience: str = "") -> PersonPrincipal | BotPrincipal:
        """Whose session this is.

        Raises:
            Unauthenticated: nobody's, or it is over.
        """
        with self._store.read() as work:
            session = work.get("sessions", token_hash=_token_hash(token))
            account = work.get("accounts", user=session["user"]) if session else None
        if session is None or account is None or session["expires_at"] <= iso(self.now()):
            raise Unauthenticated(_OVER)
        if (session["audience"] or "") != audience:
            raise Unauthenticated(_OVER)
        if account["kind"] == "bot":
            return BotPrincipal(account["user"])
        view = principal_view(account)
        return PersonPrincipal(view.user, view.printed_name, frozenset(view.roles))

    def confirm_password(self, user: str, password: str) -> None:
        """See that somebody who is logged in still knows the password of the account.

        Raises:
            Forbidden: it is wrong, or the account is locked.
        """
        try:
            self._check_password(user, password, self.now(), "The password is not that of this account.")
        except Unauthenticated as refused:
            raise Forbidden(str(refused)) from None


def _person(work: UnitOfWork, user: str, name: str, same_as: str | None) -> str | None:
    """The person behind a new account: None for somebody who has no other."""
    if same_as is not None:
        other = work.get("accounts", user=same_as, kind="person")
        if other is None:
            raise NotFound(f"There is no account {same_as!r} of a person: name the other account of the same person.")
        return identity.person_of(other)
    alike = identity.same_to_the_eye(work, user, name)
    if alike is not None:
        raise Conflict(
            f"{user!r} ({name}) could be taken for {alike['user']!r} ({alike['printed_name']}): choose other names, or"
            " say that it is the same person."
        )
    return None


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
