"""Accounts, log-in, and the password that is asked again at every signature."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from mes_core.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role
from mes_core.messages import views as v
from mes_core.messages.settings import Signing
from mes_core.messages.signatures import Signed
from mes_core.services import misuse, settings
from mes_core.services.core import Change, Core, dumps, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.ports import Row, UnitOfWork

_MOST_FAILURES = 5
_LOCKED_FOR = timedelta(minutes=15)
_PERSON_SESSION = timedelta(hours=12)
_BOT_SESSION = timedelta(hours=8)
_SHORTEST = 10
_PASSWORD_AGE = timedelta(days=90)
_OVER = "The session is over or was never opened: log in again."
_WRONG = "User name or password is wrong."


class Accounts(Core):
    """People and bots."""

    _hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

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
        row: Row = {
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
            expires_at = now + (_BOT_SESSION if account["kind"] == "bot" else _PERSON_SESSION)
            row = {"token_hash": _token_hash(token), "user": user, "expires_at": iso(expires_at), "audience": audience}
            work.add("sessions", [row])
        return v.Session(token=token, expires_at=expires_at, principal=_view(account))

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
        made = {"password_hash": self._hasher.hash(change.new_password), "password_set_at": iso(now)}
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
        view = _view(account)
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

    def _check_password(self, user: str, password: str, now: datetime, wrong: str, *, too_old: bool = True) -> None:
        """Check a password; a failure is counted in a transaction of its own, so that the refusal does not undo it."""
        with self._store.read() as work:
            account = work.get("accounts", user=user)
        if account is None:
            self._hasher.hash(password)  # as slow as a real check, so that user names can't be probed by time
            raise Unauthenticated(wrong)
        if account["locked_until"] and account["locked_until"] > iso(now):
            raise Unauthenticated(
                f"The account {user!r} is locked after {_MOST_FAILURES} wrong passwords: wait 15 minutes."
            )
        try:
            self._hasher.verify(account["password_hash"], password)
        except VerificationError:
            with self._store.write() as work:
                self._count_failure(work, user, now)
            raise Unauthenticated(wrong) from None
        if account["failures"]:
            with self._store.write() as work:
                work.change("accounts", {"user": user}, failures=0, locked_until=None)
        # One from before there were ages counts as too old; bots' passwords are changed by who runs them.
        oldest = iso(now - _PASSWORD_AGE)
        if too_old and account["kind"] == "person" and (account["password_set_at"] or "") < oldest:
            raise Unauthenticated(
                f"The password of {user!r} is older than {_PASSWORD_AGE.days} days: change it, then log in again."
            )

    def _count_failure(self, work: UnitOfWork, user: str, now: datetime) -> None:
        account = work.get("accounts", user=user)
        if account is None:
            return
        failures = account["failures"] + 1
        locked = failures >= _MOST_FAILURES
        until = iso(now + _LOCKED_FOR) if locked else None
        work.change("accounts", {"user": user}, failures=0 if locked else failures, locked_until=until)
        if locked:
            by = PersonPrincipal(user, account["printed_name"])
            why = f"{_MOST_FAILURES} wrong passwords in a row"
            write_audit(work, USERS, by, now, Change("account locked", user, None, until, why))
        if failures >= misuse.REPORTED_FROM:
            what = f"was locked after {failures} wrong passwords" if locked else f"got {failures} wrong passwords"
            misuse.report(work, user, account["printed_name"], now, what, "locked" if locked else "repeated")

    def confirm_signature(self, person: PersonPrincipal, signed: Signed) -> None:
        """Check the components of a signature: the password, and the user name too where the plant is set so.

        Failed attempts are counted, and repeated ones reported to the security officer (21 CFR 11.300(d)).

        Raises:
            Forbidden: the password is not the person's, the account is locked or a bot's, or its name or roles are not
                (any more) those that the caller claims.
        """
        wrong = f"The password is not that of {person.printed_name}: nothing was signed."
        with self._store.read() as work:
            each = settings.signing(work) is Signing.EACH
        if each and signed.user_name is None:
            raise Forbidden("This plant asks for user name and password at each signature: give both.")
        if signed.user_name is not None and signed.user_name != person.user:
            misuse.count(self._store, person, self.now(), f"signed with the user name {signed.user_name!r}")
            raise Forbidden(f"The user name is not that of {person.printed_name}: nothing was signed.")
        try:
            self._check_password(person.user, signed.password, self.now(), wrong)
        except Unauthenticated as refused:
            raise Forbidden(str(refused)) from None
        with self._store.read() as work:
            account = work.get("accounts", user=person.user)
        if account is None or account["kind"] != "person":
            raise Forbidden(f"A bot cannot sign: {person.user!r} is no account of a person.")
        view = _view(account)
        if (view.printed_name, frozenset(view.roles)) != (person.printed_name, person.roles):
            raise Forbidden(f"The name or the roles of {person.user!r} are not those of the account: log in again.")


def _view(account: Row) -> v.Principal:
    roles = tuple(json.loads(account["roles"]))
    return v.Principal(user=account["user"], printed_name=account["printed_name"], kind=account["kind"], roles=roles)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
