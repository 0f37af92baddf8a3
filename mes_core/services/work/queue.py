"""Which item is next: read in small pages of an index, so that a claim is as quick with 100,000 waiting as with 50."""

from collections.abc import Iterator, Sequence
from heapq import merge

from mes_core.services import leases
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import WorkItemRow

_FIRST_PAGE, _PAGE = 5, 100
_ORDER = ("due_at", "place")


def waiting(work: UnitOfWork, jobs: Sequence[str]) -> Iterator[tuple[WorkItemRow, str]]:
    """Items of these jobs that are queued or run, each with when its lease ends; read as far as asked for.

    The one with the least time left comes first.
    """
    lines = [_line(work, job, state) for job in sorted(set(jobs)) for state in ("queued", "running")]
    return merge(*lines, key=lambda one: (one[0]["due_at"], one[0]["place"]))


def _line(work: UnitOfWork, job: str, state: str) -> Iterator[tuple[WorkItemRow, str]]:
    after: tuple[str, int] | None = None
    page = _FIRST_PAGE if state == "queued" else _PAGE  # of those that wait the first one is usually taken
    while True:
        rows = work.after("work_items", _ORDER, after, page, state=state, job=job)
        ends = leases.ends_of(work, rows) if state == "running" else {}
        yield from ((row, ends.get(row["item_id"], "")) for row in rows)
        if len(rows) < page:
            return
        after, page = (rows[-1]["due_at"], rows[-1]["place"]), _PAGE


def first_retry(work: UnitOfWork, jobs: Sequence[str], business_key: str | None) -> str | None:
    """When the first item of these jobs that is to be tried again may start, as an ISO text; None without one."""
    if business_key is not None:
        row = work.get("work_items", business_key=business_key, state="queued")
        return row["not_before"] if row and row["job"] in jobs else None
    times = []
    for job in sorted(set(jobs)):
        first = work.after("work_items", ("not_before",), ("",), 1, state="queued", job=job)
        times += [row["not_before"] for row in first if row["not_before"]]
    return min(times, default=None)


def newest(work: UnitOfWork) -> int:
    """Place of the item that was queued last; 0 without one."""
    found = work.find("work_items", order=("-place",), limit=1)
    return found[0]["place"] if found else 0


def queued_since(work: UnitOfWork, jobs: Sequence[str], place: int) -> bool:
    """Whether items of these jobs were queued after a place and wait; more than a page of others counts as such."""
    rows = work.after("work_items", ("place",), (place,), _PAGE, state="queued")
    return len(rows) == _PAGE or any(row["job"] in jobs for row in rows)
