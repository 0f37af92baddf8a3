"""The password that is asked again at every signature: the base of the use cases that end with one."""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from mes_core.domain.errors import Forbidden, Unauthenticated
from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import views as v
from mes_core.messages.settings import Signing
from mes_core.messages.signatures import Signed
from mes_core.services.core import Change, Core, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people import account_seals, misuse, settings
from mes_core.services.people.attempts import MOST_FAILURES, Attempts
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountRow

_LOCKED_FOR = timedelta(minutes=15)
_PASSWORD_AGE = timedelta(days=90)

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with 19 MiB and two passes, the least that OWASP's cheat sheet on password storage asks for."""


class SignedActs(Core):
    """Checks who signs."""

    _hasher = HASHER

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what `Core` takes."""
        super().__init__(*given, **named)
        self._attempts = Attempts()

    def _fits(self, account: AccountRow | None, password: str) -> bool:
        """Whether a password is that of an account; nobody's takes as long, so that names can't be probed by time."""
        try:
            return self._hasher.verify(account["password_hash"] if account else _nobodys(self._hasher), password)
        except VerificationError:
            return False

    def _check_password(self, user: str, password: str, now: datetime, wrong: str) -> None:
        """Check the password of somebody who is logged in, one at a time.

        A failure is counted in a transaction of its own, so that the refusal does not undo it: it outlives the process.
        """
        with self._attempts.turn(user, "signing"):
            with self._store.read() as work:
                account = work.get("accounts", user=user)
            if account is None or account["disabled_at"]:
                self._fits(None, password)
                raise Unauthenticated(wrong)
            if (account["locked_until"] or "") > iso(now):
                raise Unauthenticated(
                    f"The account {user!r} is locked after {MOST_FAILURES} wrong passwords: wait 15 minutes."
                )
            if not self._fits(account, password):
                with self._store.write() as work:
                    self._count_failure(work, user, now)
                raise Unauthenticated(wrong)
            if account["failures"]:
                with self._store.write() as work:
                    work.change("accounts", {"user": user}, failures=0, locked_until=None)
        check_age(account, now)

    def _count_failure(self, work: UnitOfWork, user: str, now: datetime) -> None:
        account = work.get("accounts", user=user)
        if account is None:
            return
        failures = account["failures"] + 1
        locked = failures >= MOST_FAILURES
        until = iso(now + _LOCKED_FOR) if locked else None
        work.change("accounts", {"user": user}, failures=0 if locked else failures, locked_until=until)
        if locked:
            by = PersonPrincipal(user, account["printed_name"])
            why = f"{MOST_FAILURES} wrong passwords in a row"
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
            account_seals.check(work, account)
        view = principal_view(account)
        if (view.printed_name, frozenset(view.roles)) != (person.printed_name, person.roles):
            raise Forbidden(f"The name or the roles of {person.user!r} are not those of the account: log in again.")


def check_age(account: AccountRow, now: datetime) -> None:
    """See that a person's password is not too old; one that was reset is, until its owner has changed it.

    Raises:
        Unauthenticated: it is.
    """
    if account["kind"] != "person":
        return  # bots' passwords are changed by who runs them
    if not account["password_set_at"]:
        raise Unauthenticated(f"The password of {account['user']!r} is to be changed first: then log in again.")
    if account["password_set_at"] < iso(now - _PASSWORD_AGE):
        old = f"The password of {account['user']!r} is older than {_PASSWORD_AGE.days} days"
        raise Unauthenticated(f"{old}: change it, then log in again.")


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


def principal_view(account: AccountRow) -> v.Principal:
    """Who has an account, as others see it."""
    roles = tuple(json.loads(account["roles"]))
    return v.Principal(user=account["user"], printed_name=account["printed_name"], kind=account["kind"], roles=roles)
