"""Who is who: a person may have several accounts, and other names in records; a name that is not known is nobody's yet.

Separation of duties asks about persons, never about texts. A name in a record that belongs to no account, and that no
administrator has mapped, could be anybody's, also of the one who is about to sign: it keeps everybody from signing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mes_core.domain import names
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountRow


class Involved(NamedTuple):
    """Who had a part in something: persons, names that nobody knows, and who mapped the names."""

    persons: frozenset[str]
    unknown: tuple[str, ...]
    mappers: frozenset[str]


def person_of(account: AccountRow) -> str:
    """The person behind an account: its own user name, or that of the person's first account."""
    return account["person"] or account["user"]


def person_of_user(work: UnitOfWork, user: str) -> str:
    """The person behind a user name; the user name itself where there is no such account."""
    account = work.get("accounts", user=user)
    return person_of(account) if account else user


def same_person(work: UnitOfWork, one: str, other: str) -> bool:
    """Whether two accounts are one person's; a duty that two persons share is not done by one with two accounts."""
    return one == other or person_of_user(work, one) == person_of_user(work, other)


def involved(work: UnitOfWork, written: Iterable[str]) -> Involved:
    """Who the names in a record are.

    Args:
        work: the transaction.
        written: names as records spell them: user names, printed names, or others.
    """
    by_key = {names.key(one): one for one in sorted(set(written)) if one.strip()}
    if not by_key:
        return Involved(frozenset(), (), frozenset())
    known = _known(work)
    mapped = {row["name_key"]: row for row in work.find("aliases", within={"name_key": list(by_key)})}
    persons: set[str] = set()
    mappers: set[str] = set()
    unknown: list[str] = []
    nobodys: list[str] = []
    for key, spelled in by_key.items():
        if key in known:
            persons |= known[key]
        elif key in mapped:
            mappers.add(person_of_user(work, mapped[key]["mapped_by"]))
            user = mapped[key]["user"]
            # Nobody's name that could be read as somebody's keeps them from judging, whoever mapped it, and when.
            nobodys += [] if user else [spelled]
            persons |= {person_of_user(work, user)} if user else set()
        else:
            unknown.append(spelled)
    persons |= {person_of(one) for one in looking_like(work, *nobodys)}
    return Involved(frozenset(persons), tuple(unknown), frozenset(mappers))


def _known(work: UnitOfWork) -> dict[str, set[str]]:
    """Persons by the keys of their user names and printed names; two of one name are both."""
    found: dict[str, set[str]] = {}
    for account in work.find("accounts"):
        for name in (account["user"], account["printed_name"]):
            found.setdefault(names.key(name), set()).add(person_of(account))
    return found


def looking_like(work: UnitOfWork, *written: str) -> list[AccountRow]:
    """Accounts of persons whose user name or printed name one of these could be taken for."""
    people = work.find("accounts", kind="person", order=("user",)) if written else []
    return [
        one
        for one in people
        if any(
            names.alike(name, own) or names.turned(name) == names.turned(own) or names.shortened(name, own)
            for name in written
            for own in (one["user"], one["printed_name"])
        )
    ]


def same_to_the_eye(work: UnitOfWork, user: str, printed_name: str) -> AccountRow | None:
    """An account whose user name or printed name could be taken for one of these."""
    wanted = {names.skeleton(user), names.skeleton(printed_name)}
    for account in work.find("accounts", order=("user",)):
        if {names.skeleton(account["user"]), names.skeleton(account["printed_name"])} & wanted:
            return account
        if names.turned(account["printed_name"]) == names.turned(printed_name):
            return account
    return None
