"""A bot made and run by the commands of the tutorial, each in a process of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from robot.api.deco import keyword, library

from twin.sites import desk_practice


@library(scope="SUITE", auto_keywords=False)
class OwnBot:
    """One bot in a folder of its own."""

    def __init__(self) -> None:
        self._root = Path()
        self._name = ""

    @keyword
    def make_a_bot(self, name: str) -> None:
        """`batchwright new bot NAME` in an empty folder."""
        self._root, self._name = Path(tempfile.mkdtemp(prefix="own-bot-")), name
        made = self._batchwright("new", "bot", name)
        assert made.returncode == 0, made.stderr

    @keyword
    def remove_the_bot(self) -> None:
        """The folder and what was practised in it; the practice plant ends by itself."""
        shutil.rmtree(self._root, ignore_errors=True)

    @keyword
    def run_the_bot(self) -> dict[str, Any]:
        """`batchwright run NAME --practice`, as data."""
        ran = self._batchwright("run", self._name, "--practice", "--format", "json")
        assert ran.returncode in (0, 1), ran.stderr
        return dict(json.loads(ran.stdout.strip().splitlines()[-1]))

    @keyword
    def requests_on_the_desk_should_be(self, *numbers: str) -> None:
        """The desk's own store holds these requests and no other."""
        store = self._root / "my_bots" / ".practice" / "sites" / f"{self._name}.sqlite"
        found = [row["number"] for row in desk_practice.requests(store)]
        assert found == list(numbers), f"On the desk: {found}"

    @keyword
    def capsule_should_be_whole(self, evidence: str) -> None:
        """`batchwright verify` says so, by exit code and in words."""
        checked = self._batchwright("verify", f"{evidence}.capsule.zip")
        assert checked.returncode == 0, checked.stdout
        assert "The capsule is whole" in checked.stdout

    @keyword
    def a_changed_capsule_should_be_refused(self, evidence: str) -> None:
        """The outcome is rewritten: the check ends with 1 and names the file."""
        forged = self._root / "forged.capsule.zip"
        with zipfile.ZipFile(f"{evidence}.capsule.zip") as old, zipfile.ZipFile(forged, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(b"done", b"gone") if name == "outcome.json" else content)
        checked = self._batchwright("verify", str(forged))
        assert checked.returncode == 1, checked.stdout
        assert "'outcome.json' is not what the manifest says." in checked.stdout

    @keyword
    def rename_what_the_site_is_read_by(self, old: str, new: str) -> None:
        """Change a word of the site's locators."""
        path = self._root / "my_bots" / "sites" / self._name / "locators.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    @keyword
    def fail_afresh(self) -> str:
        """Run it from the start and return what it says; it has to fail."""
        ran = self._batchwright("run", self._name, "--practice", "--afresh")
        assert ran.returncode == 1, ran.stdout + ran.stderr
        return ran.stdout

    def _batchwright(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "batchwright", *words]
        return subprocess.run(command, cwd=self._root, capture_output=True, text=True, timeout=180, check=False)
