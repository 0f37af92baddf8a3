"""Tells the MES of the steps of an item while it runs, for people who look on; an item never waits or fails for it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from keywords.context import current
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.messages.work import MOST_STEPS, ItemStep, StepState, TellSteps

_DEEPEST = 2
_LONGEST_NAME = 200
_EVERY_S, _LAST_S = 1.0, 2.0


class StepTeller:
    """A Robot Framework listener that tells of the steps of a task, and of the steps right below them.

    Names of steps only, as the suite spells them: what they are given may be about a patient. A thread of its own sends
    what is known by then, once a second at most.

    Args:
        client: Makes a client for the thread, under the lease of the item in hand.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, client: Callable[[], MesClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._steps: list[ItemStep] = []
        self._open: list[int | None] = []
        self._item = ("", 0)
        self._over, self._news = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start_test(self, data: Any, result: Any) -> None:
        """A task of an item begins."""
        del data, result
        item = current().item
        self._item = (str(item["item_id"]), int(item["epoch"]))
        self._steps, self._open = [], []
        self._over, self._news = threading.Event(), threading.Event()
        given = (self._item, self._over, self._news)
        self._thread = threading.Thread(target=self._send, args=given, name="steps of an item", daemon=True)
        self._thread.start()

    def end_test(self, data: Any, result: Any) -> None:
        """It has ended: the last steps get a moment to go out, and no more."""
        del data, result
        self._over.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(_LAST_S)

    def start_keyword(self, data: Any, result: Any) -> None:
        """A step begins."""
        del result
        depth = len(self._open) + 1
        named = depth <= _DEEPEST and data.type in ("KEYWORD", "SETUP", "TEARDOWN") and len(self._steps) < MOST_STEPS
        if not named or self._thread is None:
            self._open.append(None)
            return
        step = ItemStep(name=str(data.name or "-")[:_LONGEST_NAME], depth=depth, begun_at=datetime.now(UTC))
        with self._lock:
            self._open.append(len(self._steps))
            self._steps.append(step)
        self._news.set()

    def end_keyword(self, data: Any, result: Any) -> None:
        """A step has ended."""
        del data
        place = self._open.pop() if self._open else None
        if place is None:
            return
        state = {"PASS": StepState.DONE, "FAIL": StepState.FAILED}.get(result.status, StepState.LEFT_OUT)
        seconds = round(result.elapsed_time.total_seconds(), 3)
        with self._lock:
            self._steps[place] = self._steps[place].model_copy(update={"state": state, "seconds": seconds})
        self._news.set()

    def _send(self, item: tuple[str, int], over: threading.Event, news: threading.Event) -> None:
        """Send what is known whenever something is new, until the item is over."""
        try:
            with self._client() as client:
                while not over.is_set():
                    news.wait()
                    news.clear()
                    with self._lock:
                        known = tuple(self._steps)
                    client.tell_steps(item[0], TellSteps(epoch=item[1], steps=known))
                    over.wait(_EVERY_S)
                with self._lock:
                    known = tuple(self._steps)
                client.tell_steps(item[0], TellSteps(epoch=item[1], steps=known))
        except (MesError, MesUnreachable):
            return  # who looks on sees what was told so far; the item goes on
