"""What administrators do with accounts: roles, disabling, new passwords, the end of sessions; none in secret.

Nobody changes an account of their own person. Whoever comes to a role that signs is told of to the security officer,
as something that is due and ended by signature: not by the one it is about.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role, SystemPrincipal
from mes_core.messages import accounts as m
from mes_core.messages.signatures import Signed
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people import account_seals, identity, misuse, passwords
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountColumns, AccountRow

SIGNING = frozenset(
    {Role.QUALIFIED_PERSON, Role.QUALITY_ASSURANCE, Role.REVIEWER, Role.ADMINISTRATOR, Role.SECURITY_OFFICER}
)
"""Roles whose signatures decide something; whoever can come to sign with one is told of to others."""
_TOLD = (Role.ADMINISTRATOR, Role.QUALIFIED_PERSON)
"""Who hears of it at once, besides the security officer: a plant may have no such officer."""


class Administration(SignedActs):
    """Accounts, from outside of them."""

    def accounts(self, actor: Actor) -> tuple[m.AccountView, ...]:
        """Every account, for those who look after them."""
        _may_look(actor)
        now = iso(self.now())
        with self._store.read() as work:
            open_: dict[str, int] = {}
            for session in work.find("sessions"):
                if session["expires_at"] > now and session["audience"] != "device":
                    open_[session["user"]] = open_.get(session["user"], 0) + 1
            rows = work.find("accounts", order=("user",))
        return tuple(account_view(row, open_.get(row["user"], 0)) for row in rows)

    def change_account(self, user: str, change: m.ChangeAccount, actor: Actor) -> m.AccountView:
        """Give an account other roles, or disable or enable it; its sessions end.

        Raises:
            Forbidden: no administrator, the wrong password, or an account of their own person.
            NotFound: there is no such account.
            Invalid: an unknown role, or a role for a bot.
            Conflict: nothing would change.
        """
        self._confirmed(actor, change, "change accounts")
        wanted = None if change.roles is None else known_roles(change.roles)
        now = self.now()
        with self._store.write() as work:
            account = _others(work, user, actor)
            if wanted and account["kind"] != "person":
                raise Invalid(f"{user!r} is a bot: it has no roles and can't be given any.")
            before = json.loads(account["roles"])
            values: AccountColumns = {}
            if wanted is not None and wanted != before:
                values["roles"] = dumps(wanted)
            if change.disabled is not None and change.disabled != bool(account["disabled_at"]):
                values["disabled_at"] = iso(now) if change.disabled else None
            if not values:
                raise Conflict(f"The account {user!r} is so already: nothing was changed.")
            work.change("accounts", {"user": user}, **values)
            work.remove("sessions", {"user": [user]})
            old = {"roles": before, "disabled_at": account["disabled_at"]}
            new = {"roles": wanted if wanted is not None else before, "disabled_at": values.get("disabled_at")}
            write_audit(work, USERS, actor, now, Change("account changed", user, old, new, change.reason))
            enabled = change.disabled is False and "disabled_at" in values
            gained = set(new["roles"] or ()) - (set() if enabled else set(before))
            tell_of_access(work, account, gained, "was enabled with" if enabled else "was given", actor, now)
            return account_view({**account, **values}, 0)

    def reset_password(self, user: str, reset: m.ResetPassword, actor: Actor) -> m.AccountView:
        """Give an account another password; a person has to change it at once, and every session ends.

        Raises:
            Forbidden: no administrator, the wrong password, or an account of their own person.
            NotFound: there is no such account.
            Invalid: the password is not taken.
        """
        self._confirmed(actor, reset, "reset passwords")
        now = self.now()
        with self._store.write() as work:
            account = _others(work, user, actor)
            passwords.check(user, reset.new_password, (account["printed_name"],))
            person = account["kind"] == "person"
            values: AccountColumns = {
                "password_hash": self._hasher.hash(reset.new_password),
                "password_set_at": None if person else iso(now),
                "failures": 0,
                "locked_until": None,
            }
            work.change("accounts", {"user": user}, **values)
            work.remove("sessions", {"user": [user]})
            write_audit(work, USERS, actor, now, Change("password reset", user, None, None, reset.reason))
            tell_of_access(work, account, json.loads(account["roles"]), "had its password reset, with", actor, now)
            return account_view({**account, **values}, 0)

    def end_sessions(self, user: str, ending: m.EndSessions, actor: Actor) -> m.AccountView:
        """End every session of an account, and forget the browsers that it was used from.

        Raises:
            Forbidden: neither administrator nor security officer, or the wrong password.
            NotFound: there is no such account.
        """
        self._confirmed(actor, ending, "end sessions", Role.SECURITY_OFFICER)
        now = self.now()
        with self._store.write() as work:
            account = work.get("accounts", user=user)
            if account is None:
                raise NotFound(f"There is no account {user!r}: look at the list of accounts.")
            work.remove("sessions", {"user": [user]})
            write_audit(work, USERS, actor, now, Change("sessions ended", user, None, None, ending.reason))
            return account_view(account, 0)

    def _confirmed(self, actor: Actor, signed: Signed, what: str, *more: Role) -> None:
        """An administrator with the password, or the program on behalf of who runs it."""
        if isinstance(actor, SystemPrincipal):
            return
        if isinstance(actor, BotPrincipal):
            raise Forbidden(f"A bot cannot {what}: an administrator does.")
        if not actor.roles & {Role.ADMINISTRATOR, *more}:
            raise Forbidden(f"{actor.printed_name} may not {what}: it needs the role administrator.")
        self.confirm_signature(actor, signed)


def known_roles(roles: Iterable[str]) -> list[str]:
    """The roles, each once and in their order.

    Raises:
        Invalid: one of them is none.
    """
    wanted = sorted(set(roles))
    unknown = [role for role in wanted if role not in set(Role)]
    if unknown:
        raise Invalid(f"There is no role {unknown[0]!r}: use {', '.join(Role)}.")
    return wanted


def tell_of_access(
    work: UnitOfWork, account: AccountRow, roles: Iterable[str], how: str, actor: Actor, now: datetime
) -> None:
    """Tell others that somebody else may have come to sign with an account: by a role, by being enabled, by a password.

    It is due with the security officer; administrators and qualified persons read of it among the reminders.
    """
    if isinstance(actor, SystemPrincipal) and not work.count("batches"):
        return  # a plant that is set up at the command line has nothing to sign yet, and nobody to tell
    for role in sorted(set(roles) & SIGNING):
        what = f"{how} the role {role.replace('_', ' ')} by {actor.user}"
        misuse.report(work, account["user"], account["printed_name"], now, what, f"role {role} {now:%H:%M:%S}", _TOLD)


def _others(work: UnitOfWork, user: str, actor: Actor) -> AccountRow:
    account = work.get("accounts", user=user)
    if account is None:
        raise NotFound(f"There is no account {user!r}: look at the list of accounts.")
    if isinstance(actor, PersonPrincipal) and identity.person_of(account) == identity.person_of_user(work, actor.user):
        raise Forbidden("Nobody changes an account of their own: another administrator does.")
    account_seals.check(work, account)
    return account


def _may_look(actor: Actor) -> None:
    roles: Sequence[Role] = (Role.ADMINISTRATOR, Role.SECURITY_OFFICER)
    if isinstance(actor, BotPrincipal) or (isinstance(actor, PersonPrincipal) and not actor.roles & set(roles)):
        raise Forbidden("Accounts are for administrators and the security officer to look at.")


def account_view(row: AccountRow, sessions: int) -> m.AccountView:
    """An account as administrators see it."""
    shown = ("user", "printed_name", "kind", "person", "disabled_at")
    about = {name: value for name, value in row.items() if name in shown}
    about["credentials_set_at"] = row["password_set_at"]
    return m.AccountView.model_validate({**about, "roles": tuple(json.loads(row["roles"])), "sessions": sessions})
