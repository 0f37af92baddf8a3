"""Files of an attempt, wherever they lie, and whether the seal of their folder vouches for them."""

import hashlib
import json
import mimetypes
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from mes_core.domain.errors import Conflict, NotFound
from mes_core.messages.capsules import MANIFEST, capsule_of
from mes_core.spelling.archives import DAMAGED

_MOST_BYTES = 200_000_000
_TEXT = frozenset({".txt", ".json", ".csv", ".log", ".xml", ".yaml", ".yml", ".robot", ".resource", ".md"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})


class Kind(NamedTuple):
    """How a browser gets a file: as what, whether it shows it, and whether in a frame without rights."""

    media_type: str
    shown: bool
    framed: bool = False


def kind_of(name: str) -> Kind:
    """By the name alone: what a file holds may be anything."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (".html", ".htm"):
        return Kind("text/html; charset=utf-8", shown=False, framed=True)
    if suffix in _TEXT:
        return Kind("text/plain; charset=utf-8", shown=True)
    if suffix in _PICTURES:
        return Kind(mimetypes.types_map[suffix if suffix != ".webp" else ".webp"], shown=True)
    return Kind("application/zip" if suffix == ".zip" else "application/octet-stream", shown=False)


@dataclass(frozen=True)
class Attempt:
    """The evidence of one attempt, `BATCH/ITEM-NUMBER` below the evidence folder; an empty path is all that lies there.

    Attributes:
        root: the evidence folder, resolved.
        path: the attempt.
        sealed_by: SHA-256 of the manifest as the audit trail names it; empty where it names none.
    """

    root: Path
    path: str
    sealed_by: str = ""

    @property
    def folder(self) -> Path:
        """Where its files lie, unless they were removed."""
        return self.root / self.path

    @property
    def capsule(self) -> str:
        """The name of its capsule below the evidence folder; empty when there is none."""
        capsule = capsule_of(self.folder)
        return capsule.relative_to(self.root).as_posix() if self.path and capsule.is_file() else ""

    def names(self, below: str = "") -> list[str]:
        """Its files, by their names below the attempt; where this is no attempt, what lies there, attempts themselves.

        Args:
            below: only those in this folder of it.
        """
        prefix = f"{below}/" if below else ""
        if self.folder.is_dir():
            folder = self.folder / below
            within = folder.rglob("*") if self.path else folder.glob("*") if folder.is_dir() else ()
            found = (one for one in within if one.resolve().is_relative_to(self.root))
            found = (one for one in found if one.is_file() or (not self.path and one.is_dir()))
            return sorted(one.relative_to(self.folder).as_posix() for one in found)
        if not self.capsule:
            return []
        with self._packed() as archive:
            return sorted(one.filename for one in archive.infolist() if one.filename.startswith(prefix))

    def holds(self, name: str) -> bool:
        """Whether there is such a file."""
        if not name:
            return False
        file = (self.folder / name).resolve()
        if file.is_relative_to(self.folder.resolve()) and file.is_file():
            return True
        return not self.folder.is_dir() and name in self.names()

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            NotFound: there is none, or it is larger than any evidence.
            Conflict: it is not what the attempt left: it was changed after the folder was sealed.
        """
        content = self._read(name)
        if self._manifest and name != MANIFEST and name in self._listed and not self._is_as_sealed(name, content):
            raise Conflict(
                f"{self.path}/{name} was changed after the attempt was sealed, and is no evidence any more: take it"
                " from the capsule or from a backup, and look into who changed it."
            )
        return content

    def doubt(self, name: str) -> str:
        """Why nothing vouches for a file; empty where the audit trail does, by way of the manifest."""
        if not self._manifest:
            return "The attempt was never sealed: nothing vouches for this file."
        if not self.sealed_by:
            return "The audit trail does not name this attempt: nothing vouches for this file."
        if hashlib.sha256(self._manifest).hexdigest() != self.sealed_by:
            return "The manifest is not the one that the audit trail names: it was changed after the attempt."
        if name == MANIFEST:
            return ""
        if name not in self._listed:
            return "The manifest does not name this file: it came after the attempt was sealed."
        return "" if self._is_as_sealed(name, self._read(name)) else "This file was changed after it was sealed."

    @cached_property
    def _manifest(self) -> bytes:
        return self._read(MANIFEST) if self.path and self.holds(MANIFEST) else b""

    @cached_property
    def _listed(self) -> dict[str, Any]:
        try:
            files = json.loads(self._manifest)["files"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}
        return files if isinstance(files, dict) else {}

    def _is_as_sealed(self, name: str, content: bytes) -> bool:
        stated = self._listed[name]
        return isinstance(stated, dict) and stated.get("sha256") == hashlib.sha256(content).hexdigest()

    def _read(self, name: str) -> bytes:
        if not self.holds(name):
            raise gone(f"{self.path}/{name}")
        if self.folder.is_dir():
            file = self.folder / name
            if file.stat().st_size > _MOST_BYTES:
                raise NotFound(f"{self.path}/{name} is larger than any evidence: it is not shown.")
            return file.read_bytes()
        with self._packed() as archive:
            if archive.getinfo(name).file_size > _MOST_BYTES:
                raise NotFound(f"{self.path}/{name} is larger than any evidence: it is not shown.")
            return archive.read(name)

    @contextmanager
    def _packed(self) -> Iterator[zipfile.ZipFile]:
        """The capsule, open; what is wrong with it is said in a sentence."""
        try:
            with zipfile.ZipFile(self.root / self.capsule) as archive:
                yield archive
        except DAMAGED as error:
            raise NotFound(
                f"The capsule of {self.path!r} is damaged ({error}): 'batchwright verify' says how; bring back a copy."
            ) from None


def attempt_of(root: Path, path: str) -> tuple[Attempt, str]:
    """The attempt that a path is about, and the rest of the path; nothing outside the folder.

    Raises:
        NotFound: the path leads elsewhere.
    """
    root, parts = root.resolve(), PurePosixPath(path).parts
    if "\0" in path or not (root / path).resolve().is_relative_to(root) or ".." in parts:
        raise gone(path)
    for_attempt = Attempt(root, "/".join(parts[:2]))
    if len(parts) >= 2 and (for_attempt.folder.is_dir() or for_attempt.capsule):
        return for_attempt, "/".join(parts[2:])
    return Attempt(root, ""), "/".join(parts)


def gone(path: str) -> NotFound:
    """There is no such evidence, in a sentence."""
    return NotFound(f"There is no evidence {path!r}: it may have been moved or deleted.")
