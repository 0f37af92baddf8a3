"""Pages of lists: which part of a list is asked for, and how it is cut and sifted."""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Query

from mes_core.messages import views as v

Item = TypeVar("Item")


class Part(NamedTuple):
    """So many items, from this one on."""

    limit: int
    offset: int


def part(
    limit: Annotated[int, Query(ge=1, le=500, description="How many items at most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="How many items to leave out before.")] = 0,
) -> Part:
    """The part of a list that a request asks for."""
    return Part(limit, offset)


PartDep = Annotated[Part, Depends(part)]
Word = Annotated[str | None, Query(max_length=300)]


def page(shape: type[v.Page[Item]], items: Iterable[Item], asked: Part, /, **equals: Any) -> v.Page[Item]:
    """One page of those items whose attributes have these values; None asks for nothing. `total` counts all of them."""
    wanted = {name: value for name, value in equals.items() if value is not None}
    found = [one for one in items if all(getattr(one, name) == value for name, value in wanted.items())]
    return shape(items=tuple(found[asked.offset : asked.offset + asked.limit]), total=len(found))
