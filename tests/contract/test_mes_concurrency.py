"""Sixteen clients at once, and servers killed at any moment: nothing lost, no gap, every refusal a 409 or 412."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from mes_support import PASSWORD, FakeRules, Plant, record

from batchwright.support.servers import Server, bind
from mes_core.messages import views as v
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app
from mes_core.web.limits import NO_LIMITS

_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_CLIENTS = 16
_ROUNDS = 40 if _SOAK else 6
_KILLS = int(os.environ.get("BATCHWRIGHT_KILLS") or (200 if _SOAK else 4))
"""The soak can be run in pieces: fewer kills, and another seed each time."""
_SEED = int(os.environ.get("BATCHWRIGHT_SEED") or 7)
_LOADERS = 4
_BATCHES = ("B1", "B2", "B3", "B4")


@pytest.mark.requirement("URS-060")
def test_sixteen_clients_lose_nothing(plant: Plant, address: Path | str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each corrects the value it saw; who saw an old one gets 409 or 412, and every acknowledged change stays.

    Every second client sends the tag of what it saw along.
    """
    for name in _BATCHES:
        plant.mes.submit_batch(record(name), plant.bot)
    answers: Counter[int] = Counter()
    written: Counter[str] = Counter()
    lock = threading.Lock()

    def work(number: int, url: str, token: str) -> None:
        dice = random.Random(number)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
            for _ in range(_ROUNDS):
                name = dice.choice(_BATCHES)
                seen = client.get(f"/api/batches/{name}/record", timeout=60)
                old = next(one["value"] for one in seen.json()["parameters"] if one["name"] == "volume")
                body = {"path": "parameters/volume/value", "old": old, "new": old + 1, "reason": "Counted once more."}
                tag = {"If-Match": seen.headers["etag"]} if number % 2 else {}
                answer = client.post(
                    f"/api/batches/{name}/corrections", json={**body, "password": PASSWORD}, headers=tag, timeout=60
                )
                with lock:
                    answers[answer.status_code] += 1
                    written[name] += answer.status_code == httpx.codes.CREATED

    with Server(create_app(plant.mes, limits=NO_LIMITS), bind()) as server:
        tokens = [plant.mes.login("operator", PASSWORD).token for _ in range(_CLIENTS)]
        threads = [threading.Thread(target=work, args=(n, server.url, token)) for n, token in enumerate(tokens)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(answers) <= {201, 409, 412}, answers
    assert sum(answers.values()) == _CLIENTS * _ROUNDS
    assert answers[201] >= len(_BATCHES)
    for name in _BATCHES:
        stands = next(one.value for one in plant.mes.get_record(name).parameters if one.name == "volume")
        assert stands == 50 + written[name]
        assert plant.mes.get_batch(name).record_version == 1 + written[name]
        numbers = [entry.number for entry in plant.mes.audit(name)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert plant.mes.verify_audit() == []
    with capsys.disabled():
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
        kind = "PostgreSQL" if "://" in str(address) else "SQLite"
        print(f"\n{kind}: {_CLIENTS} clients, {sum(answers.values())} changes: {by_status}")  # noqa: T201


def _serve(address: str) -> None:
    """The process that is killed: the server, which says where it answers."""
    with closing(open_store(address)) as store:
        mes = Mes(store, FakeRules(), lambda: datetime.now(UTC))
        with Server(create_app(mes, limits=NO_LIMITS), bind()) as server:
            print(server.url, flush=True)  # noqa: T201
            threading.Event().wait()


class _Load:
    """Clients that store records and correct them until the server is gone; `acknowledged` is what they were told."""

    def __init__(self, url: str, operator: str, bot: str, name: str) -> None:
        self.acknowledged: dict[str, int] = {}
        self.refused: list[str] = []
        self._url, self._operator, self._bot, self._name = url, operator, bot, name
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(_LOADERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=30)
            assert not thread.is_alive()

    def _work(self, number: int) -> None:
        with httpx.Client(base_url=self._url, trust_env=False, timeout=20) as client, suppress(httpx.TransportError):
            for place in range(100_000):
                batch = f"{self._name}-{number}-{place}"
                body = record(batch).model_dump_json()
                self._send(client, "/api/batches", self._bot, content=body)
                self.acknowledged[batch] = 1
                for version in (2, 3):
                    said = {"path": "parameters/volume/value", "old": 48.0 + version, "new": 49.0 + version}
                    said |= {"reason": "Counted once more.", "password": PASSWORD}
                    self._send(client, f"/api/batches/{batch}/corrections", self._operator, json=said)
                    self.acknowledged[batch] = version

    def _send(self, client: httpx.Client, path: str, token: str, **more: Any) -> None:
        answer = client.post(
            path, headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, **more
        )
        if answer.status_code != httpx.codes.CREATED:
            self.refused.append(answer.text)


@pytest.mark.requirement("URS-061")
def test_a_server_killed_at_any_moment_leaves_nothing_half_written(
    plant: Plant, address: Path | str, capsys: pytest.CaptureFixture[str]
) -> None:
    """After each kill the trail verifies, and every acknowledged change is there."""
    plant.now = datetime.now(UTC)
    for change in ((PASSWORD, f"{PASSWORD}!"), (f"{PASSWORD}!", PASSWORD)):
        plant.mes.change_password(v.NewPassword(user="operator", password=change[0], new_password=change[1]))
    tokens = [plant.mes.login(user, PASSWORD).token for user in ("operator", "bot-1")]
    dice, acknowledged, empty = random.Random(_SEED), {}, 0
    for kill in range(_KILLS):
        process = subprocess.Popen([sys.executable, __file__, str(address)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        load = _Load(process.stdout.readline().strip(), *tokens, name=f"K{_SEED}-{kill}")
        load.start()
        give_up = time.monotonic() + 30
        while not load.acknowledged and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        load.join()
        assert load.refused == []
        empty += not load.acknowledged
        assert plant.mes.verify_audit() == []
        for name, version in load.acknowledged.items():
            # One more may have been stored whose acknowledgement the kill cut off.
            assert plant.mes.get_batch(name).record_version in (version, version + 1)
        acknowledged.update(load.acknowledged)
    assert empty == 0
    for name, version in acknowledged.items():
        assert plant.mes.get_batch(name).record_version in (version, version + 1)
    stored = plant.mes.list_batches(limit=1).total
    assert len(acknowledged) <= stored <= len(acknowledged) + _KILLS * _LOADERS
    with capsys.disabled():
        changes = sum(acknowledged.values())
        kind = "PostgreSQL" if "://" in str(address) else "SQLite"
        print(f"\n{kind}: {_KILLS} kills (seed {_SEED}), {changes} acknowledged changes, none lost")  # noqa: T201


if __name__ == "__main__":
    _serve(sys.argv[1])
