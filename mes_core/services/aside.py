"""What can't be read is put aside and said, and the rest goes on.

A loop over batches, items or entries serves everybody who waits for one of them. So none of them ends it: not a record
from before there were bounds, nor a document that something else damaged.
"""

import json
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mes_core.domain.errors import Conflict, DomainError, Invalid, NotFound
from mes_core.messages.bounds import plain

_LOG = logging.getLogger("mes_core.services")
T = TypeVar("T")
BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a stored row raises when its content is not what the program writes; refusals are none of them."""


def readable(what: str, make: Callable[[], T], instead: Callable[[str], T]) -> T:
    """What is made of a row; where its content can't be used, something that says so.

    Args:
        what: the row, for the log.
        make: makes it.
        instead: what stands in its place, given why.
    """
    try:
        return make()
    except BROKEN as error:
        why = _in_short(error)
        _LOG.error("put aside: %s (%s)", what, why)
        return instead(why)


def standing_in(value: T) -> Callable[[str], T]:
    """The same in the place of whatever can't be read; why, the log has."""
    return lambda _why: value


PutAside = Callable[[str, str], None]
"""Told of what could not be used, by its name, and why: who asked for all hears of the one that is left out."""


def unheard(_name: str, _why: str) -> None:
    """Nobody asked; the log has said it."""


@contextmanager
def each(what: str, name: str, put_aside: PutAside = unheard) -> Iterator[None]:
    """What is done with one of many: where its content can't be used or is refused, it is left out and said.

    Args:
        what: the row, for the log.
        name: what `put_aside` is told of.
    """
    try:
        yield
    except (*BROKEN, zlib.error, Conflict, Invalid, NotFound) as error:
        why = str(error) if isinstance(error, DomainError) else _in_short(error)
        _LOG.error("put aside: %s (%s)", what, why)
        put_aside(name, why)


def document(text: str | None) -> Any:
    """A stored document to be shown; one that nothing could show is replaced by a sentence."""
    if text is None:
        return None
    try:
        return plain(json.loads(text))
    except BROKEN:
        return "(too deep, too large or damaged: it is not shown)"


def fields(text: str | None) -> dict[str, Any] | None:
    """A stored object to be shown, likewise."""
    found = document(text)
    return found if found is None or isinstance(found, dict) else {"not_shown": found}


def _in_short(error: BaseException) -> str:
    first = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
