"""How many rows, which of them, and in which order."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict


class Paging(TypedDict, total=False):
    """What a question for rows may say besides the values of columns."""

    order: tuple[str, ...]
    limit: int | None
    offset: int
    within: Mapping[str, Iterable[Any]] | None
