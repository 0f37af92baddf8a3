"""Our packages have plain names (`rules`, `keywords`, ...) that others take too: say which path hides one of them."""

import csv
import hashlib
import os
from base64 import urlsafe_b64encode
from importlib.util import find_spec
from pathlib import Path

import batchwright
from batchwright.support.errors import Refused

ROOMS = ("bots", "keywords", "mes_core", "rules", "twin")
_ROOT = Path(batchwright.__file__).resolve().parent.parent


def look_for_strangers() -> None:
    """See that each of our packages is found where Batchwright lies, before any of them is imported.

    Raises:
        Refused: something else is found under a name of ours; says where it lies and what to do.
    """
    for name in ROOMS:
        found = find_spec(name)
        place = Path(found.origin).resolve() if found is not None and found.origin else None
        if place != _ROOT / name / "__init__.py":
            raise Refused(_hidden(name, place))
    if overwritten := _overwritten():
        raise Refused(
            f"{overwritten} is not the file that came with Batchwright: another distribution has written over it."
            f" Uninstall {_of_distribution(overwritten.parent.name)}, then install Batchwright again ('pip install"
            " --force-reinstall --no-deps batchwright'), or give it an environment of its own."
        )


def _hidden(name: str, place: Path | None) -> str:
    ours = _ROOT / name
    if place is None:
        return f"Batchwright's package '{name}' is not found: it should lie in {ours}; install Batchwright again."
    what = place.parent if place.name == "__init__.py" else place
    said = f"{what} hides Batchwright's own package '{name}' ({ours})"
    if any(
        entry and Path(entry).resolve() == what.parent for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
    ):
        return f"{said}: take {what.parent} out of PYTHONPATH, or rename what lies there."
    if what.parent.name in ("site-packages", "dist-packages"):
        return f"{said}: uninstall {_of_distribution(name)}, or give Batchwright an environment of its own."
    return f"{said}: rename it, or start 'batchwright' from another folder."


def _of_distribution(name: str) -> str:
    """The distribution that brought a package which is not ours, in words."""
    from importlib.metadata import packages_distributions  # reads every distribution; only for this sentence

    others = sorted({one for one in packages_distributions().get(name, []) if one.lower() != "batchwright"})
    return f"the distribution {' and '.join(map(repr, others))}" if others else f"what brought '{name}'"


def _overwritten() -> Path | None:
    """The first file of a package that is not what was installed: wheels write to one place, and the last one wins."""
    for record in _ROOT.glob("batchwright-*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as file:
            installed = {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
        for name in ROOMS:
            path = _ROOT / name / "__init__.py"
            stated = installed.get(f"{name}/__init__.py")
            if stated and stated != f"sha256={_hash(path)}":
                return path
    return None


def _hash(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
