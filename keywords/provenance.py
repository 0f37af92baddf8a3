"""Content hashes of what an attempt rests on: suites, site folders, the program itself."""

import hashlib
from functools import cache
from pathlib import Path

_KEPT = (".py", ".robot", ".resource", ".yaml", ".yml", ".json", ".csv")


@cache
def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's sources, hexadecimal; read once in a process.

    Line ends count as one character, so that a checkout on another system gives the same hash.
    """
    return files_hash(folder, tuple(sorted(path for path in folder.rglob("*") if path.suffix in _KEPT)))


def plant_hash(folder: Path) -> str:
    """SHA-256 over a plant's own folder of bots, hexadecimal, as it is now: suites, sites, libraries and settings.

    What lies in hidden folders, such as that of a practice plant, is left out.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix in _KEPT and path.is_file())
    return files_hash(folder, tuple(one for one in found if not _hidden(one.relative_to(folder))))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def files_hash(root: Path, files: tuple[Path, ...]) -> str:
    """SHA-256 over names (relative to `root`) and contents of files, hexadecimal."""
    whole = hashlib.sha256()
    for path in files:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        whole.update(f"{name}\n{len(content)}\n".encode() + content)
    return whole.hexdigest()
