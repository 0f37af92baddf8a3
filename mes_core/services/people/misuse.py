"""Misuse of passwords and signatures is told at once to who looks after security (21 CFR 11.300(d))."""

from collections.abc import Iterable
from datetime import datetime

from mes_core.domain import due as dues
from mes_core.domain.principals import PersonPrincipal, Role, SystemPrincipal
from mes_core.services import due
from mes_core.services.core import Change, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.ports import Store, UnitOfWork
from mes_core.services.ports.rows import AccountRow

REPORTED_FROM = 3
"""So many wrong passwords in a row are reported; with the fifth the account locks, which is a report of its own."""
_BY = SystemPrincipal("security")


def report(
    work: UnitOfWork,
    user: str,
    printed_name: str,
    now: datetime,
    what: str,
    kind: str,
    also_to: Iterable[Role] = (),
) -> None:
    """Open a report, one a day for each account and kind: it is due, reminded of, and ended by signature.

    Args:
        work: the transaction.
        user: the account.
        printed_name: whose it is.
        now: the time.
        what: what happened, in words that go on after the account's name.
        kind: what tells reports of one day and account apart.
        also_to: roles that are told of it at once, besides the one that it is due with.
    """
    row = due.item(
        dues.MISUSE,
        USERS,
        f"{user} {kind} {now:%Y-%m-%d}",
        f"The account {user!r} of {printed_name} {what}: look into it.",
        now,
        now + dues.ALLOWED[dues.MISUSE],
        clause="21 CFR 11.300(d): at once; the hours are the plant's own",
    )
    told = due.open_items(work, [row])
    if told:
        told += due.tell_at_once(work, row, also_to, now)
        write_audit(work, USERS, _BY, now, Change("misuse reported", user, None, row["due_id"], row["text"]))
        write_audit(work, due.DUE, _BY, now, *told)


def guessed(work: UnitOfWork, account: AccountRow | None, now: datetime, failures: int, *, slowed: bool) -> None:
    """Report that a password was guessed at in log-ins; names that nobody has are told of together, without a name."""
    user, name = (account["user"], account["printed_name"]) if account else ("unknown", "nobody (no such account)")
    what = f"was guessed at {failures} times in a row from one place"
    if slowed:
        by = SystemPrincipal("log-in")
        write_audit(work, USERS, by, now, Change("log-in slowed", user, None, None, f"{failures} wrong passwords"))
    report(work, user, name, now, what, "slowed" if slowed else "repeated")


def count(store: Store, person: PersonPrincipal, now: datetime, what: str) -> None:
    """Report what is no wrong password: somebody signs in another's name."""
    with store.write() as work:
        report(work, person.user, person.printed_name, now, what, "name")
