"""What the bots really took: durations and failures from the evidence that every attempt leaves.

A folder of evidence holds, somewhere below it, a folder or a capsule for each attempt with `manifest.json` (the item
and its seconds) and `outcome.json` (how it ended).
"""

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from mes_core.messages.capsules import MANIFEST, OUTCOME, capsules_below, folder_of
from mes_core.spelling.archives import DAMAGED
from twin.model.errors import TwinError
from twin.study.kpis import share

JOBS: Final = {
    "batch_record_review": "bots.review_seconds",
    "courier_scheduling": "bots.courier_seconds",
    "compliance_filing": "bots.filing_seconds",
}
ENOUGH: Final = 30
"""Attempts of a job from which its range is taken as it is; below, it is widened and a warning says so."""


@dataclass(frozen=True)
class Measured:
    """One input from evidence: its value, its range, how many attempts it rests on."""

    name: str
    value: float
    low: float
    high: float
    source: str


def from_evidence(folder: Path) -> tuple[list[Measured], list[str]]:
    """Inputs measured from a folder of evidence, and warnings about what they rest on.

    Raises `TwinError` for a folder without evidence or with files that can't be read.
    """
    seconds: dict[str, list[float]] = defaultdict(list)
    ended: list[bool] = []
    for where, attempt, outcome in _attempts(folder):
        job = attempt.get("item", {}).get("job")
        if job not in JOBS:
            continue
        took = attempt.get("seconds")
        died = outcome.get("result") == "died"
        if not died and (not isinstance(took, int | float) or took < 0):
            raise TwinError(f"{where} does not say how many seconds the attempt took: leave it out.")
        ended.append(outcome.get("family") != "APPLICATION")
        if ended[-1] and isinstance(took, int | float):
            seconds[job].append(float(took))
    if not seconds:
        raise TwinError(f"{folder} holds no evidence of the bots: give the folder of a run, or run 'batchwright demo'.")
    found, warnings = [], []
    for job, name in JOBS.items():
        if not seconds[job]:
            warnings.append(f"No attempt of {job} was found: {name} stays as it was.")
            continue
        found.append(_median(name, seconds[job]))
        if len(seconds[job]) < ENOUGH:
            warnings.append(f"{name} rests on {len(seconds[job])} attempts only: its range is widened.")
    found.append(_spread(seconds))
    failed = share(len(ended) - sum(ended), len(ended))
    said = f"{len(ended) - sum(ended)} of {len(ended)} attempts failed for technical reasons"
    found.append(Measured("bots.exception_share", failed.mean, failed.low, failed.high, said))
    return found, warnings


def from_mutation(path: Path) -> Measured:
    """How many defects the review misses, from the table that `batchwright rules mutate --format json` prints.

    Every known kind of defect counts as often as the others, those that no system can show among them: how often each
    happens at a plant is not known. The range goes on to what is assumed for kinds that nobody thought of.

    Raises `TwinError` for a file that can't be read or holds no such table.
    """
    table = _read(path)
    kinds = [table.get(kind) for kind in ("critical", "other", "cannot_be_caught")]
    if not all(isinstance(one, dict) and {"detected", "of"} <= set(one) for one in kinds):
        raise TwinError(
            f"{path} holds no results of damaged records: write them with 'batchwright rules mutate --format json'."
        )
    of = sum(int(one["of"]) for one in kinds if one)
    missed = of - sum(int(one["detected"]) for one in kinds if one)
    if not 0 <= missed <= of or not of:
        raise TwinError(f"{path} says that {missed} of {of} damaged records were missed: write it again.")
    figure = share(missed, of)
    said = f"{missed} of {of} damaged records missed, every known kind of defect equally often"
    return Measured("bots.misses", round(figure.mean, 4), round(figure.low, 4), round(figure.high, 4), said)


def items_per_batch(folder: Path) -> dict[str, float]:
    """How many items of each job a batch had, on average over the batches of a folder of evidence.

    Raises:
        TwinError: the folder holds no evidence of the bots, or files that can't be read.
    """
    items: dict[str, set[str]] = defaultdict(set)
    batches: set[str] = set()
    for _, attempt, _ in _attempts(folder):
        item = attempt.get("item", {})
        if item.get("job") in JOBS:
            items[item["job"]].add(str(item.get("item_id")))
            batches.add(str(item.get("batch_id")))
    if not batches:
        raise TwinError(f"{folder} holds no evidence of the bots: give the folder of a run, or run 'batchwright demo'.")
    return {job: len(items[job]) / len(batches) for job in JOBS if items[job]}


def _attempts(folder: Path) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any]]]:
    """Manifest and outcome of every attempt, from its folder or, where that was removed, from its capsule."""
    for manifest in sorted(folder.rglob(MANIFEST)):
        yield manifest, _read(manifest), _read(manifest.with_name(OUTCOME))
    for capsule in capsules_below(folder):
        if not folder_of(capsule).is_dir():
            yield capsule, _packed(capsule, MANIFEST), _packed(capsule, OUTCOME)


def _packed(capsule: Path, name: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(capsule) as archive:
            found = json.loads(archive.read(name))
    except DAMAGED:
        raise TwinError(f"{capsule} can't be read: restore it, or leave it out.") from None
    if not isinstance(found, dict):
        raise TwinError(f"{capsule} holds no manifest: leave it out.")
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise TwinError(f"{path} can't be read as JSON: restore it, or leave that folder out.") from None
    if not isinstance(found, dict):
        raise TwinError(f"{path} is no manifest: leave that folder out.")
    return found


def _median(name: str, values: list[float]) -> Measured:
    """The median, and a range on the log scale that is wider the fewer attempts there are."""
    logs = np.log(np.maximum(values, 1e-3))
    middle, count = float(np.median(logs)), len(values)
    spread = float(logs.std(ddof=1)) if count > 1 else 1.0
    half = 1.96 * 1.25 * spread / count**0.5 + (1.0 / count if count < ENOUGH else 0.0)
    ends = np.exp([middle - half, middle, middle + half])
    low, value, high = (round(float(one), 3) for one in ends)
    return Measured(name, value, low, high, f"median of {count} attempts")


def _spread(seconds: dict[str, list[float]]) -> Measured:
    parts = [np.log(np.maximum(one, 1e-3)) for one in seconds.values() if len(one) > 1]
    count = sum(len(one) for one in parts)
    if not parts:
        return Measured("bots.spread", 0.3, 0.1, 0.8, "assumed: one attempt a job shows no spread")
    value = float(np.sqrt(sum(((one - one.mean()) ** 2).sum() for one in parts) / max(count - len(parts), 1)))
    half = 1.96 * value / (2 * count) ** 0.5 + (1.0 / count if count < ENOUGH else 0.0)
    low, high = max(0.0, value - half), value + half
    return Measured("bots.spread", round(value, 3), round(low, 3), round(high, 3), f"within jobs, {count} attempts")
