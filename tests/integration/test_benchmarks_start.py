"""The documented commands about models start: a file beside a script must not hide a package of ours."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["predictive_holds", "predictive_watch"])
def test_a_benchmark_starts_as_the_page_says(name: str) -> None:
    command = [sys.executable, f"benchmarks/{name}.py", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"benchmarks/{name}.py --format json" in (ROOT / "docs" / "predictive-holds.md").read_text(encoding="utf-8")
