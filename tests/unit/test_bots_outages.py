"""A MES that is away: what is asked again, what is not, and when a worker gives up."""

from typing import Any

import pytest

from bots.runtime.outages import Patience
from mes_core.client import MesError, MesUnreachable


class _Mes:
    """Fails as it is told to, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked = 0

    def ask(self) -> str:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def _patience(**more: Any) -> tuple[Patience, list[dict[str, Any]], list[float]]:
    events: list[dict[str, Any]] = []
    slept: list[float] = []
    return Patience(events.append, sleep=slept.append, **{"endless": True, **more}), events, slept


def test_it_is_asked_until_it_answers_and_told_once() -> None:
    mes = _Mes(*[MesUnreachable("The MES at X did not answer.")] * 7, MesError(503, "The disk is full."))
    patience, events, slept = _patience()
    assert patience.ask(mes.ask) == "answer"
    assert [event["event"] for event in events] == ["mes_gone", "mes_back"]
    assert events[0]["message"] == "The MES at X did not answer. The worker asks again until it answers."
    assert sum(slept) == 0.5 + 1 + 2 + 5 + 10 * 4
    assert max(slept) == 0.5, "an order to stop is obeyed soon"


@pytest.mark.parametrize("error", [MesError(409, "The lease is lost."), MesError(401, "The password is wrong.")])
def test_a_refusal_is_an_answer(error: MesError) -> None:
    patience, events, slept = _patience()
    with pytest.raises(MesError):
        patience.ask(_Mes(error).ask)
    assert (events, slept) == ([], [])


def test_who_may_not_wait_or_is_told_to_stop_gives_up() -> None:
    mes = _Mes(MesUnreachable("gone"), MesUnreachable("gone"))
    with pytest.raises(MesUnreachable):
        _patience(endless=False)[0].ask(mes.ask)
    orders = iter([False, False, True, True])
    patience, events, _ = _patience(stopping=lambda: next(orders))
    with pytest.raises(MesUnreachable):
        patience.ask(_Mes(*[MesUnreachable("gone")] * 9).ask)
    assert [event["event"] for event in events] == ["mes_gone"]
