"""What starts before a command does: help, version and completion, which import no command."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from command_line import batchwright
from typer.testing import CliRunner

from batchwright import cli
from batchwright.support.later import Later

_HEAVY = ("numpy", "pandas", "sklearn", "robot", "playwright", "sqlalchemy", "matplotlib", "scipy", "rich")
_LIST = """
import atexit, sys
atexit.register(lambda: print(*sorted(sys.modules), sep="\\n", file=sys.stderr))
from batchwright.cli import main
main()
"""
_LATER = [one for one in typer.main.get_command(cli.app).commands.values() if isinstance(one, Later)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--help",), {}),
        ((), {}),
        (("--version",), {}),
        ((), {"_BATCHWRIGHT_COMPLETE": "complete_bash", "COMP_WORDS": "batchwright jo", "COMP_CWORD": "1"}),
    ],
)
def test_help_version_and_completion_import_no_command(words: tuple[str, ...], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIST, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    loaded = set(done.stderr.split())
    assert loaded & {"typer", "batchwright.cli"} == {"typer", "batchwright.cli"}
    assert loaded & set(_HEAVY) == set()
    assert [name for name in loaded if name.startswith(("batchwright.commands.", "mes_core", "rules", "bots"))] == []


@pytest.mark.parametrize("later", _LATER, ids=lambda one: one.name)
def test_the_list_says_of_a_command_what_the_command_says_itself(later: Later) -> None:
    assert later.loaded().get_short_help_str(200) == later.get_short_help_str(200)


def test_the_version_is_that_of_the_distribution() -> None:
    assert CliRunner().invoke(cli.app, ["--version"]).output == f"batchwright {version('batchwright')}\n"


@pytest.mark.parametrize("words", [(), ("jobs",), ("jobs", "list")])
def test_a_short_h_is_help_everywhere(words: tuple[str, ...]) -> None:
    short, long = (CliRunner().invoke(cli.app, [*words, one]).output for one in ("-h", "--help"))
    assert short == long
    assert "-h, --help" in short


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("batchwright jo", ["jobs"]),
        ("batchwright jobs re", ["retry"]),
        ("batchwright rules ap", ["approve"]),
        ("batchwright jobs list --ba", ["--batch"]),
        ("batchwright export e", ["epcis"]),
    ],
)
def test_shells_complete_commands_options_and_choices(tmp_path: Path, typed: str, offered: list[str]) -> None:
    words = typed.split()
    asked = {"_BATCHWRIGHT_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = batchwright(cwd=tmp_path, **asked)
    assert (done.returncode, done.stdout.split()) == (0, offered), done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_gets_its_script(tmp_path: Path, shell: str) -> None:
    done = batchwright(cwd=tmp_path, _BATCHWRIGHT_COMPLETE=f"source_{shell}")
    assert done.returncode == 0, done.stderr
    assert "_BATCHWRIGHT_COMPLETE" in done.stdout


def test_a_document_that_is_too_deep_is_one_sentence(tmp_path: Path) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 50_000, encoding="utf-8")
    words = ("audit", "check-proof", str(deep), "--public-key", str(deep))
    said = batchwright(*words, cwd=tmp_path, BATCHWRIGHT_HOME=str(tmp_path))
    assert (said.returncode, said.stderr.count("\n")) == (2, 1), said.stderr
    assert "nested too deep" in said.stderr
