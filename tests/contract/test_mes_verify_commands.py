"""`batchwright verify --audit` and `batchwright audit`, as a person runs them, on both kinds of store."""

import json
from pathlib import Path

import pytest
from mes_support import Plant, finding
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused

_RUN = CliRunner()


@pytest.fixture
def home(plant: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose store is the plant's, with a batch in it."""
    plant.reviewed("HOLD", finding())
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    return tmp_path


def _say(*words: str | Path, code: int = 0) -> str:
    ended = _RUN.invoke(app, [str(word) for word in words])
    assert ended.exit_code == code, ended.output
    return ended.output


@pytest.mark.requirement("URS-031")
def test_the_commands_say_whole_then_say_where(plant: Plant, home: Path) -> None:
    """0 while all is as it was written; 1 with the place once somebody has changed it past the program."""
    kept = home / "kept.json"
    assert "audit trail is whole" in _say("verify", "--audit")
    assert "keep this file elsewhere" in _say("audit", "checkpoint", "--out", kept)
    assert "agrees with checkpoint 1" in _say("verify", "--audit", "--checkpoint", kept)
    answer = json.loads(_say("verify", "--audit", "--format", "json"))
    assert (answer["whole"], answer["problems"]) == (True, [])
    plant.meddle("UPDATE holds SET reason = 'other'")
    said = _say("verify", "--audit", "--checkpoint", kept, code=1)
    assert said.splitlines() == ["batch B1: a hold (H-B1-1) was changed outside the program."]
    answer = json.loads(_say("verify", "--audit", "--format", "json", code=1))
    assert (answer["whole"], len(answer["problems"])) == (False, 1)


@pytest.mark.requirement("URS-031")
def test_a_proof_is_checked_without_a_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the public key alone; a forged one is refused."""
    kept, proof, key = home / "kept.json", home / "proof.json", home / "home/keys/checkpoint.pub"
    _say("audit", "checkpoint", "--out", kept)
    _say("audit", "prove", "B1", 1, "--checkpoint", kept, "--out", proof)
    monkeypatch.setenv("BATCHWRIGHT_STORE", "postgresql://nobody@127.0.0.1:1/none")
    assert "record stored" in _say("audit", "check-proof", proof, "--public-key", key)
    document = json.loads(proof.read_text())
    document["entry"]["user"] = "somebody else"
    proof.write_text(json.dumps(document))
    assert "does not hold" in _say("audit", "check-proof", proof, "--public-key", key, code=1)


def test_bad_files_are_refused_in_a_sentence(home: Path) -> None:
    """No checkpoint, no JSON, no file, no key."""
    other = home / "other.json"
    other.write_text("[1]")
    for words, says in (
        (("verify", "--audit", "--checkpoint", other), "no document of the format"),
        (("verify", "--audit", "--checkpoint", home / "absent"), "can't be read"),
        (("verify",), "Say what to verify"),
        (("audit", "check-proof", other, "--public-key", "zz"), "no public key"),
    ):
        ended = _RUN.invoke(app, [str(word) for word in words])
        assert isinstance(ended.exception, Refused), ended.output
        assert says in str(ended.exception)
