"""An author's suite under Robot Framework itself: dry, on a practice plant, and moved to the runner unchanged."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batchwright.new_bot import NewBot
from bots.runtime.capsule import check
from twin.sites import desk_practice

NAME = "storage_request"
ROOT = Path(__file__).parents[2]
_CALL = re.compile(r"(- run: )?robot -")
pytestmark = pytest.mark.requirement("URS-150")


def robot(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Robot Framework, as an author calls it in the folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "robot", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("author") / "my_bots"
    NewBot(NAME, folder).make()
    suite = folder / "bots" / f"{NAME}.robot"
    text = suite.read_text(encoding="utf-8").replace("${ITEM_TIMEOUT}", "10 minutes")
    text = text.replace("    [Documentation]    One", "    [Tags]    nightly\n    [Documentation]    One")
    suite.write_text(text.replace("note=Product", "note=${NOTE} product"), encoding="utf-8")
    variables = folder / "bots" / "settings" / "demo.yaml"
    variables.write_text(variables.read_text(encoding="utf-8") + "NOTE: from the file\n", encoding="utf-8")
    return folder


def requests(folder: Path) -> list[dict[str, Any]]:
    return [dict(one) for one in desk_practice.requests(folder / ".practice" / "sites" / f"{NAME}.sqlite")]


def test_a_dry_run_starts_nothing_and_tells_a_keyword_that_is_missing(bots: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my_bots"
    shutil.copytree(bots, folder)
    assert (done := robot(folder, "--dryrun", "-A", "dev.args", f"bots/{NAME}.robot")).returncode == 0, done.stdout
    assert not (folder / ".practice" / "mes.sqlite").exists()
    suite = folder / "bots" / f"{NAME}.robot"
    suite.write_text(suite.read_text(encoding="utf-8").replace("Hand Over", "Hand Under"), encoding="utf-8")
    wrong = robot(folder, "--dryrun", "-A", "dev.args", f"bots/{NAME}.robot")
    assert wrong.returncode == 1
    assert "No keyword with name 'Hand Under' found" in wrong.stdout


def told_by(page: str) -> list[str]:
    """The commands of a tutorial, or of its workflow, that call Robot Framework."""
    text = (ROOT / "docs" / "tutorials" / page).read_text(encoding="utf-8")
    return [line.removeprefix("- run: ") for line in map(str.strip, text.splitlines()) if _CALL.match(line)]


@pytest.mark.parametrize(("page", "count"), [("debug-a-bot.md", 5), ("test-in-ci.md", 3), ("ci-workflow.yml", 2)])
def test_every_command_of_the_tutorials_is_understood(bots: Path, page: str, count: int) -> None:
    """Each as it stands there, as a dry run: files, options and keywords are there; what they do is tried below."""
    commands = told_by(page)
    assert len(commands) == count
    for command in commands:
        done = robot(bots, "--dryrun", *shlex.split(command)[1:])
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_the_listener_is_named_once(bots: Path) -> None:
    done = robot(bots, "--dryrun", "-A", "dev.args", "--listener", "batchwright.dev", f"bots/{NAME}.robot")
    assert done.returncode == 1
    assert "batchwright.dev is named twice" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("batchwright.dev:headd=yes", "does not know 'headd=yes'"),
        ("batchwright.dev:item=nowhere.json", "The item file nowhere.json can't be read"),
    ],
)
def test_what_can_not_start_fails_in_one_sentence(bots: Path, option: str, said: str) -> None:
    done = robot(
        bots, "--output", "NONE", "--log", "NONE", "--report", "NONE", "--listener", option, f"bots/{NAME}.robot"
    )
    assert done.returncode == 1
    assert "BUSINESS NOT_STARTED" in done.stdout
    assert said in " ".join(done.stdout.split())


@pytest.mark.browser
def test_a_suite_works_under_robot_and_moves_to_the_runner_without_a_changed_line(bots: Path) -> None:
    """First with an item of a file, then as `batchwright run` does it; the site shows both, each once."""
    (bots / "note.txt").write_text("x", encoding="utf-8")
    (bots / "items.json").write_text(json.dumps([{"payload": {"n": 1}, "files": {"note.txt": "note.txt"}}]), "utf-8")
    done = robot(
        bots,
        *("-A", "dev.args", "--variable", "NOTE:from the command line", "--include", "nightly"),
        *("--loglevel", "DEBUG", f"bots/{NAME}.robot"),
        RPA_OUTPUT_WORKITEM_PATH=str(bots / "out.json"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (sent,) = requests(bots)
    assert sent["note"].startswith("from the command line product")
    (output,) = json.loads((bots / "out.json").read_text(encoding="utf-8"))
    assert output["payload"]["request_number"] == sent["number"]
    evidence = Path(
        next(line for line in done.stdout.splitlines() if line.startswith("Evidence:")).split(maxsplit=1)[1]
    )
    assert evidence.is_relative_to(bots / ".practice" / "evidence")
    assert (evidence / "files" / "note.txt").is_file()
    result = (evidence / "result.json").read_text(encoding="utf-8")
    assert 'src=\\"pictures/' in result, "pictures are linked as they lie in the evidence"
    assert check(evidence.with_name(f"{evidence.name}.capsule.zip")) is not None
    moved = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "batchwright",
            "run",
            NAME,
            "--practice",
            "--once",
            "--bots",
            ".",
            "--format",
            "json",
        ],
        cwd=bots,
        capture_output=True,
        text=True,
        timeout=900,
    )
    told = json.loads(moved.stdout.strip().splitlines()[-1])
    assert told["result"] == "done", told
    assert sorted(one["note"].split(" product")[0] for one in requests(bots)) == [
        "from the command line",
        "from the file",
    ]
