"""What stands outside of the store and speaks against it: how far it had come, and the evidence that lies beside it."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from batchwright.support.settings import Home
from mes_core.messages.capsules import MANIFEST
from mes_core.services import Mes

_FILE = "store-seen.json"


def store_problems(mes: Mes, home: Home) -> list[str]:
    """Whether the store is the one that was here before, and no shorter; then remembers how far it has come.

    A copy from earlier, or an empty store in the place of a full one, verifies by itself. The file beside the store is
    a weak witness, as whoever can change one can change the other: a checkpoint that is kept elsewhere is a strong one.
    """
    path, now = home.folder / _FILE, mes.trail_state()
    before = _read(path)
    found = []
    if before and before["first"] and before["first"] != now["first"]:
        found.append(f"The store is not the one that {path} remembers: another one lies in its place.")
    elif before and int(before["entries"]) > int(now["entries"]):
        found.append(
            f"The store has {now['entries']} entries and had {before['entries']}: an earlier copy lies in its place."
        )
    if not found:
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(now, file)
        part.replace(path)
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {"first": "(unreadable)", "entries": 0}
    return {"first": str(document.get("first", "")), "entries": int(document.get("entries", 0))}


def evidence_problems(mes: Mes, home: Home) -> list[str]:
    """Evidence that the trail vouches for and that is gone, replaced or changed: one sentence for each.

    Evidence that was taken away by the plant's own rule (`evidence prune`) leaves its capsule; where neither folder nor
    capsule is here, it is missing.
    """
    found = []
    for item_id, told in mes.evidence_told():
        folder, capsule = home.folder / told.path, home.folder / told.capsule if told.capsule else None
        manifest = folder / MANIFEST
        if manifest.is_file():
            found += [f"Evidence of {item_id}: {one}" for one in _folder(folder, manifest, told.sha256)]
        if capsule is not None and capsule.is_file():
            with capsule.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != told.capsule_sha256:
                    found.append(
                        f"Evidence of {item_id}: {told.capsule} is not the capsule that the trail vouches for."
                    )
        elif not manifest.is_file():
            found.append(f"Evidence of {item_id} is missing: neither {told.path} nor its capsule is there.")
    return found


def _folder(folder: Path, manifest: Path, sha256: str) -> list[str]:
    raw = manifest.read_bytes()
    if hashlib.sha256(raw).hexdigest() != sha256:
        return [f"{manifest.name} is not the one that the trail vouches for."]
    listed = json.loads(raw)["files"]
    found = []
    for name, about in sorted(listed.items()):
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is gone.")
            continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != about["sha256"]:
                found.append(f"{name} was changed.")
    return found
