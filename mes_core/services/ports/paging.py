"""How many rows, which of them, and in which order."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from mes_core.services.ports import AnyTable

Groups = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""States that stand together in a list, with the order within them; the first group comes first."""


class Paging(TypedDict, total=False):
    """What a question for rows may say besides the values of columns."""

    order: tuple[str, ...]
    limit: int | None
    offset: int
    within: Mapping[str, Iterable[Any]] | None


def in_groups(
    table: "AnyTable",
    name: str,
    groups: Groups,
    counts: Mapping[str, int],
    equals: Mapping[str, Any],
    *,
    limit: int,
    offset: int,
) -> list[Mapping[str, Any]]:
    """One page of a list that goes through one group of states after the other: at most one question for each.

    Args:
        table: the unit of work.
        name: of the table.
        groups: states, with the order within them.
        counts: rows by state, for the same values.
        equals: values of columns.
        limit: how many rows.
        offset: from where on, counted over the groups.
    """
    rows: list[Mapping[str, Any]] = []
    for states, order in groups:
        size = sum(counts.get(state, 0) for state in states)
        if offset >= size:
            offset -= size
            continue
        asked: dict[str, Any] = {"limit": limit - len(rows), "offset": offset, "order": order, **equals}
        rows += table.find(name, within={"state": states}, **asked)
        offset = 0
        if len(rows) >= limit:
            break
    return rows
