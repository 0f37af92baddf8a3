"""How soon an idle worker claims what was just queued: from the answer to who stored the record, to the answer to it.

A server with a store of either kind, and a client that waits at the bell as a worker does; what is compared is a client
that looks every 2 s, as workers without a bell do.
"""

import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from bots.runtime.bell import Bell
from bots.runtime.orders import Orders
from mes_core.client import MesClient
from mes_core.domain.principals import SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.services import BuiltinRules, Mes, outbox
from mes_core.storage import open_store
from mes_core.web import create_app

LIMIT_MS = 100.0
_STARTS, _LOOKS, _LOOK_S = 40, 8, 2.0
_USER, _PASSWORD = "bench-bot", "a long one for a benchmark 42"


def starts_ms(address: Path | str) -> tuple[float, float]:
    """Medians of record stored to item claimed: with the bell, and with looks every 2 s."""
    with _server(address) as url, MesClient.login(url, _USER, _PASSWORD) as client:
        stopped = threading.Event()
        orders = Orders(iter(()), grace_s=3600.0)  # type: ignore[arg-type]  # nobody gives any
        Bell(client.beside(), (outbox.REVIEW,), orders.ring, stopped.is_set, _fail).listen()
        with_bell = _measured(client, _STARTS, "bell", lambda: orders.next(_LOOK_S))
        stopped.set()
        without = _measured(client, _LOOKS, "look", lambda: time.sleep(_LOOK_S))
    return with_bell, without


def _fail(event: dict[str, Any]) -> None:
    sys.stderr.write(f"The bell was not heard: {event['message']}\n")
    os._exit(1)  # it is said in a thread, and the figures would be others


def _measured(client: MesClient, count: int, name: str, wait: Callable[[], object]) -> float:
    taken, told, other = [], threading.Event(), client.beside()
    stored = [0.0]
    random.seed(1)

    def store() -> None:
        for number in range(count):
            time.sleep(random.uniform(0.3, 0.3 + (0.3 if name == "bell" else _LOOK_S)))
            told.clear()
            other.submit_batch(_record(f"{name}-{number}"))
            stored[0] = time.perf_counter()
            told.wait(30.0)

    storing = threading.Thread(target=store)
    storing.start()
    while len(taken) < count:
        wait()
        while (item := client.claim("w-1", (outbox.REVIEW,), "s" * 30)) is not None:
            now = time.perf_counter()
            time.sleep(0.005)  # until the other thread has written its moment down
            taken.append(max(0.0, (now - stored[0]) * 1000))
            client.complete(item)
            told.set()
    storing.join()
    other.close()
    return statistics.median(taken)


def _record(name: str) -> BatchRecord:
    head = {"kind": "car_t", "product": "Cells", "product_code": "P", "master_record": "M", "procedure": "CAR-T"}
    return BatchRecord.model_validate({**head, "batch_id": name, "master_record_version": "1"})


@contextmanager
def _server(address: Path | str) -> Iterator[str]:
    store = open_store(address)
    mes = Mes(store, BuiltinRules(), lambda: datetime.now(UTC))
    mes.create_bot(_USER, _PASSWORD, actor=SystemPrincipal("benchmark"))
    server = uvicorn.Server(uvicorn.Config(create_app(mes), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        store.close()
