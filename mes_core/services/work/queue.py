"""Which item is next: read in small pages of an index, so that a claim is as quick with 100,000 waiting as with 50."""

from collections.abc import Iterator, Sequence
from heapq import merge

from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import WorkItemRow

_PAGE = 50
_ORDER = ("due_at", "place")


def waiting(work: UnitOfWork, jobs: Sequence[str]) -> Iterator[WorkItemRow]:
    """Items of these jobs that are queued or run, the one with the least time left first; read as far as asked for."""
    lines = [_line(work, job, state) for job in sorted(set(jobs)) for state in ("queued", "running")]
    return merge(*lines, key=lambda row: (row["due_at"], row["place"]))


def _line(work: UnitOfWork, job: str, state: str) -> Iterator[WorkItemRow]:
    after: tuple[str, int] | None = None
    while True:
        rows = work.after("work_items", _ORDER, after, _PAGE, state=state, job=job)
        yield from rows
        if len(rows) < _PAGE:
            return
        after = (rows[-1]["due_at"], rows[-1]["place"])


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
