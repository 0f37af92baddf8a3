"""What commands say to a person at the prompt: whole words, which store, what to do next; and JSON for programs."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from mes_support import Plant
from typer.testing import CliRunner

from batchwright import cli
from batchwright.commands.rules_approve import ask_password
from batchwright.support.errors import Refused
from batchwright.support.later import Later
from batchwright.support.settings import Home, _say_which, home_to_serve
from keywords.browser_finder import NoBrowserError, need_a_screen

_RUN = CliRunner()
_LISTENS_OR_SHOWS = {"serve", "worker", "twin report", "courier calibrate"}
"""Commands without an answer to print: two run until they are ended, one writes files of its own kind."""


def _commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    def walk(words: str, command: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        command = command.loaded() if isinstance(command, Later) else command
        below = getattr(command, "commands", None)
        if below is None:
            yield words, command  # type: ignore[misc]
            return
        for name, one in below.items():
            yield from walk(f"{words} {name}".strip(), one)

    yield from walk("", typer.main.get_command(cli.app))


def _groups() -> list[str]:
    return ["", *sorted({words.rpartition(" ")[0] for words, _ in _commands()} - {""})]


@pytest.mark.parametrize("group", _groups())
def test_a_list_of_commands_cuts_no_sentence(group: str) -> None:
    said = _RUN.invoke(cli.app, [*group.split(), "--help"], env={"COLUMNS": "80"}).output
    assert [line for line in said.splitlines() if line.endswith("...") and "Usage" not in line] == []


def test_every_command_with_an_answer_gives_it_to_programs_too() -> None:
    lacking = {words for words, one in _commands() if not any("--format" in part.opts for part in one.params)}
    assert lacking == _LISTENS_OR_SHOWS


def test_every_argument_says_what_it_is() -> None:
    silent = [
        f"{words} {part.name}" for words, one in _commands() for part in one.params if not getattr(part, "help", "x")
    ]
    assert silent == []


def test_a_wrong_option_points_to_the_help_of_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["anything", "jobs", "list", "--nothing"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "No such option: --nothing: see 'batchwright jobs list --help'.\n"


def test_the_list_of_jobs_shows_whole_keys_and_why_one_waits(
    plant: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.reviewed("READY")
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    monkeypatch.setenv("COLUMNS", "40")
    keys = [one.business_key for one in plant.mes.work_items()]
    lines = _RUN.invoke(cli.app, ["jobs", "list"]).output.splitlines()
    assert [line.split()[0] for line in lines] == ["Key", *keys]
    shown = json.loads(_RUN.invoke(cli.app, ["jobs", "show", keys[0], "--format", "json"]).output)
    assert shown["business_key"] == keys[0]
    assert "No item is waiting." in _RUN.invoke(cli.app, ["jobs", "list", "--state", "waiting"]).output


def test_of_several_stores_the_chosen_one_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BATCHWRIGHT_STORE", raising=False)
    _say_which.cache_clear()
    main = Home(tmp_path)
    Home(main.runs / "one").make().store.touch()
    assert home_to_serve(main, None).folder.name == "one"
    assert capsys.readouterr().err == ""
    main.store.touch()
    assert home_to_serve(main, None) == home_to_serve(main, None) == main
    assert capsys.readouterr().err == "On the main store, the newest of 2 stores (another: --run).\n"


def test_several_capsules_are_checked_and_each_is_named(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.capsule.zip" for name in ("one", "two")]
    for file in files:
        file.write_bytes(b"no capsule")
    ended = _RUN.invoke(cli.app, ["verify", *map(str, files)])
    assert ended.exit_code == 1
    assert [line for line in ended.output.splitlines() if line.endswith(".zip:")] == [f"{file}:" for file in files]
    lines = _RUN.invoke(cli.app, ["verify", *map(str, files), "--format", "json"]).output.splitlines()
    assert [json.loads(line)["whole"] for line in lines] == [False, False]
    refused = _RUN.invoke(cli.app, ["verify", *map(str, files), "--proof", str(files[0])]).exception
    assert isinstance(refused, Refused)
    assert "one capsule" in str(refused)


def test_without_a_screen_no_browser_is_shown() -> None:
    need_a_screen({"DISPLAY": ":0"}, "linux")
    need_a_screen({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    need_a_screen({}, "win32")
    with pytest.raises(NoBrowserError, match="leave --headed out"):
        need_a_screen({}, "linux")


def test_a_password_can_be_piped_and_nothing_is_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHWRIGHT_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("a secret of mine\n"))
    assert ask_password("ada") == "a secret of mine"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Refused, match="No password for 'ada'"):
        ask_password("ada")
