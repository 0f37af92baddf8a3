"""The evidence of one attempt: a folder with pictures and files, and a manifest with the hash of each."""

import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page
from robot.api import logger

MASK_COLOUR = "#5b6470"


class EvidenceFolder:
    """Where one attempt at one item keeps its proof.

    Args:
        path: The folder; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pictures = path / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def picture(self, page: Page, name: str, identity: str, *, whole: bool = False) -> str:
        """Take a picture of a page, with everything masked that shows who the patient is.

        Args:
            page: The page as it is now.
            name: What the picture shows, in a few words.
            identity: CSS selector of the elements to mask.
            whole: The whole page instead of what fits the window.

        Returns:
            The file name relative to the folder; empty when the page could not be pictured, which is logged.
        """
        self._count += 1
        file = self.pictures / f"{self._count:02d}-{_slug(name)}.png"
        try:
            # A mask costs as much as the picture itself, so it is only laid where there is something to mask.
            masked = page.locator(identity)
            mask = [masked] if masked.count() else []
            page.screenshot(path=file, mask=mask, mask_color=MASK_COLOUR, full_page=whole, timeout=5_000)
        except Error as error:
            logger.warn(f"No picture of '{name}': {error.message.splitlines()[0]}")
            return ""
        relative = file.relative_to(self.path).as_posix()
        logger.info(
            f'{escape(name)}<br><a href="{relative}"><img src="{relative}" width="640" alt="{escape(name)}"></a>',
            html=True,
        )
        return relative

    def write_json(self, name: str, content: Any) -> Path:
        """Write one JSON file, sorted and indented, so that two equal contents give equal files."""
        path = self.path / name
        path.write_text(json.dumps(content, indent=1, sort_keys=True, default=str) + "\n", "utf-8")
        return path

    def seal(self, about: dict[str, Any]) -> str:
        """Write `manifest.json`: what the attempt was about, and size and SHA-256 of every other file.

        Returns:
            SHA-256 of the manifest, hexadecimal.
        """
        files = {
            path.relative_to(self.path).as_posix(): {"sha256": _sha256(path), "bytes": path.stat().st_size}
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and path.name != "manifest.json"
        }
        return _sha256(self.write_json("manifest.json", {**about, "files": files}))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "page"
