"""The house rules that a machine can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

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


def test_functions_stay_readable() -> None:
    """None over 50 lines, and half of them not over 7."""
    lengths = [
        ((one.end_lineno or one.lineno) - one.lineno + 1, f"{path.relative_to(ROOT)}:{one.name}")
        for path in SOURCES
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in one.decorator_list)
    ]
    assert [(name, length) for length, name in lengths if length > 50] == []
    assert median(length for length, _ in lengths) <= 7


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


def test_every_package_that_is_asked_for_stands_in_the_notices() -> None:
    """Who installs this has to know under which licences."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/notices.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_floors_leave_out_versions_with_known_holes() -> None:
    """Each with the first version that has none of those that were looked up in November 2026."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name, least in (
        ("cryptography", (46, 0, 5)),  # CVE-2026-26007
        ("h11", (0, 16)),  # CVE-2025-43859
        ("jinja2", (3, 1, 6)),  # CVE-2025-27516
        ("python-multipart", (0, 0, 30)),  # CVE-2024-53981, CVE-2026-40347, CVE-2026-53539
        ("skops", (0, 13)),  # CVE-2025-54886
        ("starlette", (1, 0, 1)),  # CVE-2025-62727, CVE-2026-48710
    ):
        found = re.search(rf'"{name}>=([0-9.]+)"', text)
        assert found, name
        assert tuple(int(part) for part in found[1].split(".")) >= least, name
