"""Room on the disk: a bot that can't keep its evidence must not act, so without room no item is taken."""

import shutil
from pathlib import Path

LEAST_FREE_MB = 200
"""Also the default of `batchwright worker`. An item leaves about 1 MB behind; the rest is for log files and the store
that often lie on the same disk."""


class Disk:
    """Tells whether there is room for the evidence of one more item.

    Args:
        folder: Where evidence is kept.
        least_mb: Free MB (10^6 bytes) below which no item is taken; 0 never stops.
    """

    def __init__(self, folder: Path, least_mb: int = LEAST_FREE_MB) -> None:
        self._folder = folder
        self._least_mb = least_mb

    def full(self) -> str:
        """One sentence when there is too little room, empty otherwise."""
        there = next(one for one in (self._folder, *self._folder.parents) if one.exists())
        free_mb = shutil.disk_usage(there).free / 1e6
        if free_mb >= self._least_mb:
            return ""
        return (
            f"Only {free_mb:.0f} MB are free for evidence in {self._folder}: no item is taken below"
            f" {self._least_mb} MB; free the disk, and the queue goes on by itself."
        )


def could_not_write(error: BaseException) -> OSError | None:
    """The failure to write that an exception comes from, also where a library raised another one on top of it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, OSError):
            return cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None
