"""The documented commands about models start: a file beside a script must not hide a package of ours."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START = """
import runpy, sys
for name in sys.argv[1:]:
    sys.path.insert(0, 'benchmarks')
    runpy.run_path(f'benchmarks/{name}.py')
"""


def test_the_benchmarks_start_as_the_page_says() -> None:
    """Each with its own folder first on the path, as Python starts a script."""
    names = ("predictive_holds", "predictive_scale", "predictive_spans", "predictive_watch")
    done = subprocess.run([sys.executable, "-c", _START, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (ROOT / "docs" / "predictive-holds.md").read_text(encoding="utf-8")
    assert all(f"python benchmarks/{name}.py --format json" in page for name in names)
