"""Where a worker runs as root, its browser does not have to: it is started as a user of its own.

BATCHWRIGHT_BROWSER_USER names the account, by default `batchwright-browser` where there is one. The browser is started
through a script of two lines that runs this file as `browser_user.py ACCOUNT BROWSER ARGUMENTS...`: it hands the
browser's own folders to the account, gives root up for good, and becomes the browser.
"""

import os
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

USER_NAME = "BATCHWRIGHT_BROWSER_USER"
DEFAULT = "batchwright-browser"
_PROFILE = "--user-data-dir="


class NoSuchUser(Exception):  # noqa: N818 - reads as a sentence
    """BATCHWRIGHT_BROWSER_USER names an account that there is not."""


def is_root() -> bool:
    """Whether this process may do everything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def browser_user(environment: Mapping[str, str] | None = None) -> str:
    """The account that the browser runs as; empty where it is this process's own.

    Raises:
        NoSuchUser: BATCHWRIGHT_BROWSER_USER names an account that there is not.
    """
    if not is_root():
        return ""
    named = (os.environ if environment is None else environment).get(USER_NAME, "")
    for account in (named, "" if named else DEFAULT):
        if account and _is_there(account):
            return account
    if named:
        raise NoSuchUser(f"{USER_NAME} names '{named}', and there is no such account here; make it, or unset it.")
    return ""


def launcher(account: str, browser: Path, folder: Path) -> Path:
    """Write the script that starts a browser as an account.

    Args:
        account: Its name.
        browser: The browser.
        folder: Where the script goes; its owner alone can change it.
    """
    path = folder / "browser"
    words = [sys.executable, "-I", str(Path(__file__).resolve()), account, str(browser)]
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


def folder_for(account: str) -> Path:
    """A folder that only this account and root can use, for what the browser downloads and keeps."""
    path = Path(tempfile.mkdtemp(prefix="batchwright-browser-"))
    give(path, account)
    return path


def _is_there(account: str) -> bool:
    import pwd  # there is none on Windows, where nobody is root

    try:
        return pwd.getpwnam(account).pw_uid != 0
    except KeyError:
        return False


def give(path: Path, account: str) -> None:
    """Make an account the owner of a folder and all that is in it."""
    import pwd

    entry = pwd.getpwnam(account)
    for one in (path, *path.rglob("*")):
        os.chown(one, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def become(account: str, browser: str, arguments: Sequence[str]) -> None:
    """Give root up and become the browser; does not return."""
    import pwd

    entry = pwd.getpwnam(account)
    for argument in arguments:
        if argument.startswith(_PROFILE):
            give(Path(argument.removeprefix(_PROFILE)), account)
    os.initgroups(account, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["USER"] = os.environ["LOGNAME"] = account
    os.execv(browser, [browser, *arguments])  # noqa: S606 - the browser that was asked for


if __name__ == "__main__":
    become(sys.argv[1], sys.argv[2], sys.argv[3:])
