"""The evidence of one attempt: a folder with pictures, snapshots and files, and a manifest with each one's hash."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page
from robot.api import logger

from keywords.identity_masks import NoPictureError, take
from keywords.snapshot import take_snapshot
from mes_core.messages.capsules import MANIFEST

MASK_COLOUR = "#5b6470"
SHORTEST_SECRET = 8
_TEXTS = (".json", ".html", ".txt", ".csv", ".xml")


class EvidenceFolder:
    """Where one attempt at one item keeps its proof.

    Args:
        path: The folder; made when it is not there.
        shown_from: Folder of the log that links to the pictures; the same by default.
    """

    def __init__(self, path: Path, shown_from: Path | None = None) -> None:
        self.path = path
        self._shown_from = shown_from or path
        self.pictures = path / "pictures"
        _make_private(path)
        self.pictures.mkdir(exist_ok=True, mode=0o700)
        self._count = 0

    def picture(self, page: Page, name: str, identity: str, *, whole: bool = False) -> str:
        """Take a picture and a snapshot of a page, with everything masked that shows who the patient is.

        Args:
            page: The page as it is now.
            name: What the picture shows, in a few words.
            identity: CSS selector of the elements to mask.
            whole: The whole page instead of what fits the window.

        Returns:
            The file name relative to the folder; empty when the page could not be pictured, which is logged, and said
            in a text file in the picture's place.
        """
        self._count += 1
        file = self.pictures / f"{self._count:02d}-{_slug(name)}.png"
        try:
            file.write_bytes(take(page, identity, MASK_COLOUR, whole=whole))
        except (Error, NoPictureError) as error:
            self._say_missing(file, f"No picture of '{name}': {str(error).splitlines()[0]}")
        try:
            self._write_snapshot(file.stem, take_snapshot(page, identity))
        except Error as error:
            logger.warn(f"No snapshot of '{name}': {error.message.splitlines()[0]}")
        if not file.exists():
            return ""
        shown = Path(os.path.relpath(file, self._shown_from)).as_posix()
        logger.info(
            f'{escape(name)}<br><a href="{shown}"><img src="{shown}" width="640" alt="{escape(name)}"></a>',
            html=True,
        )
        return file.relative_to(self.path).as_posix()

    def write_json(self, name: str, content: Any) -> Path:
        """Write one JSON file, sorted and indented, so that two equal contents give equal files."""
        path = self.path / name
        path.write_text(as_json(content), "utf-8")
        return path

    def _say_missing(self, file: Path, why: str) -> None:
        logger.warn(why)
        file.with_suffix(".txt").write_text(why + "\n", "utf-8")

    def _write_snapshot(self, stem: str, snapshot: str) -> None:
        folder = self.path / "snapshots"
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / f"{stem}.html").write_text(snapshot, "utf-8")

    def scrub(self, secrets: Iterable[str]) -> list[str]:
        """Blacken secrets wherever a text of the folder holds one, as it stands or escaped for JSON or HTML.

        Args:
            secrets: Plain texts; those shorter than eight characters are left out, they would hit ordinary words.

        Returns:
            Names of the files that held one; there should be none.
        """
        forms = {
            form.encode()
            for secret in secrets
            if len(secret) >= SHORTEST_SECRET
            for form in (secret, json.dumps(secret)[1:-1], escape(secret))
        }
        found = []
        for path in self._files():
            content = path.read_bytes() if path.suffix in _TEXTS else b""
            if any(form in content for form in forms):
                for form in forms:
                    content = content.replace(form, b"*" * SHORTEST_SECRET)
                path.write_bytes(content)
                found.append(path.relative_to(self.path).as_posix())
        return found

    def seal(self, about: dict[str, Any]) -> str:
        """Write `manifest.json`: what the attempt was about, and size and SHA-256 of every other file.

        Returns:
            SHA-256 of the manifest, hexadecimal.

        Raises:
            FileExistsError: The folder is sealed already.
        """
        files = {
            path.relative_to(self.path).as_posix(): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
            for path in self._files()
            if path.name != MANIFEST
        }
        for path in self._files():  # the browser and Robot Framework wrote some of them
            path.chmod(0o600)
        manifest = self.path / MANIFEST
        with manifest.open("x", encoding="utf-8") as file:
            file.write(as_json({**about, "files": files}))
        manifest.chmod(0o600)
        return sha256_of(manifest)

    def _files(self) -> list[Path]:
        return sorted(path for path in self.path.rglob("*") if path.is_file())


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone: evidence shows patients' batches."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)


def as_json(content: Any) -> str:
    """JSON text, sorted and indented, so that two equal contents give equal files."""
    return json.dumps(content, indent=1, sort_keys=True, default=str) + "\n"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "page"
