"""Keeps the lease of an item while it runs, and the secret that shows which host claimed it."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from keywords.settings import SettingsError
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.messages.views import WorkItemView

EVERY_S = 30.0
"""A quarter of a lease: one or two answers that do not come in time lose nothing."""
LONGEST_S = 3600.0
_TRIES, _TRY_S = 25, 0.2

try:
    import fcntl
except ModuleNotFoundError:  # pragma: no cover - not on this system: names are not held against each other
    fcntl = None  # type: ignore[assignment]


class Keeper:
    """Renews a lease from a thread of its own until the item ends, or for so long that its worker must be stuck.

    A context manager. The thread never touches the item: what may be sent is asked of the MES at each act, which
    refuses it once the lease is lost.

    Args:
        client: Makes a client for the thread.
        item: The item, as it was claimed.
        every_s: Seconds between two renewals.
        longest_s: Seconds after which it is not renewed any more, so that an item never hangs with a stuck worker.

    Attributes:
        lost: Why the lease could not be kept, in a sentence; empty while it is.
    """

    def __init__(
        self,
        client: Callable[[], MesClient],
        item: WorkItemView,
        *,
        every_s: float = EVERY_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._client = client
        self._item = item
        self._every_s = every_s
        self._rounds = max(1, int(longest_s / every_s))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {item.item_id}", daemon=True)
        self.lost = ""

    def __enter__(self) -> "Keeper":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; the thread is not waited for, as the MES may be away."""
        self._over.set()

    def _keep(self) -> None:
        if self._over.wait(self._every_s):
            return  # most items are done before; they cost no connection
        with self._client() as client:
            for number in range(self._rounds):
                if number and self._over.wait(self._every_s):
                    return
                try:
                    client.renew(self._item)
                except MesUnreachable as error:
                    self.lost = str(error)  # it may be back before the lease has run out
                except MesError as error:
                    self.lost = error.detail
                    return
                else:
                    self.lost = ""


@contextmanager
def only_one(home: Path, worker: str) -> Iterator[None]:
    """Be the only worker of this name on this home: another one would take what this one has in hand for its own.

    Raises:
        SettingsError: there is one already.
    """
    folder = home / "workers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / f"{worker}.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        for left in range(_TRIES, -1, -1):
            if _take(file):
                break
            if not left:
                raise SettingsError(f"A worker called {worker!r} runs already on {home}: give this one another --name.")
            time.sleep(_TRY_S)  # one that was just killed may not be gone yet
        yield


def _take(file: IO[bytes]) -> bool:
    if fcntl is None:  # pragma: no cover - not on this system
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def host_secret(home: Path, worker: str) -> str:
    """The secret of a worker of this host, made when there is none; its file is its owner's alone.

    Raises:
        OSError: the folder can't be written to.
    """
    folder = home / "workers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{worker}.secret"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        part.replace(path)
    return path.read_text(encoding="ascii")
