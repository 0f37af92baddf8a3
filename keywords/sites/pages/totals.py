"""The number of entries that a list states: read where it stands, and refused where it could mean something else."""

import re
from typing import Any

from keywords.failures import ApplicationError


def stated_total(found: dict[str, Any], where: str) -> int | None:
    """How many rows a list states; None where it says nothing.

    Args:
        found: As the page's tools hand it over (`keywords/page_tools/total.js`).
        where: The page and the list, for sentences.

    Raises:
        ApplicationError: It states several numbers, or one that can't be read.
    """
    said = _in_words(found["total"]["found"], where)
    drawn = _by_grid(found)
    if said is not None and drawn is not None and said != drawn and abs(said - drawn) != found["heads"]:
        raise ApplicationError(
            "TOTAL_TWO_WAYS", f"{where} states {said} entries in words and {drawn} rows by itself; it is tried again."
        )
    return said if said is not None else drawn


def _in_words(found: list[list[Any]], where: str) -> int | None:
    if not found:
        return None
    unclear = [line for _, flag, line in found if flag]
    if unclear:
        raise ApplicationError(
            "TOTAL_NOT_READ",
            f"{where} states its number of entries in a way that could be read otherwise ('{unclear[0]}'); say in the"
            " locators how, with the list's own 'total'.",
        )
    numbers = {re.sub(r"[.,'’\s]", "", text) for text, _, _ in found}
    if len(numbers) > 1:
        lines = " and ".join(f"'{line}'" for _, _, line in found[:3])
        raise ApplicationError(
            "TOTAL_NOT_ONE",
            f"{where} stands on a page with several numbers of entries ({lines}); say which is the list's with 'total:"
            " {within: ...}' in the locators.",
        )
    (text,) = numbers
    return int(text) if text.isascii() and text.isdecimal() else None


def _by_grid(found: dict[str, Any]) -> int | None:
    """What a grid says of itself (`aria-rowcount`), without its rows of headers."""
    if found["rowcount"] <= 0:
        return None
    first = [int(key) for key in found["keys"] if key and str(key).isdecimal()]
    heads = min(first) - 1 if first and min(first) <= found["heads"] + 1 else found["heads"]
    return int(found["rowcount"]) - heads
