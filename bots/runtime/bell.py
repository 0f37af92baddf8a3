"""Wakes an idle worker when an item is queued, instead of at the next look into the queue."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from mes_core.client import MesClient, MesError, MesUnreachable

_WAIT_S = 2.0
_PAUSE_S = 5.0


class Bell:
    """Listens in a thread of its own, with a connection of its own.

    Args:
        client: Speaks to the MES as the bot.
        jobs: What the worker takes.
        ring: Called when an item of these jobs was queued.
        stopping: Whether to listen no more.
        tell: Takes an event, once for each time that the bell can't be heard.
    """

    def __init__(
        self,
        client: MesClient,
        jobs: Sequence[str],
        ring: Callable[[], None],
        stopping: Callable[[], bool],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._client, self._jobs, self._ring, self._stopping, self._tell = client, tuple(jobs), ring, stopping, tell

    def listen(self) -> None:
        """Start listening."""
        threading.Thread(target=self._listen, name="bell", daemon=True).start()

    def _listen(self) -> None:
        newest: int | None = None
        heard = True
        while not self._stopping():
            try:
                told = self._client.wait_for_items(self._jobs, newest, _WAIT_S)
            except (MesError, MesUnreachable) as error:
                if heard:  # the worker looks by itself all the while
                    self._tell({"event": "bell_not_heard", "message": str(error)})
                heard = False
                time.sleep(_PAUSE_S)
                continue
            heard, newest = True, told.newest
            if told.rings:
                self._ring()
