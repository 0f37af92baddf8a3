"""`batchwright serve` with several processes, with TLS, and what it refuses; whether it is ready."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from batchwright.support.serving import share_of
from batchwright.support.settings import main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.errors import Unauthenticated
from mes_core.domain.principals import Role
from mes_core.web.limits import Limits

pytestmark = pytest.mark.requirement("URS-230")
PASSWORD = "correct horse battery"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one account."""
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("BATCHWRIGHT_STORE", raising=False)
    mes = open_mes(main_home())
    mes.create_person("rita.reviewer", "Rita Reviewer", [Role.REVIEWER], PASSWORD, actor=who_runs_this())
    return tmp_path


@contextmanager
def served(*words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The command in a process of its own; the process and the address it tells."""
    command = [sys.executable, "-P", "-m", "batchwright", "serve", "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = ""
        while "Console:" not in told:
            line = process.stdout.readline()
            assert line, "it ended without an address"
            told += line
        (address,) = re.findall(r"Console: (\S+)", told)
        yield process, address
    finally:
        process.terminate()
        assert process.wait(timeout=30) in (0, 130)  # 130: the signal was passed on when all was over


def _ready(address: str, verify: ssl.SSLContext | bool = True) -> None:
    said = "nothing was asked"
    for _ in range(300):
        try:
            answer = httpx.get(f"{address}/health/ready", verify=verify)
        except httpx.TransportError as error:
            said = repr(error)
        else:
            if answer.status_code == 200:
                return
            said = answer.text
        time.sleep(0.1)
    raise AssertionError(f"{address} did not get ready: {said}")


def test_two_processes_answer_as_one_and_the_dead_one_is_replaced(home: Path) -> None:
    with served("--workers", "2") as (process, address):
        _ready(address)
        children = _children(process.pid)
        assert len(children) >= 2
        with httpx.Client(base_url=address) as one:
            token = one.post("/api/login", json={"user": "rita.reviewer", "password": PASSWORD}).json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        for _ in range(20):  # a new connection each time, taken by either process
            assert httpx.get(f"{address}/api/batches", headers=headers).status_code == 200
        os.kill(children[-1], signal.SIGKILL)
        _ready(address)
        for _ in range(20):
            assert httpx.get(f"{address}/api/batches", headers=headers).status_code == 200
        for _ in range(100):
            now = _children(process.pid)
            if children[-1] not in now and len(now) == len(children):
                break
            time.sleep(0.1)
        assert children[-1] not in now
        assert len(now) == len(children)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(one) for one in found.split()]


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    secret.write_bytes(key.private_bytes(*form))
    return chain, secret


def test_a_certificate_makes_it_https_and_the_cookie_the_host_s(home: Path) -> None:
    chain, key = _certificate(home)
    trusted = ssl.create_default_context(cafile=str(chain))
    with served("--tls-certificate", str(chain), "--tls-key", str(key)) as (_, address):
        assert address.startswith("https://127.0.0.1:")
        address = address.replace("127.0.0.1", "localhost")
        _ready(address, trusted)
        with httpx.Client(base_url=address, verify=trusted) as one:
            form = re.findall(r'name="csrf" value="([^"]*)"', one.get("/login").text)
            said = {"user": "rita.reviewer", "password": PASSWORD, **({"csrf": form[0]} if form else {})}
            answer = one.post("/login", data=said, headers={"Origin": address})
        assert answer.status_code == 303
        assert answer.headers["set-cookie"].startswith("__Host-")


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        (("--tls-certificate", "absent.pem"), "development", "belong together"),
        (("--tls-certificate", "absent.pem", "--tls-key", "absent.pem"), "development", "can't be used"),
        (("--host", "192.0.2.7"), "production", "in the open"),
        (("--host", "192.0.2.7"), "development", "can't be used"),
    ],
)
def test_what_can_not_be_served_is_refused_in_a_sentence(
    words: tuple[str, ...], environment: str, says: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_ENVIRONMENT", environment)
    with pytest.raises(Refused, match=says):
        CliRunner().invoke(app, ["serve", *words], catch_exceptions=False, standalone_mode=False)


def test_each_process_takes_its_share_of_the_requests() -> None:
    whole = Limits(per_account=100, per_address=0, log_ins_per_address=3)
    part = share_of(whole, 4)
    assert (part.per_account, part.per_address, part.log_ins_per_address) == (25, 0, 1)
    assert part.longest_body == whole.longest_body


def test_several_processes_look_at_little_more_than_five_guesses_together(home: Path) -> None:
    """A guesser who meets each process in turn is kept waiting by all of them."""
    processes = [open_mes(main_home()) for _ in range(3)]
    looked_at = 0
    for mes in processes:
        mes.shared_by(len(processes))
    for number in range(15):
        try:
            processes[number % 3].login("rita.reviewer", "a wrong password", where="192.0.2.1")
        except Unauthenticated as refused:
            looked_at += "Too many" not in str(refused)
    assert looked_at == 6
