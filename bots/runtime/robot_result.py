"""Robot Framework's JSON result as it is kept: an object names each of its parts once."""

import json
from pathlib import Path
from typing import Any


def name_parts_once(path: Path) -> None:
    """Join what the result names twice; one that does not, or that was cut off, is left as it is.

    What a library says after the teardown of a task comes to stand in a second `body` of that task (Robot Framework
    7.5). Readers of JSON take one of the two and drop the other, so that what is kept as evidence would be read in two
    ways.
    """
    twice = False

    def joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        found: dict[str, Any] = {}
        for name, value in pairs:
            before = found.get(name)
            twice = twice or name in found
            found[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
        return found

    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=joined)
    except (OSError, ValueError, RecursionError):
        return
    if twice:
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
