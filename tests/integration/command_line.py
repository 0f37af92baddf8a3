"""The command line in a process of its own, and files of a user that have names of ours."""

import os
import subprocess
import sys
from pathlib import Path


def batchwright(*words: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`python -m batchwright`, which Python starts with the current folder first on its path."""
    return subprocess.run(
        [sys.executable, "-m", "batchwright", *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def strangers(folder: Path) -> None:
    """Files and folders named as packages of ours, which end whoever imports them."""
    for name in ("rules.py", "bots.py", "keywords/__init__.py", "twin/__init__.py", "mes_core/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("raise SystemExit(f'{__file__} was imported')\n", encoding="utf-8")
