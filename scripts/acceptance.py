"""Run the Robot acceptance tests in a real browser; results go to `.batchwright/acceptance/`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run every suite of `robot_tests/` and print how many passed; returns Robot's exit code."""
    results = ROOT / ".batchwright" / "acceptance"
    results.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "robot", "--outputdir", str(results), "--console", "verbose", *sys.argv[1:]]
    done = subprocess.run([*command, "robot_tests"], cwd=ROOT, check=False)
    print(f"Log of the acceptance tests: {results / 'log.html'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
