"""Which processes there are, from the system's own list."""

import os
import subprocess
from pathlib import Path


def naming(words: str) -> list[str]:
    """Processes other than this one whose command line or environment holds `words`: number and command line."""
    proc = Path("/proc")
    if proc.is_dir():
        return [
            f"{one.name} {_read(one / 'cmdline')}"
            for one in proc.iterdir()
            if one.name.isdigit() and one.name != str(os.getpid()) and words in _said(one)
        ]
    listed = subprocess.run(["ps", "-Aww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if words in line]


def _said(process: Path) -> str:
    return _read(process / "cmdline") + "\n" + _read(process / "environ")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:  # it ended while we looked, or belongs to somebody else
        return ""
