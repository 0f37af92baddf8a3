"""Where things lie, and which environment this is. Read once, at the edge; nothing else looks at the environment."""

import os
import secrets
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from batchwright.support.errors import Refused

ENVIRONMENTS = ("development", "validation", "production")


@dataclass(frozen=True)
class Home:
    """One folder that holds a store and everything that runs on it leave behind."""

    folder: Path

    @property
    def store(self) -> Path:
        """The MES database file."""
        return self.folder / "mes.sqlite"

    @property
    def evidence(self) -> Path:
        """Evidence of the work items, one folder per batch."""
        return self.folder / "evidence"

    @property
    def sites(self) -> Path:
        """Stores of the mock sites (demo runs only)."""
        return self.folder / "sites"

    @property
    def runs(self) -> Path:
        """Demo runs below the main home."""
        return self.folder / "runs"

    def make(self) -> "Home":
        """Create the folder and show that it can be written.

        Raises:
            Refused: it can't be made or written.
        """
        probe = self.folder / f".write-{secrets.token_hex(4)}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise Refused(
                f"The folder {self.folder} can't be written ({error.strerror}): choose another with BATCHWRIGHT_HOME."
            ) from None
        return self


def main_home() -> Home:
    """The home named by `BATCHWRIGHT_HOME`, by default `.batchwright` in the current folder (not made yet)."""
    return Home(Path(os.environ.get("BATCHWRIGHT_HOME") or ".batchwright").expanduser().absolute())


def new_run(main: Home, now: datetime) -> Home:
    """A fresh home for one demo run: runs side by side never share a store."""
    main.make()
    return Home(main.runs / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}").make()


def home_to_serve(main: Home, run: str | None) -> Home:
    """The home whose store to open: a named run, `main`, or by default the one that was changed last.

    Raises:
        Refused: there is no such run, or nothing to serve.
    """
    if run == "main":
        candidates = [main]
    elif run:
        candidates = [Home(main.runs / run)]
    else:
        folders = sorted(main.runs.glob("*")) if main.runs.is_dir() else []
        candidates = [main, *(Home(folder) for folder in folders)]
    if not run and os.environ.get("BATCHWRIGHT_STORE"):
        return main
    present = [home for home in candidates if home.store.is_file()]
    if not present:
        what = f"run {run!r}" if run else "store"
        raise Refused(f"There is no {what} in {main.folder}: run 'batchwright demo' or 'batchwright import' first.")
    newest = max(present, key=lambda home: home.store.stat().st_mtime)
    if len(present) > 1:
        _say_which("the main store" if newest == main else f"run {newest.folder.name}", len(present))
    return newest


@cache
def _say_which(newest: str, of: int) -> None:
    """Say once in a command which store was chosen for the person; programs read standard output."""
    print(f"On {newest}, the newest of {of} stores (another: --run).", file=sys.stderr)  # noqa: T201


def store_address(home: Home) -> Path | str:
    """Where the MES keeps things: the address in `BATCHWRIGHT_STORE` (postgresql://...), by default the home's file.

    The address is that of the main home; runs of the demo keep their files.
    """
    return (os.environ.get("BATCHWRIGHT_STORE") if home == main_home() else None) or home.store


def rule_folder() -> Path | None:
    """`BATCHWRIGHT_RULES`: a folder whose rule files stand in for the built-in sets of the same name; None: built-in.

    Raises:
        Refused: it is no folder.
    """
    name = os.environ.get("BATCHWRIGHT_RULES")
    if not name:
        return None
    folder = Path(name).expanduser().absolute()
    if not folder.is_dir():
        raise Refused(f"BATCHWRIGHT_RULES is {name!r}, which is no folder: name the folder with the rule files.")
    return folder


def plant_zone() -> ZoneInfo | None:
    """`BATCHWRIGHT_TIMEZONE`: the plant's time zone, in which its days and working hours are counted; None: not named.

    Raises:
        Refused: it names no time zone.
    """
    return zone_of(os.environ.get("BATCHWRIGHT_TIMEZONE"), "BATCHWRIGHT_TIMEZONE")


def zone_of(name: str | None, what: str) -> ZoneInfo | None:
    """A time zone by its name; None where none is given.

    Raises:
        Refused: there is no such zone.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise Refused(f"{what} is {name!r}, which is no time zone: name one like Europe/Berlin or UTC.") from None


def environment() -> str:
    """`BATCHWRIGHT_ENVIRONMENT`: development (default), validation or production.

    Raises:
        Refused: it names anything else.
    """
    name = os.environ.get("BATCHWRIGHT_ENVIRONMENT", "development")
    if name not in ENVIRONMENTS:
        raise Refused(f"BATCHWRIGHT_ENVIRONMENT is {name!r}: use one of {', '.join(ENVIRONMENTS)}.")
    return name
