"""A suite, its libraries, its flow and its tests go from `robot` on a laptop to the worker without one changed line.

The library and the flow are those of the page "a product's flow in Python", word for word.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from batchwright.new_bot import NewBot
from batchwright.practice.places import FOLDER, read_settings
from batchwright.practice.staying import at_practice
from bots.runtime.capsule import check
from mes_core.messages.views import NewWorkItem
from twin.sites import desk_practice

NAME = "storage_request"
ROOT = Path(__file__).parents[2]
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-150")]


def call(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "BATCHWRIGHT_HOME": str(folder.parent / "home")},
    )


def content(folder: Path) -> dict[str, str]:
    """Every file of an author's, by its hash; what practice and Python leave there is none of them."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    own = (path for path in paths if not {FOLDER, "__pycache__"} & set(path.parts))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    """A bot with a library and a flow of its own."""
    folder = tmp_path / "my_bots"
    NewBot(NAME, folder).make()
    flow, library = _PYTHON.findall((ROOT / "docs" / "flow-in-python.md").read_text(encoding="utf-8"))[:2]
    for code in (flow, library):
        name = code.splitlines()[0].removeprefix("# ")
        (folder / name).write_text(code, encoding="utf-8")
    suite = folder / "bots" / f"{NAME}.robot"
    text = suite.read_text(encoding="utf-8").replace("${ITEM_TIMEOUT}", "10 minutes")
    text = text.replace("keywords.site.Site\n", "keywords.site.Site\nLibrary             desk_notes.py\n")
    text = text.replace(
        "    Hand Over    ", "    ${note}=    Note Of Request    ${number}\n    Hand Over    note=${note}    "
    )
    suite.write_text(text, encoding="utf-8")
    return folder


def test_nothing_changes_on_the_way_from_robot_to_the_worker(bots: Path, tmp_path: Path) -> None:
    before = content(bots)
    assert {f"bots/{NAME}.robot", "bots/desk_notes.py", f"sites/{NAME}/site.py", f"tests/{NAME}.robot"} <= set(before)
    tested = call(bots, "robot", "--outputdir", f"{FOLDER}/tests", "tests")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    done = call(bots, "robot", "-A", "dev.args", f"bots/{NAME}.robot")
    assert done.returncode == 0, done.stdout + done.stderr

    with at_practice(bots, read_settings(bots / "settings.json"), stay=False) as plant:
        told = {**plant.settings, "folders": [str(bots)]}
        settings, secrets = tmp_path / "settings.json", plant.home.folder / "worker-secrets.json"
        settings.write_text(json.dumps(told), encoding="utf-8")
        item = plant.take(NewWorkItem(job=NAME, business_key=f"{NAME}:at-night", batch_id=plant.batch))
        files = ("--settings", str(settings), "--secrets", str(secrets))
        worked = call(bots, "batchwright", "worker", "--until-idle", "--jobs", NAME, *files)
        assert worked.returncode == 0, worked.stdout + worked.stderr
        item = plant.item(NAME, item.business_key)
    assert item.state == "done"
    output = item.output or {}
    assert output["note"].startswith("Product "), "the library read it by the flow, from the request's own page"
    sent = [dict(one) for one in desk_practice.requests(bots / FOLDER / "sites" / f"{NAME}.sqlite")]
    assert len(sent) == 3, "the test's, that of robot, and the worker's, each once"
    (own,) = [one for one in sent if one["number"] == output["request_number"]]
    assert own["our_reference"] == f"{NAME}:at-night"
    assert own["note"] == output["note"]
    assert item.evidence is not None
    assert item.evidence.capsule is not None
    assert check(tmp_path / "home" / item.evidence.capsule) is not None
    assert content(bots) == before, "not one line was changed on the way"
