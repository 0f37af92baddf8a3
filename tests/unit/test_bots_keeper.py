"""The lease of an item in hand: renewed from a thread of its own, lost in words, never kept for ever."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest

from bots.runtime.keeper import Keeper
from mes_core.client import MesError, MesUnreachable

_LONG_S = 5.0


class Client:
    """A client that answers renewals one after the other as it is told; the last answer stands for all later ones."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.made = self.renewed = 0
        self.threads: set[str] = set()

    def __call__(self) -> "Client":
        self.made += 1
        return self

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def renew(self, item: Any) -> None:
        """Answer."""
        self.renewed += 1
        self.threads.add(threading.current_thread().name)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer


class Item:
    """An item, as far as a lease needs one."""

    item_id = "W-1"


def kept(client: Client, **times: float) -> Keeper:
    """A keeper of the item with short times."""
    return Keeper(client, Item(), **{"every_s": 0.01, "longest_s": 60.0, **times})  # type: ignore[arg-type]


def until(what: Callable[[], bool]) -> None:
    """Wait for something, for seconds at most."""
    limit = time.monotonic() + _LONG_S
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.005)


def refused(detail: str) -> MesError:
    """The MES's refusal of a lease that another has."""
    return MesError(409, detail)


@pytest.mark.requirement("URS-173")
def test_a_lease_is_renewed_beside_the_item_until_it_ends() -> None:
    client = Client(None)
    with kept(client) as keeper:
        until(lambda: client.renewed >= 3)
        assert keeper.lost == ""
    assert client.threads == {"lease of W-1"}
    until(lambda: not any(one.name == "lease of W-1" for one in threading.enumerate()))
    before = client.renewed
    time.sleep(0.05)
    assert client.renewed == before


@pytest.mark.requirement("URS-173")
def test_a_lost_lease_is_said_and_not_asked_for_again() -> None:
    client = Client(None, refused("Item W-1 is in another worker's hands."))
    with kept(client) as keeper:
        until(lambda: bool(keeper.lost))
        time.sleep(0.05)
    assert keeper.lost == "Item W-1 is in another worker's hands."
    assert client.renewed == 2


@pytest.mark.requirement("URS-173")
def test_a_mes_that_comes_back_in_time_loses_nothing() -> None:
    client = Client(MesUnreachable("The MES does not answer."), None)
    with kept(client) as keeper:
        until(lambda: client.renewed >= 2)
        until(lambda: keeper.lost == "")


@pytest.mark.requirement("URS-173")
def test_an_item_that_hangs_is_not_kept_for_ever() -> None:
    client = Client(None)
    with kept(client, every_s=0.01, longest_s=0.05):
        until(lambda: client.renewed == 5)
        time.sleep(0.1)
    assert client.renewed == 5


@pytest.mark.requirement("URS-173")
def test_an_item_that_is_done_soon_costs_no_connection() -> None:
    client = Client(None)
    with kept(client, every_s=5.0):
        pass
    until(lambda: not any(one.name == "lease of W-1" for one in threading.enumerate()))
    assert client.made == 0
