"""Work items in a JSON file, as RPA Framework's file adapter reads and writes them: a list of `payload` and `files`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchwright.support.errors import Refused


@dataclass(frozen=True)
class FileItem:
    """One item of a file: what the suite is told, and its files by name."""

    payload: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)


def read_item(path: Path, number: int = 1) -> FileItem:
    """Read one item of a file.

    Args:
        path: The file.
        number: Which item, from 1.

    Raises:
        Refused: The file can't be read, is no list of items, has fewer, or names a file that is not there.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"The item file {path} can't be read ({error.strerror}): name another with 'item='.") from None
    except ValueError as error:
        raise Refused(f"The item file {path} is no JSON ({error}): correct it.") from None
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise Refused(f'The item file {path} has to hold a list of items like [{{"payload": {{"batch_id": "B-1"}}}}].')
    if not 1 <= number <= len(content):
        raise Refused(f"The item file {path} holds {len(content)} items and no number {number}: correct 'number='.")
    payload, files = content[number - 1].get("payload") or {}, content[number - 1].get("files") or {}
    if not isinstance(payload, dict) or not isinstance(files, dict):
        raise Refused(f"Item {number} of {path}: 'payload' and 'files' have to be JSON objects.")
    found = {str(name): (path.parent / str(file)).resolve() for name, file in files.items()}
    missing = [str(file) for file in found.values() if not file.is_file()]
    if missing:
        raise Refused(f"Item {number} of {path} names the file {missing[0]}, which is not there.")
    return FileItem(payload, found)


def write_outputs(path: Path, outputs: Sequence[Mapping[str, Any]]) -> None:
    """Write what suites handed over, in the same form.

    Raises:
        Refused: The file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = [{"payload": dict(one), "files": {}} for one in outputs]
        path.write_text(json.dumps(whole, indent=2, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"The outputs can't be written to {path} ({error.strerror}).") from None
