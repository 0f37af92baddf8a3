"""A user's own `keywords`, `rules`, `bots` or `twin` hide nothing, or one sentence says which and what to do."""

import base64
import hashlib
import os
import sys
from pathlib import Path
from queue import Queue
from subprocess import run

import pytest
from command_line import batchwright, strangers

from batchwright.support import names
from batchwright.support.errors import Refused
from batchwright.support.names import ROOMS, look_for_strangers
from bots.runtime.child import Event, WorkerChild


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    strangers(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words", [("rules", "list"), ("rules", "check"), ("twin", "inputs"), ("model", "--help"), ("worker", "--help")]
)
def test_commands_work_beside_files_with_our_names(folder: Path, words: tuple[str, ...]) -> None:
    done = batchwright(*words, cwd=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_a_worker_starts_beside_a_folder_named_keywords(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes as far as its settings, which are missing here: all of ours was imported."""
    monkeypatch.chdir(folder)
    log = folder / "worker.log"
    ended: Queue[Event | None] = Queue()
    environment = {**os.environ, "BATCHWRIGHT_SETTINGS": str(folder / "none.json")}
    with log.open("w", encoding="utf-8") as file:
        child = WorkerChild(
            ["--home", str(folder)], lambda _, event: ended.put(event), environment=environment, log=file
        )
        assert child.wait() == 2
    child.end()
    said = log.read_text(encoding="utf-8").strip().splitlines()
    assert len(said) == 1
    assert "none.json" in said[0]
    assert ended.get(timeout=10) is None


@pytest.mark.requirement("URS-014")
@pytest.mark.parametrize("name", ROOMS)
def test_what_comes_first_on_the_path_is_named_with_what_to_do(folder: Path, name: str) -> None:
    alone = folder / "alone"
    alone.mkdir()
    place = folder / name if (folder / name).is_dir() else folder / f"{name}.py"
    place.rename(alone / place.name)
    done = batchwright("rules", "list", cwd=folder.parent, PYTHONPATH=str(alone))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"{alone / place.name} hides Batchwright's own package '{name}'" in done.stderr
    assert f"take {alone} out of PYTHONPATH" in done.stderr


def test_another_distribution_that_is_installed_is_named(tmp_path: Path) -> None:
    """As an editable install finds it: what lies in site-packages comes before what a `.pth` file adds."""
    site = tmp_path / "site-packages"
    (site / "rules").mkdir(parents=True)
    (site / "rules" / "__init__.py").write_text("")
    (site / "rules-3.5.dist-info").mkdir()
    (site / "rules-3.5.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: rules\nVersion: 3.5\n")
    (site / "rules-3.5.dist-info" / "top_level.txt").write_text("rules\n")
    start = f"import sys; sys.path.insert(0, {str(site)!r}); from batchwright.cli import main; main()"
    done = run([sys.executable, "-P", "-c", start], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "hides Batchwright's own package 'rules'" in done.stderr
    assert "uninstall the distribution 'rules', or give Batchwright an environment of its own." in done.stderr


def test_a_file_of_ours_that_another_wheel_has_written_over_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = []
    for name in ROOMS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"# {name}\n")
        digest = hashlib.sha256((tmp_path / name / "__init__.py").read_bytes()).digest()
        record.append(f"{name}/__init__.py,sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},9")
    (tmp_path / "batchwright-0.1.0.dist-info").mkdir()
    (tmp_path / "batchwright-0.1.0.dist-info" / "RECORD").write_text("\n".join(record))
    monkeypatch.setattr(names, "_ROOT", tmp_path)
    monkeypatch.setattr(names, "find_spec", lambda name: _Found(str(tmp_path / name / "__init__.py")))
    look_for_strangers()
    (tmp_path / "rules" / "__init__.py").write_text("# another one\n")
    with pytest.raises(Refused, match=r"rules/__init__\.py is not the file that came with Batchwright"):
        look_for_strangers()


class _Found:
    def __init__(self, origin: str) -> None:
        self.origin = origin
