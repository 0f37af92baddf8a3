"""Many senders at once, slow ones, and those who only begin: the others go on, and the server stays small."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
from mes_support import PASSWORD, Plant, record

from batchwright.support import servers
from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind
from mes_core.storage import SqlStore
from mes_core.web import create_app
from mes_core.web.limits import Limits

_MIB = 1024 * 1024


@contextmanager
def _served(plant: Plant, **limits: Any) -> Iterator[httpx.Client]:
    with (
        Server(create_app(plant.mes, limits=Limits(**limits)), bind()) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client,
    ):
        yield client


def _begin(client: httpx.Client, announced: int, sent: int, token: str = "") -> socket.socket:
    """A request whose body never comes whole."""
    assert client.base_url.port is not None
    one = socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST /api/batches HTTP/1.1\r\nHost: x\r\n{bearer}Content-Type: application/json\r\n"
    length = f"Content-Length: {announced}\r\n\r\n" if announced else "Transfer-Encoding: chunked\r\n\r\n"
    one.sendall((head + length).encode())
    chunk = b" " * 65536 if announced else b"10000\r\n" + b" " * 65536 + b"\r\n"
    for _ in range(sent // 65536):
        try:
            one.sendall(chunk)
        except OSError:
            break  # it was refused before all of it was sent
    return one


def _status(one: socket.socket) -> int:
    """What it was answered; 0 when the connection was closed while this still sent."""
    with closing(one):
        try:
            answer = one.recv(4096)
        except OSError:
            return 0
    return int(answer.split(b" ")[1]) if answer else 0


def _largest_mib() -> float:
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


@pytest.mark.requirement("URS-062")
@pytest.mark.parametrize("announced", [16 * _MIB - 1, 0])
def test_what_strangers_begin_to_send_takes_no_room(plant: Plant, announced: int) -> None:
    """Sixty halves of long bodies, their length announced or not, from nobody who is logged in."""
    with _served(plant) as client:
        before = _largest_mib()
        begun = [_begin(client, announced, 3 * _MIB) for _ in range(60)]
        grown = _largest_mib() - before
        assert client.get("/api/health").status_code == 200
        assert {_status(one) for one in begun} <= {413, 0}
    assert grown < 40


@pytest.mark.requirement("URS-062")
def test_what_is_known_to_come_has_its_room(plant: Plant) -> None:
    """A few long bodies of people and bots at once; the others are told to come again, and nothing is held for long."""
    with _served(plant, most_held=8 * _MIB, part_s=1.5) as client:
        token = plant.mes.login("bot-1", PASSWORD).token
        begun = [_begin(client, 16 * _MIB - 1, 3 * _MIB, token) for _ in range(5)]
        answers = sorted(_status(one) for one in begun)
        assert set(answers) <= {0, 408, 503}
        assert answers.count(408) >= 1
        whole = client.post(
            "/api/batches", json=record().model_dump(mode="json"), headers={"Authorization": f"Bearer {token}"}
        )
        assert whole.status_code == 201


@pytest.mark.requirement("URS-062")
def test_a_body_that_trickles_is_given_up(plant: Plant) -> None:
    """Byte by byte, always in time for the next one, never done."""
    with _served(plant, part_s=1.0, body_s=1.5) as client:
        one = _begin(client, 1000, 0)
        started = time.monotonic()
        for _ in range(12):
            try:
                one.sendall(b" ")
            except OSError:
                break
            time.sleep(0.25)
        assert _status(one) in (408, 0)
        assert time.monotonic() - started < 10


@pytest.mark.requirement("URS-062")
def test_a_head_that_never_ends_is_given_up(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one of a connection, and a later one."""
    monkeypatch.setattr(servers, "_HEAD_S", 0.5)
    with _served(plant) as client:
        for first in (b"", b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"):
            one = socket.create_connection((client.base_url.host, client.base_url.port), timeout=15)
            with closing(one):
                if first:
                    one.sendall(first)
                    said = b""
                    while not said.endswith(b"}"):
                        said += one.recv(4096)
                one.sendall(b"GET /api/he")
                assert one.recv(4096) == b""


@pytest.mark.requirement("URS-060")
def test_readers_go_on_while_writers_wait(plant: Plant) -> None:
    """Forty-five changes wait for the store; nobody who reads waits for them, and all are carried out in the end."""
    plant.mes.submit_batch(record(), plant.bot)
    bearer = {"Authorization": f"Bearer {plant.mes.login('bot-1', PASSWORD).token}"}
    answers: list[int] = []

    def change(client: httpx.Client, number: int) -> None:
        body = {"kind": "quality", "reason": "A doubt.", "key": f"k{number}"}
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=60) as own:
            answers.append(own.post("/api/batches/B1/holds", json=body, headers=bearer).status_code)

    with _served(plant) as client:
        threads = [threading.Thread(target=change, args=(client, number)) for number in range(45)]
        with _held(plant.store):
            for thread in threads:
                thread.start()
            time.sleep(1.5)  # all of them have arrived
            # The writer goes on until this is answered; writers give up their waiting after 15 s only.
            assert client.get("/api/batches/B1", headers=bearer, timeout=10).status_code == 200
        for thread in threads:
            thread.join()
    assert answers == [201] * 45


@contextmanager
def _held(store: SqlStore) -> Iterator[None]:
    """Somebody else writes, in a transaction that goes on and on."""
    with store.write() as work:
        work.count("batches")
        yield


@pytest.mark.requirement("URS-062")
def test_what_a_client_says_of_its_address_is_believed_of_named_proxies_only(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each guess at a password would come from an address of its own."""

    def guesses() -> list[int]:
        with _served(plant, log_ins_per_address=3) as client:
            body = {"user": "qp", "password": "wrong wrong wrong"}
            return [
                client.post("/api/login", json=body, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
                for n in range(6)
            ]

    assert guesses() == [401] * 3 + [429] * 3
    monkeypatch.setenv(servers.PROXIES, "127.0.0.1")
    assert guesses().count(429) == 0
    monkeypatch.setenv(servers.PROXIES, "*")
    with pytest.raises(Refused, match="BATCHWRIGHT_PROXIES names '\\*'"):
        servers.proxies()
