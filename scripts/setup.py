"""Set up a checkout: virtual environment, locked packages, a browser. Standard library only.

Run by every make target; on a set-up checkout it returns at once. Windows: `py scripts/setup.py`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "batchwright-setup.sha256"
LOCK = ROOT / "requirements-dev.txt"
DEBIAN = ("chromium", "chromium-headless-shell")  # one with windows, and one that works faster without


def wanted_state() -> str:
    """Hash of what the environment is made from: it changes when the lock or the project's own metadata does."""
    return hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def run(*command: str | Path) -> None:
    """Run a set-up command; its failure ends the set-up with its own output above one sentence."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(
            f"Set-up stopped: '{Path(str(command[0])).name}' ended with code {done.returncode}; its words are above."
        )


def make_environment() -> None:
    """Make `.venv` and install the locked packages, with uv when it is there, else with venv and pip."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs on whatever python3 is there
        sys.exit(f"Batchwright needs Python 3.11 or newer; this is {sys.version.split()[0]}: set PYTHON=python3.11.")
    uv = shutil.which("uv")
    print(
        f"Setting up .venv with {'uv (about 10 s)' if uv else 'venv and pip (a minute or two)'}; this is done once ...",
        flush=True,
    )
    if uv:
        run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV)
        run(uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", LOCK)
        run(uv, "pip", "install", "--quiet", "--python", PYTHON, "--no-deps", "--no-build-isolation", "-e", ROOT)
    else:
        run(sys.executable, "-m", "venv", "--clear", VENV)
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK)
        run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT)


def browser_found() -> bool:
    """Whether the keyword library finds a browser it can drive."""
    return (
        subprocess.run(
            [str(PYTHON), "-P", "-m", "keywords.browser_finder"], cwd=ROOT, capture_output=True, check=False
        ).returncode
        == 0
    )


def install_browser() -> None:
    """Install a browser: Playwright's own, else (root on Debian) its packages, else say what to do."""
    print("No browser found; trying Playwright's own download ...", flush=True)
    quiet = {"cwd": ROOT, "check": False, "capture_output": True}
    try:
        subprocess.run([str(PYTHON), "-m", "playwright", "install", "chromium"], timeout=600, **quiet)
    except subprocess.TimeoutExpired:
        print("Playwright's download did not finish in ten minutes.")
    if browser_found():
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Playwright's download was refused; installing Debian's Chromium ...", flush=True)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], env=env, **quiet)
        for package in DEBIAN:
            subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", package], env=env, **quiet)
    if not browser_found():
        sys.exit(
            "No browser to drive: install Chromium, Chrome or Edge (Debian: 'sudo apt-get install chromium'), or"
            " set BATCHWRIGHT_BROWSER to the path of one, and run the command again."
        )


def main() -> None:
    """Bring the checkout to the wanted state; do nothing where it is there already."""
    wanted = wanted_state()
    if not (STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists()):
        make_environment()
        STAMP.write_text(wanted)
    if not browser_found():
        install_browser()


if __name__ == "__main__":
    main()
