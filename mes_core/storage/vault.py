"""Capsules of all machines in one place: a folder, and behind it any storage that `fsspec` knows (S3, Azure, SFTP).

A capsule arrives in pieces in `.arriving`, is checked as a whole, and only then gets its name. Where there is a storage
behind the folder, the capsule is written there and read back before the sender is told that it is kept; the folder then
is a copy, which may be emptied.
"""

import hashlib
import json
import logging
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mes_core.domain.errors import Conflict, Invalid, NotFound, Unavailable
from mes_core.messages.capsules import MANIFEST, MOST_BYTES, MOST_FILES
from mes_core.services.ports.vault import Arriving
from mes_core.spelling.archives import DAMAGED
from mes_core.storage.locking import locked

_ARRIVING = ".arriving"
_STORAGE = "The storage in BATCHWRIGHT_EVIDENCE"
"""How it is spoken of: its address may hold a password."""
_LOG = logging.getLogger(__name__)


class Storage(Protocol):
    """As much of an `fsspec` file system as is used."""

    def info(self, path: str) -> dict[str, Any]: ...

    def cat_file(self, path: str) -> bytes: ...

    def pipe_file(self, path: str, value: bytes) -> Any: ...

    def makedirs(self, path: str, exist_ok: bool = False) -> Any: ...


class FolderVault:
    """Keeps capsules in a folder, and in a storage behind it where one is named.

    Args:
        root: the folder, as the console shows it.
        address: of the storage behind it (`s3://bucket/prefix`); None: the folder is all there is.

    Raises:
        Invalid: the address is of a kind that is not known, or the package for it is not installed.
    """

    def __init__(self, root: Path, address: str | None = None) -> None:
        self._root = root.resolve()
        self._behind: Storage | None = None
        self._prefix, self._password = "", urlsplit(address or "").password
        if address:
            self._behind, self._prefix = _storage(address)

    def received(self, what: Arriving) -> int:
        """Bytes of a capsule that have arrived; all of them when it is kept.

        Raises:
            Conflict: another capsule is kept in its place.
            Invalid: what arrived is not the capsule that was announced.
            Unavailable: the place can't be written to at present.
        """
        if self.kept(what.path):
            if hashlib.sha256(self.read(what.path)).hexdigest() != what.sha256:
                raise Conflict(f"Another capsule is kept as {what.path}: compare both; the first one stays.")
            if self._behind is None or self._elsewhere(what.path):
                return what.size
            self._write_behind(what, self.read(what.path))
            return what.size
        with self._alone(what) as part:
            return self._arrived(what, part)

    def add(self, what: Arriving, offset: int, part: bytes) -> int:
        """Take a piece, and keep the capsule when it is the last one; returns the bytes that have arrived.

        Raises:
            Conflict: the piece does not follow what has arrived, or another capsule is kept in its place.
            Invalid: the whole is not the capsule that was announced.
            Unavailable: the place can't be written to at present.
        """
        if self.kept(what.path):
            return self.received(what)
        with self._alone(what) as file:
            there = self._arrived(what, file)
            if there == what.size:
                return there
            if offset != there:
                raise Conflict(f"{there} bytes of {what.path} have arrived: go on from there, not from {offset}.")
            if there + len(part) > what.size:
                raise Invalid(f"{what.path} was announced with {what.size} bytes, and more were sent.")
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as out:
                out.write(part)
                out.flush()
                os.fsync(out.fileno())
            return self._arrived(what, file)

    def _arrived(self, what: Arriving, part: Path) -> int:
        """Bytes of a piece that lie there, of which all of them become the capsule; more than all is thrown away."""
        there = part.stat().st_size if part.is_file() else 0
        if there > what.size:
            part.unlink()
            return 0
        if there == what.size:
            self._keep(what, part)
        return there

    @contextmanager
    def _alone(self, what: Arriving) -> Iterator[Path]:
        """The file in which a capsule arrives, for one sender at a time, in whichever process it is answered.

        Raises:
            Unavailable: the place can't be written to at present.
        """
        part = self._part(what)
        try:
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(part.with_suffix(".lock")):
                yield part
        except OSError as error:
            raise Unavailable(
                f"The evidence can't be written at present ({error.strerror}): see to the disk."
            ) from error

    def kept(self, path: str) -> bool:
        """Whether there is a capsule."""
        return self._local(path).is_file() or self._elsewhere(path)

    def read(self, path: str) -> bytes:
        """A capsule.

        Raises:
            NotFound: there is none.
            Unavailable: the place can't be read at present.
        """
        local = self._local(path)
        try:
            if local.is_file():
                return local.read_bytes()
        except OSError as error:
            raise Unavailable(f"{path} can't be read at present ({error.strerror}): see to the disk.") from error
        if not self._elsewhere(path):
            raise NotFound(f"There is no capsule {path}: its machine has not sent it, or it was moved away.")
        content: bytes = self._told(lambda one: one.cat_file(self._key(path)))
        return content

    def bring(self, path: str) -> None:
        """Have a capsule where the console reads, if there is one elsewhere.

        Raises:
            Unavailable: the place can't be read at present.
        """
        local = self._local(path)
        if local.is_file() or not self._elsewhere(path):
            return
        content = self.read(path)
        try:
            _write_whole(local, content)
        except OSError as error:
            raise Unavailable(f"{path} can't be kept here ({error.strerror}): see to the disk.") from error

    def _keep(self, what: Arriving, file: Path) -> None:
        """See that what has arrived is what was announced, and give it its name.

        Raises:
            Invalid: it is not; what has arrived is thrown away, so that it can be sent anew.
        """
        content = file.read_bytes()
        problem = _problem(what, content, file)
        if problem:
            file.unlink()
            raise Invalid(f"{what.path} is not kept: {problem}. Send it anew.")
        self._write_behind(what, content)
        target = self._local(what.path)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.replace(target)

    def _write_behind(self, what: Arriving, content: bytes) -> None:
        if self._behind is None:
            return
        key = self._key(what.path)
        if not self._elsewhere(what.path):
            self._told(lambda one: (one.makedirs(key.rpartition("/")[0], exist_ok=True), one.pipe_file(key, content)))
        if hashlib.sha256(self._told(lambda one: one.cat_file(key))).hexdigest() != what.sha256:
            raise Unavailable(f"{_STORAGE} gives back another {what.path} than was written: see to it.")

    def _elsewhere(self, path: str) -> bool:
        """Whether the storage has a capsule. That it can't be asked is no answer: nothing is written over for it."""
        return self._behind is not None and bool(self._told(lambda one: _has(one, self._key(path))))

    def _told(self, ask: Any) -> Any:
        """What the storage answers; whatever it refuses with is one sentence, and the sender keeps the capsule."""
        try:
            return ask(self._behind)
        except Exception as error:  # each kind of storage has exceptions of its own
            # What a storage says of itself may hold its address: the server's log alone has it, without the password.
            said = " ".join(str(error).split())[:300]
            _LOG.error("%s: %s %s", _STORAGE, type(error).__name__, said.replace(self._password or "\0", "***"))
            raise Unavailable(
                f"{_STORAGE} does not take or give evidence at present ({type(error).__name__}): see to it, and to the"
                " server's log."
            ) from error

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}"

    def _local(self, path: str) -> Path:
        """Where a capsule lies, never outside of the folder.

        Raises:
            Invalid: the path leads elsewhere.
        """
        found = (self._root / path).resolve()
        if "\0" in path or not found.is_relative_to(self._root) or found == self._root:
            raise Invalid(f"{path!r} is no name for a capsule.")
        return found

    def _part(self, what: Arriving) -> Path:
        return self._root / _ARRIVING / f"{hashlib.sha256(f'{what.path} {what.sha256}'.encode()).hexdigest()}.part"


