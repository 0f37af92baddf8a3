"""A lock on a file, between threads and processes of one machine, or of several that share the folder."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # pragma: no cover - not on this system: threads of one process alone take turns
    fcntl = None  # type: ignore[assignment]

_THREADS = threading.Lock()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock; the file is made, and left, as who waits may hold it already.

    Raises:
        OSError: the file can't be made.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        if fcntl is None:  # pragma: no cover
            with _THREADS:
                yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
