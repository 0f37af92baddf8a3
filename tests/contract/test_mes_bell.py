"""Who waits for items hears of a new one at once, whoever queued it; a bell that is not heard costs time alone."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, FakeRules, Plant, record

from bots.runtime.bell import Bell as Listener
from bots.runtime.orders import DRAIN, Orders
from mes_core.client import MesClient, MesUnreachable
from mes_core.messages.work import Rang
from mes_core.services import Mes
from mes_core.web import create_app
from mes_core.web.bell import Bell

_REVIEW = ("batch_record_review",)


async def _wait_while(bell: Bell, act: Callable[[], Any], jobs: tuple[str, ...] = _REVIEW) -> tuple[Rang, float]:
    """What one who waits is told, and how many seconds after the act."""
    first = await bell.wait(jobs, None, 5.0)
    waiting = asyncio.create_task(bell.wait(jobs, first.newest, 1.5))
    await asyncio.sleep(0.15)
    assert not waiting.done()
    await asyncio.to_thread(act)
    done = time.monotonic()
    return await waiting, time.monotonic() - done


def test_an_item_of_another_process_rings(plant: Plant) -> None:
    """Another MES over the same store queues it; a job that nobody waits for does not ring, and time ends the wait."""
    other = Mes(plant.store, FakeRules(), lambda: plant.now)
    told, seconds = asyncio.run(_wait_while(Bell(plant.mes), lambda: other.submit_batch(record(), plant.bot)))
    assert told.rings
    assert seconds < 1.0
    told, seconds = asyncio.run(
        _wait_while(Bell(plant.mes), lambda: other.submit_batch(record("B2"), plant.bot), ("another_job",))
    )
    assert not told.rings
    assert 1.0 < seconds < 3.0


def test_those_who_wait_share_one_look(plant: Plant) -> None:
    """Twenty for half a second: no more looks at the store than one alone would need."""
    looks = 0

    class Counted(Mes):
        def newest_place(self) -> int:
            nonlocal looks
            looks += 1
            return super().newest_place()

    async def twenty() -> None:
        bell = Bell(Counted(plant.store, FakeRules(), lambda: plant.now))
        await asyncio.gather(*(bell.wait(_REVIEW, 0, 0.5) for _ in range(20)))

    asyncio.run(twenty())
    assert 1 <= looks <= 12


def test_a_place_of_another_store_rings(plant: Plant) -> None:
    """After a restore places begin anew: who waits looks, and goes on from the newest that there is."""
    assert asyncio.run(Bell(plant.mes).wait(_REVIEW, 999, 5.0)) == Rang(newest=0, rings=True)


def test_the_bell_is_for_those_who_are_logged_in(plant: Plant) -> None:
    """And waits for 5 s at most."""
    with TestClient(create_app(plant.mes)) as web:
        assert web.get("/api/work-items/bell", params={"jobs": "x"}).status_code == 401
        token = web.post("/api/login", json={"user": "bot-1", "password": PASSWORD}).json()["token"]
        known = {"Authorization": f"Bearer {token}"}
        told = web.get("/api/work-items/bell", params={"jobs": "x"}, headers=known)
        assert told.json() == {"newest": 0, "rings": False}
        with MesClient.login("http://testserver", "bot-1", PASSWORD, transport=web._transport) as client:
            assert client.wait_for_items(("x",), None, 1.0) == Rang(newest=0, rings=False)
            assert client.wait_for_items(_REVIEW, 0, 0.1) == Rang(newest=0, rings=False)
            plant.mes.submit_batch(record(), plant.bot)
            assert client.wait_for_items(_REVIEW, 0, 1.0) == Rang(newest=1, rings=True)
        long = web.get("/api/work-items/bell", params={"jobs": "x", "seconds": 60}, headers=known)
        assert long.status_code == 422


def test_a_worker_that_hears_nothing_listens_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A MES that is away, an item, and the end; several rings before the worker looks are one look."""
    monkeypatch.setattr("bots.runtime.bell._PAUSE_S", 0.01)
    orders, ended, asked = Orders(iter(()), grace_s=60.0), threading.Event(), []  # type: ignore[arg-type]

    class Away:
        def wait_for_items(self, jobs: tuple[str, ...], after: int | None, seconds: float) -> Rang:
            del jobs, seconds
            asked.append(after)
            if len(asked) == 1:
                raise MesUnreachable("It is away.")
            if len(asked) == 5:
                ended.set()
            return Rang(newest=len(asked), rings=len(asked) > 2)

    client: Any = Away()
    told: list[dict[str, Any]] = []
    Listener(client, _REVIEW, orders.ring, ended.is_set, told.append).listen()
    assert ended.wait(5.0)
    assert asked == [None, None, 2, 3, 4]
    assert told == [{"event": "bell_not_heard", "message": "It is away."}]
    time.sleep(0.1)
    assert orders.next() == DRAIN
    assert orders.next(0.01) == ""
    orders.ring()
    assert orders.next() == DRAIN