def _has(storage: Storage, key: str) -> bool:
    try:
        storage.info(key)
    except FileNotFoundError:
        return False
    return True


def _storage(address: str) -> tuple[Storage, str]:
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise Invalid(f"For evidence behind {_STORAGE}, install 'batchwright[cluster]'.") from None
    try:
        found, prefix = url_to_fs(address)
    except ImportError as error:
        raise Invalid(f"{_STORAGE} needs a package that is not installed ({error}).") from None
    except (OSError, ValueError) as error:
        raise Invalid(
            f"{_STORAGE} can't be used ({type(error).__name__}): name a folder or a storage that fsspec knows."
        ) from None
    return found, str(prefix).rstrip("/")


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    part.replace(path)


def _problem(what: Arriving, content: bytes, file: Path) -> str:
    """Why it is not the capsule that was announced; empty when it is: hashes, sizes, item and attempt."""
    if hashlib.sha256(content).hexdigest() != what.sha256:
        return "its hash is another one than was announced"
    try:
        with zipfile.ZipFile(file) as archive:
            return _archive_problem(what, archive)
    except DAMAGED as error:
        return f"it is no whole capsule ({error})"


def _archive_problem(what: Arriving, archive: zipfile.ZipFile) -> str:
    entries = archive.infolist()
    names = {one.filename for one in entries}
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_BYTES or len(names) != len(entries):
        return "it holds more than any capsule, or a file twice"
    raw = archive.read(MANIFEST)
    if hashlib.sha256(raw).hexdigest() != what.manifest_sha256:
        return "its manifest is another one than was announced"
    told = json.loads(raw)
    if (told["item"]["item_id"], told["item"]["attempt"]) != (what.item_id, what.attempt):
        return "its manifest is about another attempt"
    if names != {MANIFEST, *told["files"]}:
        return "it does not hold exactly the files that its manifest lists"
    wrong = [
        name for name, one in told["files"].items() if hashlib.sha256(archive.read(name)).hexdigest() != one["sha256"]
    ]
    return f"{wrong[0]!r} in it is not what the manifest says" if wrong else ""
