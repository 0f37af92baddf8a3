"""The split, locked before anything is learnt, and the log of who looked at the test rows and why."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.model_file import write_whole
from keywords.predictive_holds.training.checks import Learnable

TEST_SHARE = 0.2


@dataclass(frozen=True)
class Split:
    """Places (in time order) of development and test rows; no group stands in both."""

    development: np.ndarray
    test: np.ndarray


def split_by_time(data: Learnable) -> Split:
    """The last fifth in time is for testing; a group that began before stays in development with all its rows.

    Raises:
        ModelRefused: development or test would be without failures, or too small.
    """
    rows = data.table.rows
    border = rows - max(1, round(rows * TEST_SHARE))
    early = set(data.groups[:border])
    test = np.array([place for place in range(border, rows) if data.groups[place] not in early], int)
    seen = set(test.tolist())
    development = np.array([place for place in range(rows) if place not in seen], int)
    for name, places in (("development", development), ("test", test)):
        if len(places) == 0 or data.fail[places].sum() == 0 or data.fail[places].sum() == len(places):
            raise ModelRefused(
                f"Split by time and group, the {name} part of {data.table.source} has {len(places)} rows of one class: "
                f"a model needs failures early and late; collect more."
            )
    return Split(development, test)


def lock_split(path: Path, data: Learnable, split: Split, *, now: datetime) -> dict[str, Any]:
    """Write the split beside the model before training begins; the same data keeps the lock that it has.

    Raises:
        ModelRefused: the lock there is of the same data, split otherwise.
    """
    content = {
        "data_sha256": data.table.content_hash(),
        "rows": data.table.rows,
        "development": len(split.development),
        "test": len(split.test),
        "test_rows_sha256": hashlib.sha256(repr(split.test.tolist()).encode()).hexdigest(),
        "test_from": float(data.times[split.test[0]]),
    }
    if path.exists():
        known = _known(path)
        if known.get("data_sha256") == content["data_sha256"]:
            if known.get("test_rows_sha256") != content["test_rows_sha256"]:
                raise ModelRefused(
                    f"{path} locks another split of the same data: keep that one, or name another --out."
                )
            return known
    whole = content | {"locked_at": now.isoformat()}
    write_whole(path, json.dumps(whole, indent=2).encode())
    return whole


def _known(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelRefused(f"{path} is not a readable split lock: restore it, or name another --out.") from None
    return found if isinstance(found, dict) else {}


def log_access(path: Path, *, now: datetime, who: str, why: str, lock: dict[str, Any]) -> int:
    """Append one use of the test rows to the log; returns how often this very test set has been used."""
    line = {
        "at": now.isoformat(),
        "who": who,
        "why": why,
        "test_rows_sha256": lock["test_rows_sha256"],
        "data": lock["data_sha256"],
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    used = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
    return sum(
        row["test_rows_sha256"] == lock["test_rows_sha256"] and row["data"] == lock["data_sha256"] for row in used
    )
