"""The MES is away for a while: a worker waits for it, and asks again what it is safe to ask twice."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from mes_core.client import MesError, MesUnreachable

T = TypeVar("T")
_WAITS_S = (0.5, 1.0, 2.0, 5.0, 10.0)


class Patience:
    """Asks the MES again until it answers.

    Args:
        emit: Receives `mes_gone` once and `mes_back`.
        stopping: Whether to give up because the worker is to end.
        endless: Whether to wait at all; without, the first failure is the last.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        emit: Callable[[dict[str, Any]], None],
        stopping: Callable[[], bool] = lambda: False,
        *,
        endless: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._emit = emit
        self._stopping = stopping
        self._endless = endless
        self._sleep = sleep

    def ask(self, what: Callable[[], T]) -> T:
        """The answer to a question that may be asked twice.

        Raises:
            MesUnreachable: It did not answer, and we are to end or may not wait.
            MesError: It refused; or it failed (a status of 500 and more), and we are to end or may not wait.
        """
        failures = 0
        while True:
            try:
                answer = what()
            except (MesUnreachable, MesError) as error:
                if not self._endless or not is_outage(error) or self._stopping():
                    raise
                if not failures:
                    self._emit({"event": "mes_gone", "message": f"{error} The worker asks again until it answers."})
                self._pause(_WAITS_S[min(failures, len(_WAITS_S) - 1)])
                failures += 1
            else:
                if failures:
                    self._emit({"event": "mes_back", "asked": failures + 1})
                return answer

    def _pause(self, seconds: float) -> None:
        """Sleep in short pieces, so that an order to stop is obeyed at once."""
        while seconds > 0 and not self._stopping():
            self._sleep(min(seconds, 0.5))
            seconds -= 0.5


def is_outage(error: MesUnreachable | MesError) -> bool:
    """Whether the MES may answer the same question later: it can't be reached, or it failed itself."""
    return isinstance(error, MesUnreachable) or error.status >= 500
