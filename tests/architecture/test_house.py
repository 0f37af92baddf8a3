"""The house rules that a machine can check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("batchwright", "bots", "keywords", "rules", "mes_core", "twin")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def test_import_arrows_hold() -> None:
    """The arrows of the design, as import-linter contracts."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    """No file over 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_python_in_bots_outside_the_runtime() -> None:
    """Suites hold intent; logic lives in keywords."""
    outside = [path for path in (ROOT / "bots").rglob("*.py") if "runtime" not in path.parts]
    assert [path.name for path in outside if path.read_text(encoding="utf-8").strip()] in ([], ["__init__.py"])


def test_tasks_read_as_procedures() -> None:
    """A task of a bot stays near ten lines."""
    from robot.api import TestSuite

    for path in (ROOT / "bots").glob("*.robot"):
        for task in TestSuite.from_file_system(path).all_tests:
            assert len(task.body) <= 12, f"{path.name}: '{task.name}' has {len(task.body)} lines"


def test_decision_records_keep_the_rejected_options() -> None:
    """A decision record without the options it rejected explains nothing."""
    for path in (ROOT / "docs/adr").glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        assert "**Decided.**" in text, path.name
        assert "**Rejected.**" in text, path.name
        assert re.match(r"# \d{4} ", text), path.name


def test_the_keyword_reference_is_what_libdoc_reads_now() -> None:
    """A keyword that changed and a page that did not would mislead authors."""
    script = ROOT / "scripts" / "keyword_reference.py"
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    """An arrow that came or went would otherwise be seen by nobody."""
    script = ROOT / "scripts" / "architecture_picture.py"
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
