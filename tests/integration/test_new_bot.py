"""A bot that `batchwright new bot` made runs at once: on the practice desk, in a real browser, as its author would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import strangers

from batchwright.new_bot import NewBot
from batchwright.support.errors import Refused
from keywords.settings import SettingsError, load_settings
from keywords.sites.registry import products

NAME = "storage_request"


def batchwright(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "batchwright", *arguments], cwd=cwd, capture_output=True, text=True, timeout=180
    )


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made among an author's own files, four of which have names of ours."""
    root = tmp_path_factory.mktemp("author")
    strangers(root)
    made = batchwright("new", "bot", NAME, cwd=root)
    assert made.returncode == 0, made.stderr
    return root / "my_bots"


@pytest.mark.browser
def test_the_test_that_comes_with_it_passes_in_robot_framework(bots: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "robot", "--outputdir", str(bots.parent / "out"), str(bots / "tests")],
        cwd=bots.parent,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stdout
    assert "1 test, 1 passed" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "bot", "Not-A-Name"), "is no name for a bot"),
        (("new", "bot", "courier_scheduling"), "There is a 'courier_scheduling' already"),
        (("new", "bot", "lims_labline"), "There is a 'lims_labline' already"),
        (("run", "nothing", "--practice", "--bots", "nowhere"), "make a folder of bots with 'batchwright new bot"),
        (("run", "courier_scheduling", "K-1"), "BATCHWRIGHT_SETTINGS is not set"),
        (("jobs", "ask", "some_bot", "B-1"), "There is no bot 'some_bot'"),
        (("jobs", "ask", "predictive_hold", "B-1"), "run 'batchwright demo'"),
        (("site", "learn", "--name", "our_desk"), "Say which site: its address, or --practice"),
        (("verify",), "Say what to verify"),
        (("verify", "missing.capsule.zip"), "can't be read"),
    ],
)
def test_what_can_t_be_done_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    for name in ("BATCHWRIGHT_SETTINGS", "BATCHWRIGHT_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    ran = batchwright(*arguments, cwd=tmp_path)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_second_bot_joins_the_first_and_no_file_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "bots"
    NewBot("one", folder).make()
    variables = folder / "bots" / "settings" / "demo.yaml"
    variables.write_text("MINE: 1\n", encoding="utf-8")
    written = NewBot("two", folder).make()
    assert variables not in written
    assert variables.read_text(encoding="utf-8") == "MINE: 1\n"
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert set(settings["sites"]) == {"one", "two"}
    with pytest.raises(Refused, match="There is a 'two' already"):
        NewBot("two", folder).make()
    assert {"one", "two"} <= set(products([folder]))


def test_settings_know_folders_beside_them_and_refuse_one_that_is_missing(tmp_path: Path) -> None:
    NewBot("one", tmp_path / "bots").make()
    assert load_settings(tmp_path / "bots" / "settings.json").folders == ((tmp_path / "bots").resolve(),)
    wrong: dict[str, Any] = {"mes": {"url": "http://x", "user": "u"}, "folders": ["nowhere"]}
    (tmp_path / "settings.json").write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(SettingsError, match="which is not there"):
        load_settings(tmp_path / "settings.json")


def test_two_products_of_one_name_are_refused(tmp_path: Path) -> None:
    NewBot("one", tmp_path / "a").make()
    NewBot("one", tmp_path / "b").make()
    with pytest.raises(SettingsError, match="two site products 'one'"):
        products([tmp_path / "a", tmp_path / "b"])
