"""The ready workflow of the tutorial "test a bot in CI": its shape, and its commands run as CI runs them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from robot.api import ExecutionResult

from batchwright.new_bot import NewBot
from batchwright.practice.places import FOLDER
from batchwright.practice.staying import NOTE
from twin.sites import desk_practice

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "docs" / "tutorials" / "ci-workflow.yml"
INSTALLS = ("pip install", "playwright install")


def jobs() -> dict[str, Any]:
    text = WORKFLOW.read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    assert set(told) == {"name", True, "jobs"}, "'on' is a yes to YAML, as the runner knows"
    return dict(told["jobs"])


def test_the_workflow_is_one_that_the_runner_takes() -> None:
    (job,) = jobs().values()
    assert set(job) == {"runs-on", "timeout-minutes", "steps"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step), step
        assert set(step) <= {"uses", "run", "with", "if", "name"}, step
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/x@v1")), "a version is named"
    python = next(step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", ""))
    assert isinstance(python, str), "3.10 would be 3.1"
    (extra,) = [step["run"] for step in job["steps"] if step.get("run", "").startswith("pip install")]
    assert '"batchwright[demo]"' in extra
    assert "secrets." not in WORKFLOW.read_text(encoding="utf-8"), "no secret is needed"


@pytest.mark.requirement("URS-150")
@pytest.mark.browser
@pytest.mark.skipif(os.name == "nt", reason="the workflow is one for Linux")
def test_its_commands_run_as_they_stand_and_fail_with_a_bot_that_fails(tmp_path: Path) -> None:
    """All but the two that install, by the shell that the runner uses, in a repository with two bots."""
    bots = tmp_path / "checkout"
    for name in ("storage_request", "second_request"):
        NewBot(name, bots).make()
        suite = bots / "bots" / f"{name}.robot"
        suite.write_text(suite.read_text("utf-8").replace("${ITEM_TIMEOUT}", "10 minutes"), encoding="utf-8")
    (job,) = jobs().values()
    steps = [step["run"] for step in job["steps"] if "run" in step]
    commands = [one for one in steps if not one.startswith(INSTALLS)]
    assert len(steps) - len(commands) == len(INSTALLS)
    for command in commands:
        done = shell(command, bots)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    for name in ("storage_request", "second_request"):
        assert desk_practice.requests(bots / FOLDER / "sites" / f"{name}.sqlite"), "each bot sent its form"
    assert not (bots / FOLDER / NOTE).exists(), "nothing is left behind"
    kept = next(step["with"] for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert kept["path"] == FOLDER
    assert kept["include-hidden-files"] is True, "its name begins with a dot"
    tested = ExecutionResult(bots / kept["path"] / "tests" / "output.xml")
    assert tested.statistics.total.passed == 2, "what forgets the practice plant leaves the results"
    assert list((bots / FOLDER / "evidence").rglob("*.capsule.zip"))

    words = bots / "sites" / "second_request" / "locators.yaml"
    words.write_text(words.read_text("utf-8").replace("caption: Requests", "caption: Requested"), encoding="utf-8")
    (loop,) = [one for one in commands if one.startswith("for ")]
    failed = shell(loop, bots)
    assert failed.returncode != 0, "a bot that fails is not hidden by one that passes after it"
    assert "shows no table 'Requested'" in " ".join(failed.stdout.split())


def shell(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A step as the runner calls it: `bash -e`, with the environment's programs first."""
    environment = {**os.environ, "CI": "true", "BATCHWRIGHT_HOME": str(folder.parent / "home")}
    environment |= {"PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])}
    environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment.pop("BATCHWRIGHT_PRACTICE_STAYS_S", None)
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_the_settings_that_a_repository_keeps_hold_no_secret(tmp_path: Path) -> None:
    NewBot("storage_request", tmp_path).make()
    told = json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))
    assert not re.search("password|secret|token", json.dumps(told), re.IGNORECASE)
    assert f"{FOLDER}/" in (tmp_path / ".gitignore").read_text(encoding="utf-8")
