"""What a request asks of the transaction that carries it out: that nothing changed before, that it is done once.

Both are checked inside the transaction, by the store as the services see it, so that no use case can forget them and
nothing can come between the check and the change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes_core.domain.errors import Conflict, NotFound, Stale
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.rows import RequestRow

_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Expected:
    """The change is wanted only while the batch of a row is as it was: its tag is that of its newest audit entry."""

    table: str
    column: str
    key: str
    tags: frozenset[str]


@dataclass(frozen=True)
class Once:
    """A request that is carried out once: who sent it under which key, what it asked, and when."""

    user: str
    key: str
    request_hash: str
    at: datetime


@dataclass
class Asked:
    """What the request of this thread asks, and whether a transaction has noted that it was begun."""

    expected: Expected | None = None
    once: Once | None = None
    noted: bool = False


_NAMED = {"system:users": "The list of accounts"}
_ASKED: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def asking(asked: Asked) -> Iterator[None]:
    """Transactions within are held to what the request asks."""
    token = _ASKED.set(asked)
    try:
        yield
    finally:
        _ASKED.reset(token)


@contextmanager
def apart() -> Iterator[None]:
    """Transactions within are none that the request asked for: what is noted of a refused one, of a wrong password."""
    token = _ASKED.set(None)
    try:
        yield
    finally:
        _ASKED.reset(token)


def check(work: UnitOfWork) -> None:
    """Hold a transaction that may change things to what the request asks.

    Raises:
        Stale: the batch has changed since the sender looked.
        Conflict: the same request was begun before.
    """
    asked = _ASKED.get()
    if asked is None:
        return
    if asked.expected is not None:
        check_tag(work, asked.expected)
    if asked.once is not None and not asked.noted:
        _note(work, asked.once)
    asked.noted = True


def tag(work: UnitOfWork, batch_id: str) -> str:
    """What names the state of a batch: the hash of its newest audit entry, without which nothing about it changes."""
    last = work.find("audit", batch_id=batch_id, order=("-number",), limit=1)
    if not last:
        raise NotFound(f"There is no batch {batch_id!r}: check its number in the list of batches.")
    return str(last[0]["entry_hash"])


def check_tag(work: UnitOfWork, expected: Expected) -> None:
    """See that the chain of a row is as the sender saw it.

    Raises:
        Stale: it is not.
    """
    row = any_table(work).get(expected.table, **{expected.column: expected.key})
    if row is None:
        return
    chain = row.get("batch_id", "system:users")  # accounts alone are in a chain that their rows don't name
    if tag(work, chain) not in expected.tags:
        named = _NAMED.get(chain, "The register of models") if chain.startswith("system:") else f"Batch {chain}"
        raise Stale(f"{named} has changed since you looked: read it again, then decide again.")


def _note(work: UnitOfWork, once: Once) -> None:
    there = work.get("requests", user=once.user, request_key=once.key)
    if there is not None and there["at"] < oldest_kept(once.at):
        # As good as forgotten, whether it was answered or the server ended amid it.
        work.remove("requests", {"user": [once.user], "request_key": [once.key]})
    elif there is not None:
        raise Conflict(
            "A request with this Idempotency-Key was begun before: look at what it did; send another with a new key."
        )
    row: RequestRow = {
        "user": once.user,
        "request_key": once.key,
        "request_hash": once.request_hash,
        "at": once.at.isoformat(timespec="microseconds"),
        "status": None,
        "answer": None,
    }
    work.add("requests", [row])


def oldest_kept(now: datetime) -> str:
    """Answers from before this time are forgotten."""
    return (now - _KEPT).isoformat(timespec="microseconds")
