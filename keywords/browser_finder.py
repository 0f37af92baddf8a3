"""Find a browser to drive: BATCHWRIGHT_BROWSER, Playwright's own, then Chromium, Chrome or Edge of the system.

Where nobody looks on, a headless shell is taken if there is one: the same engine without windows, at half the work a
page (`docs/bots.md`).

Standard library only, so that set-up can ask before anything else is imported. `python -m keywords.browser_finder`
prints the path and exits 0, or says what to do and exits 2.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_NAME = "BATCHWRIGHT_BROWSER"
NO_BROWSER = (
    "No browser to drive: install Chromium, Chrome or Edge (Debian: 'sudo apt-get install chromium'; anywhere:"
    " 'python -m playwright install chromium'), or set BATCHWRIGHT_BROWSER to the path of one."
)
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
    "msedge",
    "chrome",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_PLAYWRIGHT_SHELLS = (
    "chromium_headless_shell-*/chrome-*/headless_shell*",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell*",
)
_PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-win*/chrome.exe",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


class NoBrowserError(Exception):
    """There is no browser that can be driven; the message says what to do."""


NO_SCREEN = (
    "There is no screen here to show the browser on (DISPLAY is not set): leave --headed out; the pictures in the"
    " evidence show what the bot saw."
)


def need_a_screen(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> None:
    """Say so where a browser can't be shown, before anything is begun; only Linux tells without trying.

    Raises:
        NoBrowserError: there is neither an X nor a Wayland display.
    """
    named = os.environ if environment is None else environment
    if platform == "linux" and not (named.get("DISPLAY") or named.get("WAYLAND_DISPLAY")):
        raise NoBrowserError(NO_SCREEN)


@dataclass(frozen=True)
class BrowserProgram:
    """A browser that can be started: where it is and who named it."""

    path: Path
    found_by: str


def find_browser(environment: Mapping[str, str] | None = None, *, headed: bool = False) -> BrowserProgram:
    """Find a Chromium-family browser.

    Args:
        environment: Environment variables; those of the process by default.
        headed: Whether somebody is to see it, which takes one that has windows.

    Returns:
        The browser to start.

    Raises:
        NoBrowserError: None was found, or BATCHWRIGHT_BROWSER names a file that is not there.
    """
    variables = os.environ if environment is None else environment
    named = variables.get(ENVIRONMENT_NAME)
    if named:
        path = shutil.which(named, path=variables.get("PATH", "")) or named
        if not Path(path).is_file():
            raise NoBrowserError(
                f"BATCHWRIGHT_BROWSER names '{named}', but there is no such file; set it to the path of a browser."
            )
        return BrowserProgram(Path(path), ENVIRONMENT_NAME)
    for program in _candidates(variables, headed=headed):
        if program.path.is_file():
            return program
    raise NoBrowserError(NO_BROWSER)


def _candidates(variables: Mapping[str, str], *, headed: bool) -> Iterator[BrowserProgram]:
    for root in _playwright_folders(variables):
        for pattern in _PLAYWRIGHT if headed else (*_PLAYWRIGHT_SHELLS, *_PLAYWRIGHT):
            for path in sorted(root.glob(pattern), reverse=True):
                yield BrowserProgram(path, "Playwright")
    for command in _COMMANDS if headed else (*_SHELLS, *_COMMANDS):
        found = shutil.which(command, path=variables.get("PATH", ""))
        if found:
            yield BrowserProgram(Path(found), "system")
    for folder, names in _system_folders(variables):
        for name in names:
            yield BrowserProgram(folder / name, "system")


def _playwright_folders(variables: Mapping[str, str]) -> Iterator[Path]:
    if named := variables.get("PLAYWRIGHT_BROWSERS_PATH"):
        yield Path(named)
    if local := variables.get("LOCALAPPDATA"):
        yield Path(local) / "ms-playwright"
    if home := variables.get("HOME"):
        yield Path(home) / ".cache" / "ms-playwright"
        yield Path(home) / "Library" / "Caches" / "ms-playwright"


def _system_folders(variables: Mapping[str, str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if sys.platform == "darwin":
        yield Path("/Applications"), _MAC
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := variables.get(name):
            yield Path(folder), _WINDOWS


def main() -> int:
    """Print the path of the browser, or what to do when there is none."""
    try:
        program = find_browser()
    except NoBrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{program.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
