"""What a suite imported besides ours: the plant's own libraries and resources, by name and content."""

from pathlib import Path
from typing import Any

import robot

from keywords.provenance import files_hash, folder_hash

_ROBOTS_OWN = Path(robot.__file__).resolve().parent


class Imports:
    """A Robot Framework listener that remembers what was imported from files that are none of ours.

    Args:
        ours: Folders whose content is known by other hashes.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, ours: tuple[Path, ...]) -> None:
        self._ours = (*ours, _ROBOTS_OWN)
        self._files: dict[str, Path] = {}

    def begin(self) -> None:
        """Forget what the item before imported."""
        self._files = {}

    def library_import(self, library: Any, importer: Any) -> None:
        """A library was imported."""
        del importer
        self._note(str(library.name), library.source)

    def resource_import(self, resource: Any, importer: Any) -> None:
        """A resource file was imported."""
        del importer
        self._note(str(resource.name), resource.source)

    def hashes(self) -> dict[str, str]:
        """SHA-256 by name; a package counts with all that is in it."""
        return {name: _content(path) for name, path in sorted(self._files.items())}

    def _note(self, name: str, source: Any) -> None:
        path = Path(source).resolve() if source else None
        if path is not None and path.exists() and not any(path.is_relative_to(one) for one in self._ours):
            self._files[name] = path


def _content(path: Path) -> str:
    if path.is_dir() or path.name == "__init__.py":
        return folder_hash(path if path.is_dir() else path.parent)
    return files_hash(path.parent, (path,))
