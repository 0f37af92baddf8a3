"""What a request is to a site, so that a fault plan knows what it can meet."""

import re
from collections.abc import Callable
from enum import StrEnum

_LIST = re.compile(r"^/[a-z]+(\.csv)?$")
_NO_FORM = ("/login", "/logout")


class Kind(StrEnum):
    """What a request asks for."""

    PAGE = "a page"
    LIST = "a list, whose rows can be old"
    CHANGE = "a change"
    OTHER = "neither"


KindOf = Callable[[str, str, bytes], Kind]
"""The kind of a request by its method, path and body."""


def plain_kind(method: str, path: str, body: bytes) -> Kind:
    """The kind of a request to a site of pages and forms, whose body says nothing of it."""
    del body
    if method == "POST" and path not in _NO_FORM:
        return Kind.CHANGE
    if method != "GET":
        return Kind.OTHER
    return Kind.LIST if _LIST.match(path) else Kind.PAGE
