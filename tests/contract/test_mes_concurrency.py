"""Sixteen clients at once, and servers killed at any moment: nothing lost, no gap, every refusal a 409 or 412."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from mes_support import PASSWORD, SYSTEM, FakeRules, Plant, record

from batchwright.servers import Server, bind
from mes_core.domain.errors import Conflict, Stale
from mes_core.messages import views as v
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app

_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_CLIENTS = 16
_ROUNDS = 40 if _SOAK else 6
_KILLS = 200 if _SOAK else 4
_BATCHES = ("B1", "B2", "B3", "B4")


@pytest.mark.requirement("URS-060")
def test_sixteen_clients_lose_nothing(plant: Plant) -> None:
    """Each corrects the value it saw; who saw an old one gets 409 or 412, and every acknowledged change stays."""
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
                seen = client.get(f"/api/batches/{name}/record", timeout=60).json()
                old = next(one["value"] for one in seen["parameters"] if one["name"] == "volume")
                body = {"path": "parameters/volume/value", "old": old, "new": old + 1, "reason": "Counted once more."}
                answer = client.post(
                    f"/api/batches/{name}/corrections", json={**body, "password": PASSWORD}, timeout=60
                )
                with lock:
                    answers[answer.status_code] += 1
                    written[name] += answer.status_code == httpx.codes.CREATED

    with Server(create_app(plant.mes), bind()) as server:
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


def _load(address: str, out: Path) -> None:
    """What the process that is killed does: stores records and corrects them, and says what was acknowledged."""
    rules = FakeRules()
    store = open_store(address)
    mes = Mes(store, rules, lambda: datetime.now(UTC))
    with closing(store), out.open("a", encoding="ascii", buffering=1) as said:
        who = mes.authenticate(os.environ["KILLED_TOKEN"])
        number = 0
        while True:
            name = f"K{os.getpid()}-{number}"
            mes.submit_batch(record(name), SYSTEM)
            said.write(f"{name} 1\n")
            for version in (2, 3):
                body: dict[str, Any] = {"path": "parameters/volume/value", "old": 48.0 + version, "new": 49.0 + version}
                correction = v.Correction(**body, reason="Counted once more.", password=PASSWORD)
                try:
                    mes.correct(name, correction, who)
                except (Conflict, Stale):
                    continue
                said.write(f"{name} {version}\n")
            number += 1


@pytest.mark.requirement("URS-061")
def test_a_server_killed_at_any_moment_leaves_nothing_half_written(
    plant: Plant, address: Path | str, tmp_path: Path
) -> None:
    """After each kill the trail verifies, and every acknowledged change is there."""
    out = tmp_path / "acknowledged.txt"
    out.touch()
    plant.now = datetime.now(UTC)
    plant.mes.change_password(v.NewPassword(user="operator", password=PASSWORD, new_password=f"{PASSWORD}!"))
    plant.mes.change_password(v.NewPassword(user="operator", password=f"{PASSWORD}!", new_password=PASSWORD))
    environment = {**os.environ, "KILLED_TOKEN": plant.mes.login("operator", PASSWORD).token}
    dice, lengths = random.Random(7), []
    for _ in range(_KILLS):
        before = out.stat().st_size
        process = subprocess.Popen([sys.executable, __file__, str(address), str(out)], env=environment)
        give_up = time.monotonic() + 30
        while out.stat().st_size == before and time.monotonic() < give_up:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        lengths.append(out.stat().st_size - before)
        assert plant.mes.verify_audit() == []
    assert min(lengths) > 0
    acknowledged: dict[str, int] = {}
    for line in out.read_text(encoding="ascii").splitlines():
        name, version = line.split()
        acknowledged[name] = int(version)
    for name, version in acknowledged.items():
        # One more may have been stored whose acknowledgement the kill cut off.
        assert plant.mes.get_batch(name).record_version in (version, version + 1)


if __name__ == "__main__":
    _load(sys.argv[1], Path(sys.argv[2]))
