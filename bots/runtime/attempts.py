"""Earlier attempts at an item: each has a capsule, also the one whose worker died, and the next one names them."""

import json
import re
from pathlib import Path
from typing import Any

from bots.runtime.capsule import pack
from keywords.evidence_folder import EvidenceFolder, sha256_of
from mes_core.messages.capsules import MANIFEST, OUTCOME, RESULT, capsule_of

DIED = {
    "result": "died",
    "family": "APPLICATION",
    "code": "WORKER_DIED",
    "message": "The worker ended without a word; what it left was sealed by the next attempt.",
    "output": {},
    "robot_said": "",
    "where": {},
}


def previous_attempts(folder: Path, about: dict[str, Any]) -> list[dict[str, Any]]:
    """Earlier attempts whose evidence lies on this machine; what a dead worker left is sealed and packed now.

    Args:
        folder: Where the evidence of the attempt that begins will lie: `ITEM-NUMBER` below the batch.
        about: What the new attempt is about; the remains get its item, with their own number.

    Returns:
        `attempt`, `folder` and `sha256` of the manifest of each, the oldest first.
    """
    item, _, number = folder.name.rpartition("-")
    found = []
    for earlier in sorted(folder.parent.glob(f"{item}-*"), key=_order):
        its_number = _order(earlier)[0]
        if not earlier.is_dir() or not 0 < its_number <= int(number):
            continue
        if not (earlier / MANIFEST).is_file():
            _seal_remains(earlier, its_number, about)
        if not capsule_of(earlier).is_file():
            pack(earlier)
        found.append({"attempt": its_number, "folder": earlier.name, "sha256": sha256_of(earlier / MANIFEST)})
    return found


def with_those_elsewhere(here: list[dict[str, Any]], told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every earlier attempt once, the oldest first: those whose evidence is here, and those that the MES tells of."""
    folders = {one["folder"] for one in here}
    numbers = {one["attempt"] for one in here}
    more = [one for one in told if (one["folder"] not in folders if one["folder"] else one["attempt"] not in numbers)]
    return sorted([*here, *more], key=lambda one: (one["attempt"], one["folder"]))


def _order(folder: Path) -> tuple[int, int]:
    """Number of the attempt, and of the folder where an attempt of that number left several."""
    last = re.search(r"-(\d+)(?:\.(\d+))?$", folder.name)
    return (int(last[1]), int(last[2] or 1)) if last else (0, 0)


def _seal_remains(folder: Path, number: int, about: dict[str, Any]) -> None:
    remains = EvidenceFolder(folder)
    _keep_apart_what_was_cut_off(folder / RESULT)
    remains.write_json(OUTCOME, DIED)
    remains.seal({**about, "item": {**about["item"], "attempt": number}, "previous": [], "rests_on": {}})


def _keep_apart_what_was_cut_off(result: Path) -> None:
    """A result that the dead worker had not finished is kept under a name that promises less."""
    if not result.is_file():
        return
    try:
        json.loads(result.read_bytes())
    except ValueError:
        result.rename(result.with_name("result.cut-off.txt"))
