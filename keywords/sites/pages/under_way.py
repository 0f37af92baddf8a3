"""Requests of a page that have no end yet: whether anybody waits for them, and how to name those that are no data."""

from typing import Any

from playwright.sync_api import Error, Request

_AGAIN = 5
"""So many times makes a request one that a page sends again and again."""


def is_left(request: Request) -> bool:
    """Whether whoever asked is there no more."""
    try:
        return request.frame.is_detached()
    except Error:  # of a worker, or a page on its way
        return False


def asked_again(found: dict[str, Any]) -> str:
    """What a page asks for again and again, with the line to write where that is no data."""
    name, times = found.get("asks") or ("", 0)
    if times < _AGAIN:
        return ""
    return f" (it asked {name} {times} times; {how_to_name(name)})"


def how_to_name(request: str) -> str:
    """The line to write for a request (method and path) that is no data."""
    method, _, path = request.partition(" ")
    return (
        f"where that is no data, name it in the locators under 'requests: note:' as {{method: {method}, path: {path}}}"
    )
