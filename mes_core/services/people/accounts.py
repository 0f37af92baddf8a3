"""Accounts of people and bots, and their sessions."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from mes_core.domain import names
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role
from mes_core.messages import accounts as m
from mes_core.messages import views as v
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people import account_seals, identity, misuse, passwords
from mes_core.services.people.administration import account_view, known_roles, tell_of_access
from mes_core.services.people.signing import SignedActs, check_age, principal_view
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountColumns, AccountRow, SessionRow
from mes_core.services.requests import apart

_PERSON_SESSION = timedelta(hours=12)
_BOT_SESSION = timedelta(hours=8)
_KNOWN_FOR = timedelta(days=365)
_DEVICE = "device"
"""What the word of a known browser is for: no console and no API asks for it."""
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
            Invalid: an unknown role, a name that can't be one, or a password that is not taken.
            Conflict: the user name is taken, or one of the names could be taken for another account's.
            NotFound: there is no account `same_person_as`.
        """
        wanted = known_roles(roles)
        name = names.printed(printed_name)
        self._create("person", user, name, wanted, password, actor, same_person_as)
        return PersonPrincipal(user, name, frozenset(wanted))

    def create_bot(self, user: str, password: str, *, actor: Actor) -> BotPrincipal:
        """Make an account for a bot; it has no roles and can't be given any."""
        self._create("bot", user, f"bot {user}", [], password, actor)
        return BotPrincipal(user)

    def make_account(self, new: m.NewAccount, actor: Actor) -> m.AccountView:
        """Make an account for somebody else, signed. A person changes its password first: who made it knows it.

        Raises:
            Forbidden: no administrator, the wrong password, or an account for themselves.
            Invalid: a name, a role or the password is not taken, or a bot is given roles or a printed name.
            Conflict: the user name is taken, or could be taken for another one.
            NotFound: there is no account `same_person_as`.
        """
        _may_make(actor)
        if isinstance(actor, PersonPrincipal):
            self.confirm_signature(actor, new)
        if new.kind == "bot" and (new.roles or new.printed_name or new.same_person_as):
            raise Invalid(f"{new.user!r} is a bot: it has neither a printed name nor roles, and is nobody.")
        if new.kind == "person" and not new.roles:
            raise Invalid(f"{new.user!r} has no role: give one or several of {', '.join(Role)}.")
        name = names.printed(new.printed_name) if new.kind == "person" else f"bot {new.user}"
        made = self._create(
            new.kind,
            new.user,
            name,
            known_roles(new.roles),
            new.new_password,
            actor,
            new.same_person_as,
            new.reason,
            to_change=new.kind == "person",
        )
        return account_view(made, 0)

    def _create(
        self,
        kind: str,
        user: str,
        name: str,
        roles: list[str],
        password: str,
        actor: Actor,
        same_as: str | None = None,
        reason: str | None = None,
        to_change: bool = False,
    ) -> AccountRow:
        names.check_user(user)
        _may_make(actor)
        passwords.check(user, password, (name,))
        now = self.now()
        row: AccountRow = {
            "user": user,
            "kind": kind,
            "printed_name": name,
            "roles": dumps(roles),
            "password_hash": self._hasher.hash(password),
            "failures": 0,
            "locked_until": None,
            "password_set_at": None if to_change else iso(now),
            "person": None,
            "disabled_at": None,
        }
        with self._store.write() as work:
            if work.get("accounts", user=user) is not None:
                raise Conflict(f"There is an account {user!r} already: choose another user name.")
            row["person"] = _person(work, user, name, same_as)
            if isinstance(actor, PersonPrincipal) and row["person"] == identity.person_of_user(work, actor.user):
                raise Forbidden("Nobody makes an account for themselves: another administrator does.")
            work.add("accounts", [row])
            new = {"kind": kind, "roles": roles}
            write_audit(work, USERS, actor, now, Change("account made", user, None, new, reason))
            tell_of_access(work, row, roles, "was given", actor, now)
        return row

    def login(self, user: str, password: str, audience: str = "", *, where: str = "", device: str = "") -> v.Session:
        """Open a session.

        Args:
            user: account name.
            password: its password.
            audience: what the session is for: a console by its address; empty: the API. It is worth nothing elsewhere.
            where: the address that asks.
            device: what `known_device` gave to a browser that somebody logged in from before.

        Raises:
            Unauthenticated: unknown, wrong, disabled, too old, or guessed too often from there.
        """
        now = self.now()
        self._prove(user, password, now, self._lane(user, where, device, now))
        with self._store.write() as work:
            account = work.get("accounts", user=user)
            if account is None:
                raise Unauthenticated(_WRONG)
            check_age(account, now)
            account_seals.check(work, account)
            expires_at = now + (_BOT_SESSION if account["kind"] == "bot" else _PERSON_SESSION)
            token = _open(work, user, expires_at, audience)
        return v.Session(token=token, expires_at=expires_at, principal=principal_view(account))

    def known_device(self, token: str) -> str:
        """A word for the browser that this session was opened from: guesses from elsewhere don't slow it down.

        It opens nothing, and is worth nothing once the password is changed.
        """
        with self._store.write() as work:
            session = work.get("sessions", token_hash=_token_hash(token))
            if session is None:
                return ""
            return _open(work, session["user"], self.now() + _KNOWN_FOR, _DEVICE)

    def _lane(self, user: str, where: str, device: str, now: datetime) -> str:
        if device:
            with self._store.read() as work:
                known = work.get("sessions", token_hash=_token_hash(device))
            if known and (known["user"], known["audience"]) == (user, _DEVICE) and known["expires_at"] > iso(now):
                return f"device {known['token_hash']}"
        return f"address {where}"

    def shared_by(self, processes: int) -> None:
        """Say that so many processes answer on this store: each looks at its part of the wrong passwords."""
        self._attempts.share(processes)

    def _prove(self, user: str, password: str, now: datetime, lane: str) -> None:
        """See that somebody knows the password of an account, with the same answer whatever is wrong.

        A bot's password is long and made by chance, so that nobody's guesses can keep its right one out.
        """
        with self._attempts.turn(user, lane):
            with self._store.read() as work:
                account = work.get("accounts", user=user)
            wait = self._attempts.wait(user, lane, now)
            usable = account is not None and not account["disabled_at"]
            looked_at = usable and (not wait or (account is not None and account["kind"] == "bot"))
            if self._fits(account if looked_at else None, password) and looked_at:
                self._attempts.succeeded(user, lane)
                return
            if wait:
                minutes = max(1, -(-int(wait.total_seconds()) // 60))
                raise Unauthenticated(
                    f"{_WRONG} Too many were tried from here: wait {minutes} min before the next one."
                )
            failures = self._attempts.failed(user, lane, now)
        slowed = failures == self._attempts.most
        if slowed or failures == misuse.REPORTED_FROM < self._attempts.most:
            with apart(), self._store.write() as work:  # also for a name that nobody has: it takes as long
                misuse.guessed(work, account, now, failures, slowed=slowed)
        raise Unauthenticated(_WRONG)

    def logout(self, token: str) -> None:
        """End a session; one that is over already stays so."""
        with self._store.write() as work:
            work.remove("sessions", {"token_hash": [_token_hash(token)]})

    def change_password(self, change: v.NewPassword, *, where: str = "") -> None:
        """Give oneself another password, also when the present one is too old; every open session ends.

        Raises:
            Unauthenticated: unknown, wrong, or guessed too often from there.
            Invalid: the new one is not taken, or the present one again.
        """
        user, now = change.user, self.now()
        self._prove(user, change.password, now, self._lane(user, where, "", now))
        if change.new_password == change.password:
            raise Invalid("The new password can't be taken: it is the present one.")
        with self._store.read() as work:
            owner = work.get("accounts", user=user)
        passwords.check(user, change.new_password, (owner["printed_name"],) if owner else ())
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
        if (session["audience"] or "") != audience or account["disabled_at"]:
            raise Unauthenticated(_OVER)
        if account["kind"] == "bot":
            return BotPrincipal(account["user"])
        view = principal_view(account)
        return PersonPrincipal(view.user, view.printed_name, frozenset(view.roles))

    def user_of_session(self, token: str, audience: str = "") -> str:
        """Whose session this is or was, as long as it is remembered; it opens nothing. Empty: nobody's."""
        with self._store.read() as work:
            session = work.get("sessions", token_hash=_token_hash(token))
        return session["user"] if session and (session["audience"] or "") == audience else ""

    def confirm_password(self, user: str, password: str) -> None:
        """See that somebody who is logged in still knows the password of the account.

        Raises:
            Forbidden: it is wrong, or the account is locked.
        """
        try:
            self._check_password(user, password, self.now(), "The password is not that of this account.")
        except Unauthenticated as refused:
            raise Forbidden(str(refused)) from None


def _may_make(actor: Actor) -> None:
    if isinstance(actor, BotPrincipal):
        raise Forbidden("A bot cannot make accounts: log in as an administrator.")
    if isinstance(actor, PersonPrincipal) and Role.ADMINISTRATOR not in actor.roles:
        raise Forbidden(f"{actor.printed_name} may not make accounts: it needs the role administrator.")


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


def _open(work: UnitOfWork, user: str, expires_at: datetime, audience: str) -> str:
    token = secrets.token_urlsafe(32)
    row: SessionRow = {
        "token_hash": _token_hash(token),
        "user": user,
        "expires_at": iso(expires_at),
        "audience": audience,
    }
    work.add("sessions", [row])
    return token


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
