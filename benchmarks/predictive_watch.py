"""Watching a model on batches of the twin: wrong labels found and usual batches named, drift found and false alarms.

    python benchmarks/predictive_watch.py --format json

Labels: learnt from the first 1,200 of 2,000 batches; asked of the last 800, as they are and with known swaps. Drift:
the model that comes with the library, asked about windows of 60 batches of another seed, as they are and with one
channel moved. Intervals are exact, 95 %.
"""

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

# The script's own folder holds a twin.py, which would hide the twin.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from batchwright.commands.model_twin import early_rows
from keywords.predictive_holds.drift import drift
from keywords.predictive_holds.labels import Labels, raw_values
from keywords.predictive_holds.library import model_named
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.checks import Learnable, Roles, learn_preparation, learnable
from keywords.predictive_holds.training.learn_labels import learn_labels
from keywords.predictive_holds.training.measures import interval

ROLES = Roles("fail", "timestamp", "patient", None, 3.0)
WINDOW = 60
MOVED = "glucose_d02"
SIZES = (0.5, 1.0, 2.0)
_DAY = re.compile(r"_d\d\d$")
Pair = tuple[int, int]


def twin(batches: int, seed: int) -> Learnable:
    """Batches of the twin, in time order."""
    header, rows = early_rows(batches, seed, 3)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    return learnable(Table(columns, "the twin", batches), ROLES)


def share(hits: int, of: int) -> dict[str, Any]:
    """A share with its interval."""
    return {"of": of, "found": hits, "share": hits / of if of else None, "interval": interval(hits, of)}


def wrong_labels(batches: int, swaps: int, seed: int) -> dict[str, Any]:
    """Usual batches named, by class; swaps of three kinds and another quantity under a label, found and named."""
    data = twin(batches, seed)
    first = batches * 3 // 5
    known, late = data.take(np.arange(first)), data.take(np.arange(first, batches))
    labels = learn_labels(known.table, learn_preparation(known, ROLES).columns)
    if labels is None:
        raise SystemExit("The twin has too few channels.")
    values = raw_values(late.table, labels.names)
    begun = time.perf_counter()
    named = np.array([bool(one) for one in notes_of(labels, values)])
    made: dict[str, Any] = {
        "channels": len(labels.names),
        "ms_a_row": 1000 * (time.perf_counter() - begun) / len(values),
    }
    for kind, name in ((1, "failed"), (0, "passed")):
        own = late.fail == kind
        made[f"usual batches named, {name}"] = share(int(named[own].sum()), int(own.sum()))
    rng = np.random.default_rng(seed)
    for name, pairs in kinds(labels.names).items():
        made |= swapped(labels, values, [pairs[place] for place in rng.integers(len(pairs), size=swaps)], name, rng)
    return made


def notes_of(labels: Labels, values: Array) -> list[str]:
    """Notes on rows of numbers."""
    cells = {name: [repr(float(one)) for one in values[:, place]] for place, name in enumerate(labels.names)}
    return labels.notes(Table(cells, "rows", len(values)))


def kinds(names: list[str]) -> dict[str, list[Pair]]:
    """Pairs of channels: any two, two of one day, and one quantity on two days."""
    every = [(one, two) for one in range(len(names)) for two in range(one)]
    days = [(one, two) for one, two in every if _day(names[one]) and _day(names[one]) == _day(names[two])]
    same = [(one, two) for one, two in every if _day(names[one]) and _base(names[one]) == _base(names[two])]
    return {"any two": every, "two of a day": days, "one quantity, two days": same}


def _day(name: str) -> str:
    found = _DAY.search(name)
    return found.group() if found else ""


def _base(name: str) -> str:
    return _DAY.sub("", name)


def swapped(labels: Labels, values: Array, pairs: list[Pair], name: str, rng: np.random.Generator) -> dict[str, Any]:
    """Each pair exchanged in one row: found, and both channels named; by how far the exchange moves either of them."""
    rows = values[rng.integers(len(values), size=len(pairs))].copy()
    far = []
    for row, (one, two) in zip(rows, pairs, strict=True):
        before = labels.scores(row)
        row[[one, two]] = row[[two, one]]
        far.append(float(np.abs(labels.scores(row) - before)[[one, two]].max()))
    notes = notes_of(labels, rows)
    both = [
        all(labels.names[place].replace("_", " ") in note for place in pair)
        for note, pair in zip(notes, pairs, strict=True)
    ]
    made: dict[str, Any] = {}
    for words, low, high in (("all", 0.0, 1e9), ("moved 2 spreads or more", 2.0, 1e9), ("moved less", 0.0, 2.0)):
        own = [low <= one < high for one in far]
        for what, hits in (("found", [bool(note) for note in notes]), ("both named", both)):
            found = sum(hit for hit, mine in zip(hits, own, strict=True) if mine)
            made[f"{name}, {words}, {what}"] = share(found, sum(own))
    return made


def drift_alarms(model: Model, windows: int, seed: int) -> dict[str, Any]:
    """Share of windows that alarm, as they are and with one channel moved by so many spreads; milliseconds a window."""
    table = twin(windows * WINDOW, seed).table
    scale = next(one.scale for one in model.preparation.columns if one.name == MOVED)
    taken: list[float] = []

    def alarms(change: Callable[[float], float]) -> dict[str, Any]:
        hits = 0
        for window in _windows(table, windows):
            cells = {**window.columns, MOVED: [repr(change(float(one))) for one in window.columns[MOVED]]}
            begun = time.perf_counter()
            hits += drift(model, Table(cells, "window", WINDOW), units=False)["drifted"]
            taken.append(1000 * (time.perf_counter() - begun))
        return share(hits, windows)

    made: dict[str, Any] = {"batches a window": WINDOW, "as they are": alarms(lambda value: value)}
    for size in SIZES:
        made[f"{MOVED} moved by {size} spreads"] = alarms(lambda value, by=size * scale: value + by)  # type: ignore[misc]
    return made | {"ms_a_window": statistics.median(taken)}


def _windows(table: Table, windows: int) -> Iterator[Table]:
    for window in range(windows):
        yield table.take(np.arange(window * WINDOW, (window + 1) * WINDOW))


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--swaps", type=int, default=1000)
    parser.add_argument("--windows", type=int, default=60)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args()
    figures = {
        "labels": wrong_labels(2000, asked.swaps, asked.seed),
        "drift": drift_alarms(model_named("day3_shadow"), asked.windows, asked.seed + 1),
    }
    indent = None if asked.format == "json" else 1
    print(json.dumps({"figures": figures, "ratios": {}}, indent=indent, default=float))


if __name__ == "__main__":
    main()
