"""Finds the checkout that a pack is about, and asks git which commit it is."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import batchwright
from batchwright.support.errors import Refused
from batchwright.validation.model import Checkout

_MARK = Path("docs/requirements.yaml")
_LONGEST_S = 120


def find_checkout(folder: Path | None = None) -> Checkout:
    """The checkout in a folder, by default the one that this program lies in, else the current folder.

    Raises:
        Refused: There is none, or git does not know its commit.
    """
    places = [folder] if folder else [Path(batchwright.__file__).resolve().parents[1], Path.cwd()]
    for place in places:
        if (place / _MARK).is_file():
            return _asked(place.resolve())
    raise Refused(
        f"There is no checkout of Batchwright in {places[-1]}: requirements and tests are not part of an installed"
        " package; clone the commit that is installed and name its folder with --checkout."
    )


def git(root: Path, *words: str) -> str:
    """What git answers, without the last line end.

    Raises:
        Refused: git is not there, or refuses.
    """
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(
            f"git did not answer '{words[0]}' in {_LONGEST_S} s: look at the machine, and try again."
        ) from None
    except OSError as error:
        raise Refused(f"git can't be started ({error.strerror}): install it, as a pack is about a commit.") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise Refused(f"git refuses '{' '.join(words)}' in {root} ({said[-1]}): check the folder and the revision.")
    return done.stdout.rstrip("\n")


def _asked(root: Path) -> Checkout:
    commit, made_at = git(root, "log", "-1", "--format=%H %cI").split()
    changed = [line[3:] for line in git(root, "status", "--porcelain", "--untracked-files=all").splitlines()]
    return Checkout(root, commit, datetime.fromisoformat(made_at).astimezone(UTC), tuple(sorted(changed)))
