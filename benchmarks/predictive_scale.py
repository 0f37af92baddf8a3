"""What a large plant's table costs: training on 50,000 batches with 50 inputs, in seconds and memory.

`python benchmarks/predictive_scale.py --format json` prints figures and ratios; a ratio of 1 or less keeps the goal.
The training runs in a process of its own, so that its peak of memory is its own.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# The script's own folder holds a queue.py, which would hide the standard one.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from keywords.predictive_holds.table import read_table
from keywords.predictive_holds.training.checks import Roles
from keywords.predictive_holds.training.fitting import Options
from keywords.predictive_holds.training.train import train

ROWS, INPUTS = 50_000, 50
GOAL_S, GOAL_BYTES = 120.0, 2 * 1024**3


def write_plant(path: Path, rows: int, inputs: int, seed: int) -> None:
    """A table of measured inputs, of which five tell something of the one batch in twenty that fails."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, inputs))
    odds = values[:, :5] @ np.array([1.0, -0.8, 0.6, 0.5, -0.4]) - 3.6
    fail = rng.random(rows) < 1 / (1 + np.exp(-odds))
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["timestamp", *(f"input_{place}" for place in range(inputs)), "fail"])
        for row in range(rows):
            at = (start + timedelta(hours=row)).isoformat()
            writer.writerow([at, *(f"{value:.3f}" for value in values[row]), int(fail[row])])


def train_once(table: Path, out: Path, seed: int) -> dict[str, Any]:
    """Train on a table as the command does; seconds by the clock and of this process, and its peak of memory."""
    clock, used = time.perf_counter(), time.process_time()
    options = Options(Roles("fail", "timestamp"), seed)
    card = train(read_table(table), options, out, now=datetime(2026, 11, 1, tzinfo=UTC), who="benchmark", say=_quiet)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "seconds": time.perf_counter() - clock,
        "processor_seconds": time.process_time() - used,
        "peak_bytes": peak,
        "pr_auc": card["test"]["summary"]["pr_auc"],
        "prevalence": card["test"]["summary"]["prevalence"],
    }


def _quiet(_text: str) -> None:
    """Progress is not what is measured."""


def measured(rows: int, inputs: int, seed: int) -> dict[str, Any]:
    """Figures and ratios to the goals."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "plant.csv"
        write_plant(table, rows, inputs, seed)
        child = [sys.executable, __file__, "--child", str(table), "--seed", str(seed)]
        done = subprocess.run(child, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    ratios = {"fit_50k_vs_120s": found["seconds"] / GOAL_S, "memory_50k_vs_2gb": found["peak_bytes"] / GOAL_BYTES}
    return {"figures": {"rows": rows, "inputs": inputs} | found, "ratios": ratios if rows == ROWS else {}}


def main() -> None:
    """Print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="Batches; the ratios are of 50,000 alone.")
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--format", choices=("json", "text"), default="text")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(train_once(chosen.child, chosen.child.with_suffix(".model"), chosen.seed)))
        return
    found = measured(chosen.rows, chosen.inputs, chosen.seed)
    if chosen.format == "json":
        print(json.dumps(found))
        return
    for name, value in (found["figures"] | found["ratios"]).items():
        print(f"{name}: {value:,.3f}")


if __name__ == "__main__":
    main()
